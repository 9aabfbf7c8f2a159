//! The examples that Meta wants to see for the variables of a text.

use serde_json::{Value, json};

use super::check::Check;
use super::fields::{Fields, Item, items_at};
use super::format::ParameterFormat;
use super::rules::text::{EXAMPLE_COUNT, EXAMPLE_MISSING, EXAMPLE_UNEXPECTED};

/// Bodies have their numbered examples in a list of their own.
pub(super) const BODY: &str = "body_text";
/// The only variable of a header.
pub(super) const HEADER: &str = "header_text";

/// One example for each variable of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Example {
    /// Of variables with numbers, in their order; empty for a text without variables.
    Numbered(Vec<String>),
    /// Of variables with names.
    Named(Vec<(String, String)>),
}

impl Example {
    /// Reads the examples for these variables.
    pub(super) fn read(
        fields: &Fields<'_>,
        key: &str,
        variables: &[String],
        check: &mut Check,
    ) -> Option<Self> {
        let named_key = named(key);
        let example = match fields.has("example") {
            true => Some(fields.object("example", check)?),
            false => None,
        };
        let key = match check.format {
            ParameterFormat::Positional => key,
            ParameterFormat::Named => &named_key,
        };
        if let Some(example) = &example {
            example.allow(&[key], check);
        }
        let at = fields.at("example");
        match check.format {
            ParameterFormat::Positional => read_numbered(example, key, &at, variables, check),
            ParameterFormat::Named => read_named(example, key, &at, variables, check),
        }
    }

    /// The example for a variable.
    pub(super) fn value(&self, variable: &str) -> &str {
        let value = match self {
            Self::Numbered(values) => {
                let index = variable.parse().ok().and_then(|n: usize| n.checked_sub(1));
                index.and_then(|index| values.get(index))
            }
            Self::Named(values) => {
                let mut values = values.iter();
                values.find(|(name, _)| name == variable).map(|(_, it)| it)
            }
        };
        value.map_or("", String::as_str)
    }

    /// The `example` of a component, or `null` if it has none.
    pub(super) fn to_meta(&self, key: &str) -> Value {
        match self {
            Self::Numbered(values) if values.is_empty() => Value::Null,
            Self::Numbered(values) if key == BODY => json!({key: [values]}),
            Self::Numbered(values) => json!({key: values}),
            Self::Named(values) if values.is_empty() => Value::Null,
            Self::Named(values) => {
                let values = values.iter();
                let values: Vec<Value> = values
                    .map(|(name, value)| json!({"param_name": name, "example": value}))
                    .collect();
                json!({named(key): values})
            }
        }
    }
}

/// The key of examples for variables with names.
fn named(key: &str) -> String {
    format!("{key}_named_params")
}

fn read_numbered(
    example: Option<Fields<'_>>,
    key: &str,
    at: &str,
    variables: &[String],
    check: &mut Check,
) -> Option<Example> {
    let values = match example.filter(|example| example.has(key)) {
        Some(example) => numbered_items(&example, key, check)?,
        None => Vec::new(),
    };
    let texts: Option<Vec<&str>> = values.iter().map(|item| item.text(check)).collect();
    let texts = texts?;
    if let (true, Some(first)) = (texts.is_empty(), variables.first()) {
        check.refuse_with(&EXAMPLE_MISSING, at, &[("found", first)]);
        return None;
    }
    if texts.len() != variables.len() {
        let (found, limit) = (texts.len(), variables.len());
        check.refuse_with(&EXAMPLE_COUNT, at, &[("found", &found), ("limit", &limit)]);
        return None;
    }
    for (item, variable) in values.iter().zip(variables) {
        require_value(item.value, &item.pointer, variable, check);
    }
    Some(Example::Numbered(
        texts.into_iter().map(ToOwned::to_owned).collect(),
    ))
}

/// Meta's reference writes the examples of a body as a list in a list, as a list, and as a text if there is only one.
fn numbered_items<'a>(example: &Fields<'a>, key: &str, check: &mut Check) -> Option<Vec<Item<'a>>> {
    if let Some(value @ Value::String(_)) = example.value(key) {
        let pointer = example.at(key);
        return Some(vec![Item { value, pointer }]);
    }
    let outer = example.list(key, check)?;
    match outer.as_slice() {
        [
            Item {
                value: Value::Array(inner),
                pointer,
            },
        ] if key == BODY => Some(items_at(inner, pointer)),
        _ => Some(outer),
    }
}

fn read_named(
    example: Option<Fields<'_>>,
    key: &str,
    at: &str,
    variables: &[String],
    check: &mut Check,
) -> Option<Example> {
    let items = example.and_then(|example| example.list(key, check));
    let mut given: Vec<(String, String)> = Vec::new();
    for item in items.iter().flatten() {
        let pair = item.object(check)?;
        pair.allow(&["param_name", "example"], check);
        let name = pair.required_text("param_name", check);
        let value = pair.required_text("example", check);
        let name = name?;
        if !variables.iter().any(|it| it == name) || given.iter().any(|(it, _)| it == name) {
            check.refuse_with(&EXAMPLE_UNEXPECTED, pair.pointer(), &[("found", &name)]);
        }
        given.push((name.to_owned(), value?.to_owned()));
    }
    for variable in variables {
        if !given.iter().any(|(name, _)| name == variable) {
            check.refuse_with(&EXAMPLE_MISSING, at, &[("found", variable)]);
        }
    }
    Some(Example::Named(given))
}

fn require_value(value: &Value, pointer: &str, variable: &str, check: &mut Check) {
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        check.refuse_with(&EXAMPLE_MISSING, pointer, &[("found", &variable)]);
    }
}
