//! Footers: a line of text below the body.

use serde_json::{Value, json};

use super::check::Check;
use super::fields::Fields;
use super::rules::text::FOOTER_VARIABLES;
use super::wording::require_length;

const LONGEST: usize = 60;

/// The text below the body, without variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Footer(String);

impl Footer {
    /// Reads a component of the type FOOTER.
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        fields.allow(&["type", "text"], check);
        let text = fields.required_text("text", check)?;
        let at = fields.at("text");
        require_length(text, LONGEST, &at, check);
        if text.contains("{{") {
            check.refuse(&FOOTER_VARIABLES, &at);
        }
        Some(Self(text.to_owned()))
    }

    pub(super) fn to_meta(&self) -> Value {
        json!({"type": "FOOTER", "text": self.0})
    }
}
