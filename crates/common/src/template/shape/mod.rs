//! The variables of a template, read from its components as Meta lists them (Meta, template components).

mod section;
mod variable;

use serde_json::Value;

use super::category::Category;
use super::compose::Variables;
use super::unsupported::{Unsupported, UnsupportedReason};
use crate::ids::MediaId;
use crate::media::MediaKind;

pub(super) use section::{ButtonKind, ButtonVariable, Header, Section};
pub(super) use variable::{OFFER_END, Variable, VariableKind};

use section::SectionReader;

/// The body of a one-time code's template, which Meta lists without its text.
const CODE_BODY: &str = "{{1}}";

/// The values that a template requires, and those that it takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateShape {
    /// Whether parameters have names (`parameter_format` NAMED).
    pub(super) is_named: bool,
    /// Whether the body is Meta's own text around a one-time code.
    is_one_time_code: bool,
    /// Whether it is a limited-time offer whose end is shown.
    pub(super) has_offer_end: bool,
    pub(super) message: Section,
    pub(super) cards: Vec<Section>,
    variables: Vec<Variable>,
}

/// A file of ours among the variables of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenFile<'s> {
    /// The variable that holds its id.
    pub variable: &'s str,
    /// The kind of file that the template requires there.
    pub kind: MediaKind,
    /// The file.
    pub media_id: MediaId,
}

impl TemplateShape {
    /// Reads the `components` array, the `parameter_format` and the category of a template node.
    ///
    /// # Errors
    /// When a part needs products or another value whose form is not known, or when Meta's rules do not determine which
    /// value belongs to which of its variables.
    pub fn read(
        components: &Value,
        parameter_format: &str,
        category: &Category,
    ) -> Result<Self, Unsupported> {
        let reader = SectionReader {
            is_named: parameter_format.eq_ignore_ascii_case("NAMED"),
            is_one_time_code: *category == Category::Authentication,
        };
        let mut shape = Self {
            is_named: reader.is_named,
            is_one_time_code: reader.is_one_time_code,
            ..Self::default()
        };
        for component in items(Some(components)) {
            match constant(component, "type").as_str() {
                "FOOTER" => {}
                "LIMITED_TIME_OFFER" => shape.has_offer_end = shows_end(component),
                "CAROUSEL" => shape.cards = reader.cards(component)?,
                _ => reader.read(&mut shape.message, component)?,
            }
        }
        shape.read_code(reader)?;
        shape.variables = shape.collect_variables();
        Ok(shape)
    }

    /// The names of the variables that a caller has to give, in order, each once: `1`, `2`, … or the names; the
    /// header's have the prefix `header.`, and buttons are `button.0`, `button.1`, …. A header of media requires a
    /// file's id as `header.document`, `header.image` or `header.video`, one of a place `header.latitude` and
    /// `header.longitude`. A flow requires `button.0.flow_token`, an offer with an end `offer.expires_at`. Those of the
    /// cards of a carousel are the same with the prefix `card.0.`, `card.1.`, …. The button of a one-time code repeats
    /// the body's code and has no variable of its own.
    #[must_use]
    pub fn variable_names(&self) -> Vec<String> {
        self.names(true)
    }

    /// The names of the variables that a caller may give besides: `header.filename` of a document, `header.name` and
    /// `header.address` of a place, `button.0.payload` of a quick reply, `button.0.flow_data` of a flow and
    /// `button.0.product` of a catalogue.
    #[must_use]
    pub fn optional_variable_names(&self) -> Vec<String> {
        self.names(false)
    }

    /// A value that suits a variable of the template, for checks before the real values are known. A file has none.
    #[must_use]
    pub fn sample(&self, variable: &str) -> &'static str {
        self.variable(variable).map_or("x", Variable::sample)
    }

    /// The files that these variables give, in order.
    pub fn files<'s>(&'s self, variables: &Variables) -> impl Iterator<Item = GivenFile<'s>> {
        self.variables.iter().filter_map(|variable| {
            let VariableKind::Media(kind) = variable.kind else {
                return None;
            };
            Some(GivenFile {
                variable: &variable.name,
                kind,
                media_id: variables.get(&variable.name)?.trim().parse().ok()?,
            })
        })
    }

    pub(super) fn variables(&self) -> &[Variable] {
        &self.variables
    }

    pub(super) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// The message and its cards.
    pub(super) fn sections(&self) -> impl Iterator<Item = &Section> {
        [&self.message].into_iter().chain(&self.cards)
    }

    /// The variable that holds the one-time code, if the template is for one.
    pub(super) fn code_variable(&self) -> Option<&str> {
        match self.message.body.variables() {
            [code] if self.is_one_time_code => Some(code),
            _ => None,
        }
    }

    fn names(&self, is_required: bool) -> Vec<String> {
        let variables = self.variables.iter();
        let wanted = variables.filter(|variable| variable.is_required == is_required);
        wanted.map(|variable| variable.name.clone()).collect()
    }

    fn collect_variables(&self) -> Vec<Variable> {
        let mut variables = self.message.variables(self.code_variable());
        if self.has_offer_end {
            variables.push(Variable::required(OFFER_END, VariableKind::Time));
        }
        for card in &self.cards {
            variables.extend(card.variables(None));
        }
        variables
    }

    /// Adds the code to a body that Meta lists without text, and checks that a button has a code to repeat.
    fn read_code(&mut self, reader: SectionReader) -> Result<(), Unsupported> {
        let is_code = |button: &ButtonVariable| button.kind == ButtonKind::OneTimeCode;
        let has_button = self.message.buttons.iter().any(is_code);
        self.is_one_time_code |= has_button;
        if self.is_one_time_code && self.message.body.variables().is_empty() {
            self.message.body = reader.text("BODY", CODE_BODY)?;
        }
        if has_button && self.code_variable().is_none() {
            return Err(Unsupported::because("BODY", UnsupportedReason::Code));
        }
        Ok(())
    }
}

impl GivenFile<'_> {
    /// The variable that holds the name under which the recipient sees the file; only documents have one.
    #[must_use]
    pub fn filename_variable(&self) -> Option<String> {
        let header = self.variable.strip_suffix(MediaKind::Document.as_str())?;
        Some(format!("{header}filename"))
    }
}

/// Only an offer that shows its end takes one.
fn shows_end(component: &Value) -> bool {
    component.pointer("/limited_time_offer/has_expiration") == Some(&Value::Bool(true))
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn constant(value: &Value, key: &str) -> String {
    text(value, key).to_ascii_uppercase()
}
