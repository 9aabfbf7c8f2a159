//! The values that stand in for variables: those given, else the examples of the template.

use common::template::{Variables, filled_text};
use serde_json::Value;

/// The values of one part of a template.
pub(crate) struct Values<'v> {
    given: &'v Variables,
    /// What the names of the part's variables begin with, such as `header.`.
    prefix: String,
    examples: Vec<(String, String)>,
}

impl<'v> Values<'v> {
    /// The values for a component: `prefix` is empty for a body.
    pub(crate) fn of(given: &'v Variables, prefix: impl Into<String>, component: &Value) -> Self {
        Self {
            given,
            prefix: prefix.into(),
            examples: examples(component),
        }
    }

    /// The text with values for its variables; one that has none stays as it is.
    pub(crate) fn fill(&self, text: &str) -> String {
        filled_text(text, |name| self.value(name))
    }

    fn value(&self, name: &str) -> Option<&str> {
        let given = self.given.get(&format!("{}{name}", self.prefix));
        let example = || self.examples.iter().find(|(known, _)| known == name);
        given
            .map(|value| value.trim())
            .or_else(|| example().map(|(_, value)| value.as_str()))
    }
}

/// The examples of a component, by the names of its variables (Meta, templates: `example`).
fn examples(component: &Value) -> Vec<(String, String)> {
    let Some(example) = component.get("example") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for named in ["body_text_named_params", "header_text_named_params"] {
        for parameter in items(example.get(named)) {
            found.push((text(parameter, "param_name"), text(parameter, "example")));
        }
    }
    let numbered = items(example.get("body_text").and_then(|rows| rows.get(0)))
        .chain(items(example.get("header_text")))
        // The example of a button is a list by itself.
        .chain(items(Some(example)));
    for (number, value) in (1_usize..).zip(numbered) {
        let value = value.as_str().unwrap_or_default();
        found.push((number.to_string(), value.to_owned()));
    }
    found
}

pub(crate) fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

pub(crate) fn text(value: &Value, key: &str) -> String {
    let text = value.get(key).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

pub(crate) fn constant(value: &Value, key: &str) -> String {
    text(value, key).to_ascii_uppercase()
}
