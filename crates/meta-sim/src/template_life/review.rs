//! The review of templates: how long it lasts and how it ends.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::transitions::{self, StatusChange};
use crate::state::State;
use crate::state::account::Template;
use crate::state::accounts::StoredTemplate;

/// How Meta's reviewers behave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewBehaviour {
    /// How long a review lasts, milliseconds; when omitted, only the control API ends one.
    pub after_ms: Option<u64>,
    /// The first rule that fits a template decides; without one it is approved.
    pub rules: Vec<ReviewRule>,
}

/// How the review of some templates ends. An omitted condition fits every template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewRule {
    /// The name of the template.
    pub name: Option<String>,
    /// A text that the body contains.
    pub text: Option<String>,
    /// `APPROVED` or `REJECTED`.
    pub event: String,
    /// Why it is rejected, such as `INVALID_FORMAT`.
    pub reason: Option<String>,
    /// The category that Meta approves it in, if another.
    pub category: Option<String>,
    /// Further fields of the webhook, such as `rejection_info`.
    pub details: Map<String, Value>,
}

impl Default for ReviewRule {
    fn default() -> Self {
        Self {
            name: None,
            text: None,
            event: "APPROVED".to_owned(),
            reason: None,
            category: None,
            details: Map::new(),
        }
    }
}

impl ReviewRule {
    fn fits(&self, template: &StoredTemplate) -> bool {
        let name = self
            .name
            .as_ref()
            .is_none_or(|name| *name == template.facts.name);
        let body = &template.shape.message.body_text;
        name && self.text.as_ref().is_none_or(|text| body.contains(text))
    }
}

/// Ends the review of a template as the rules say.
pub(crate) fn decide(state: &State, template: &StoredTemplate) {
    let behaviour = state.review_behaviour();
    let rule = behaviour.rules.iter().find(|rule| rule.fits(template));
    let rule = rule.cloned().unwrap_or_default();
    let reviewed = StoredTemplate {
        facts: Template {
            category: rule
                .category
                .unwrap_or_else(|| template.facts.category.clone()),
            ..template.facts.clone()
        },
        ..template.clone()
    };
    let change = StatusChange {
        reason: rule.reason.or_else(|| Some("NONE".to_owned())),
        details: rule.details,
        ..StatusChange::to(&rule.event)
    };
    transitions::set_status(state, &reviewed, &change);
}
