//! How a template names its variables, and how its JSON is written.

use serde_json::Value;

use super::check::Check;
use super::fields::Fields;
use super::rules::fields::VALUE_UNKNOWN;

/// How a template names its variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ParameterFormat {
    /// `{{1}}`, `{{2}}` and so on; Meta's default.
    Positional,
    /// `{{first_name}}`.
    Named,
}

impl ParameterFormat {
    /// The `parameter_format` of a template, if it says one.
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        let word = fields.text("parameter_format", check)?;
        match word.to_ascii_uppercase().as_str() {
            "POSITIONAL" => Some(Self::Positional),
            "NAMED" => Some(Self::Named),
            _ => {
                check.refuse_with(
                    &VALUE_UNKNOWN,
                    &fields.at("parameter_format"),
                    &[("found", &word), ("allowed", &"POSITIONAL, NAMED")],
                );
                None
            }
        }
    }

    /// Meta's value.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Positional => "POSITIONAL",
            Self::Named => "NAMED",
        }
    }
}

/// The object without its keys of `null`, which stand for what a template does not have.
pub(super) fn present(object: Value) -> Value {
    match object {
        Value::Object(fields) => fields.into_iter().filter(|(_, it)| !it.is_null()).collect(),
        other => other,
    }
}
