//! The variables of a template: the name of each, and what it holds.

use std::borrow::Cow;

use super::section::{ButtonKind, ButtonVariable, Header, Section};
use crate::media::{LONGEST_FILENAME, MediaKind};
use crate::template::text::TemplateText;

/// When a limited-time offer ends.
pub(in crate::template) const OFFER_END: &str = "offer.expires_at";

/// The maximum number of characters of a header's text.
const HEADER_LIMIT: usize = 60;
/// The maximum number of characters of a one-time code or a copied code.
pub(super) const CODE_LIMIT: usize = 15;

/// A value that a message gives, or may give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::template) struct Variable {
    pub(in crate::template) name: String,
    pub(in crate::template) kind: VariableKind,
    /// Whether every message has to give it.
    pub(in crate::template) is_required: bool,
}

/// What a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum VariableKind {
    /// One line of text, of at most so many characters.
    Text { limit: Option<usize> },
    /// The id of one of our files.
    Media(MediaKind),
    /// Degrees, from minus to plus this number.
    Degrees { limit: u8 },
    /// A time in the future.
    Time,
    /// An object of JSON, as a text.
    JsonObject,
}

impl VariableKind {
    const fn text() -> Self {
        Self::Text { limit: None }
    }

    const fn at_most(limit: usize) -> Self {
        Self::Text { limit: Some(limit) }
    }

    /// A value that suits the variable, for checks before the real values are known. A file has none: it is checked by
    /// its id.
    const fn sample(self) -> &'static str {
        match self {
            Self::Text { .. } | Self::Media(_) => "x",
            Self::Degrees { .. } => "0",
            Self::Time => "9999-12-31T23:59:59Z",
            Self::JsonObject => "{}",
        }
    }
}

impl Variable {
    pub(super) fn required(name: impl Into<String>, kind: VariableKind) -> Self {
        Self {
            name: name.into(),
            kind,
            is_required: true,
        }
    }

    fn optional(name: impl Into<String>, kind: VariableKind) -> Self {
        Self {
            is_required: false,
            ..Self::required(name, kind)
        }
    }

    pub(super) const fn sample(&self) -> &'static str {
        self.kind.sample()
    }
}

impl Section {
    /// The variables of the section, in order. `code` is the one in the body that holds a one-time code.
    pub(super) fn variables(&self, code: Option<&str>) -> Vec<Variable> {
        let mut variables = self.of_header();
        for name in self.body.variables() {
            let kind = match code == Some(name) {
                true => VariableKind::at_most(CODE_LIMIT),
                false => VariableKind::text(),
            };
            variables.push(Variable::required(self.name(name), kind));
        }
        for button in &self.buttons {
            variables.extend(self.of_button(*button));
        }
        variables
    }

    /// The full name of a variable of the section.
    pub(in crate::template) fn name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        match self.prefix.as_str() {
            "" => Cow::Borrowed(name),
            prefix => Cow::Owned(format!("{prefix}{name}")),
        }
    }

    /// The name of a variable of the header.
    pub(in crate::template) fn header_name(&self, name: &str) -> String {
        format!("{}header.{name}", self.prefix)
    }

    /// The name of the variable of a button.
    pub(in crate::template) fn button_name(&self, index: usize) -> String {
        format!("{}button.{index}", self.prefix)
    }

    /// The name of one of several variables of a button.
    pub(in crate::template) fn button_part(&self, index: usize, part: &str) -> String {
        format!("{}button.{index}.{part}", self.prefix)
    }

    fn of_header(&self) -> Vec<Variable> {
        let required = |name: &str, kind| Variable::required(self.header_name(name), kind);
        let optional = |name: &str, kind| Variable::optional(self.header_name(name), kind);
        match &self.header {
            Header::None => Vec::new(),
            Header::Text(text) => of_text(text, |name| {
                required(name, VariableKind::at_most(HEADER_LIMIT))
            }),
            Header::Media(kind) => {
                let file = required(kind.as_str(), VariableKind::Media(*kind));
                let filename = || optional("filename", VariableKind::at_most(LONGEST_FILENAME));
                let filename = (*kind == MediaKind::Document).then(filename);
                [file].into_iter().chain(filename).collect()
            }
            Header::Location => vec![
                required("latitude", VariableKind::Degrees { limit: 90 }),
                required("longitude", VariableKind::Degrees { limit: 180 }),
                optional("name", VariableKind::text()),
                optional("address", VariableKind::text()),
            ],
        }
    }

    fn of_button(&self, ButtonVariable { index, kind }: ButtonVariable) -> Vec<Variable> {
        let own = |kind| vec![Variable::required(self.button_name(index), kind)];
        let part = |name: &str| self.button_part(index, name);
        match kind {
            ButtonKind::Url => own(VariableKind::text()),
            ButtonKind::CouponCode => own(VariableKind::at_most(CODE_LIMIT)),
            // It repeats the code of the body.
            ButtonKind::OneTimeCode => Vec::new(),
            ButtonKind::QuickReply => {
                vec![Variable::optional(part("payload"), VariableKind::text())]
            }
            ButtonKind::Flow => vec![
                Variable::required(part("flow_token"), VariableKind::text()),
                Variable::optional(part("flow_data"), VariableKind::JsonObject),
            ],
            ButtonKind::Catalog => {
                vec![Variable::optional(part("product"), VariableKind::text())]
            }
        }
    }
}

fn of_text(text: &TemplateText, variable: impl Fn(&str) -> Variable) -> Vec<Variable> {
    text.variables().iter().map(|name| variable(name)).collect()
}
