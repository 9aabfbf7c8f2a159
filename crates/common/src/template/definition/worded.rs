//! Texts with variables and an example for each variable: bodies and text headers.

use serde_json::{Value, json};

use super::check::Check;
use super::example::Example;
use super::fields::Fields;
use super::format::{ParameterFormat, present};
use super::rules::Rule;
use super::rules::text::{
    TEXT_FILLED_LENGTH, VARIABLE_BRACES, VARIABLE_CHARACTERS, VARIABLE_NAME, VARIABLE_NUMBER,
    VARIABLE_SEQUENCE,
};
use super::wording::require_length;
use crate::template::text::{TemplateText, distinct_variables, fill_text, literals};

/// Signs that Meta names as forbidden in variables.
const FORBIDDEN: [char; 3] = ['#', '$', '%'];

/// A text with variables, and an example for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Worded {
    text: String,
    example: Example,
}

impl Worded {
    /// Reads `text` and `example` of a component; the examples are in the key `example_key`, or `<example_key>_named_params`.
    pub(super) fn read(
        fields: &Fields<'_>,
        example_key: &str,
        longest: usize,
        check: &mut Check,
    ) -> Option<Self> {
        let text = fields.required_text("text", check)?;
        let at = fields.at("text");
        require_length(text, longest, &at, check);
        let variables = read_variables(text, &at, check)?;
        let example = Example::read(fields, example_key, variables.variables(), check)?;
        let found = variables.filled_chars(|name| example.value(name));
        if found > longest && text.chars().count() <= longest {
            check.refuse_with(
                &TEXT_FILLED_LENGTH,
                &at,
                &[("found", &found), ("limit", &longest)],
            );
        }
        let text = text.to_owned();
        Some(Self { text, example })
    }

    /// The `text` and the `example` of the component.
    pub(super) fn to_meta(&self, kind: &str, format: Option<&str>, example_key: &str) -> Value {
        present(json!({
            "type": kind,
            "format": format,
            "text": self.text,
            "example": self.example.to_meta(example_key),
        }))
    }
}

fn read_variables(text: &str, at: &str, check: &mut Check) -> Option<TemplateText> {
    let is_loose = |literal: &String| literal.contains("{{") || literal.contains("}}");
    // A variable with spaces inside is written without them when it stays unfilled.
    let (unfilled, _) = fill_text(text, |_| None);
    if literals(text).iter().any(is_loose) || unfilled != text {
        check.refuse(&VARIABLE_BRACES, at);
        return None;
    }
    let names = distinct_variables(text);
    if names.iter().any(|name| name.contains(FORBIDDEN)) {
        check.refuse(&VARIABLE_CHARACTERS, at);
        return None;
    }
    let (rule, suits): (&Rule, fn(&str) -> bool) = match check.format {
        ParameterFormat::Positional => (&VARIABLE_NUMBER, is_number),
        ParameterFormat::Named => (&VARIABLE_NAME, is_name),
    };
    if let Some(name) = names.iter().find(|name| !suits(name)) {
        check.refuse_with(rule, at, &[("found", name)]);
        return None;
    }
    let read = match check.format {
        ParameterFormat::Positional => TemplateText::numbered(text),
        ParameterFormat::Named => TemplateText::named(text),
    };
    if read.is_err() {
        check.refuse(&VARIABLE_SEQUENCE, at);
    }
    read.ok()
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_digit())
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}
