//! Whether a definition keeps the rules of Meta, and its price class.

use common::template::{Category, PriceClass, TemplateDefinition, TemplateFault};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::explanation::Explanation;
use crate::problem::{Problem, ProblemCode};

/// Whether a template can be published, and what its messages cost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateValidity)]
pub(crate) struct Validity {
    /// Whether the template keeps every rule of Meta that can be checked beforehand. Meta may still reject it.
    valid: bool,
    /// The rules that it breaks, at most 100.
    faults: Vec<Fault>,
    price: Price,
}

/// A rule of Meta that a template breaks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateFault)]
pub(crate) struct Fault {
    /// JSON pointer (RFC 6901) to the place in the template.
    #[schema(example = "/components/0/text")]
    pointer: String,
    /// The stable name of the rule.
    rule: &'static str,
    /// What Meta would say; null when that is not known.
    meta: Option<&'static str>,
    /// What is wrong and how to mend it, in English.
    en: String,
    /// What is wrong and how to mend it, in French.
    fr: String,
}

/// How Meta charges for messages with a template. Amounts are in Meta's price list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplatePrice)]
pub(crate) struct Price {
    /// `marketing`, `utility`, `authentication`, or `unknown` for a category without a known class.
    #[schema(example = "utility")]
    class: &'static str,
    explanation: Explanation,
}

impl Validity {
    /// Applies the rules to the JSON object of a template.
    pub(super) fn of(definition: &Value) -> Self {
        let faults = TemplateDefinition::parse(definition).err();
        let faults: Vec<Fault> = faults
            .unwrap_or_default()
            .into_iter()
            .map(Fault::from)
            .collect();
        let category = definition.get("category").and_then(Value::as_str);
        Self {
            valid: faults.is_empty(),
            faults,
            price: Price::of(&Category::from_meta(category.unwrap_or_default())),
        }
    }
}

impl Price {
    pub(super) fn of(category: &Category) -> Self {
        let class = PriceClass::of(category);
        Self {
            class: class.as_str(),
            explanation: class.explanation().into(),
        }
    }
}

/// The refusal to publish a definition that breaks rules; its pointers are those within the definition.
pub(super) fn refusal(faults: Vec<TemplateFault>) -> Problem {
    let problem = Problem::new(ProblemCode::TemplateInvalid).detail(
        "The template breaks rules for which Meta rejects it. Nothing was asked of Meta, and the draft is kept. Save a \
         version without these faults, then publish it.",
    );
    faults.into_iter().fold(problem, |problem, fault| {
        problem.breaks(fault.pointer, fault.rule, fault.explanation.en)
    })
}

impl From<TemplateFault> for Fault {
    fn from(fault: TemplateFault) -> Self {
        Self {
            pointer: fault.pointer,
            rule: fault.rule,
            meta: fault.meta,
            en: fault.explanation.en,
            fr: fault.explanation.fr,
        }
    }
}
