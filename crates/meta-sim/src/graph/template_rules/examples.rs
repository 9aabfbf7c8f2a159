//! The examples that reviewers need: one for every variable, and a file for a header with media.

use serde_json::Value;

use super::text::variables;
use super::{Checked, WRONG_HEADER, ensure, list, text};

const MISSING: &str = "Every variable needs an example.";

/// The examples of a body: `body_text` has a list of lists, `body_text_named_params` one object for each name.
pub(super) fn of_body(component: &Value, named: bool, code: i64) -> Checked {
    let example = component.get("example").unwrap_or(&Value::Null);
    let names = variables(text(component, "text"));
    if named {
        return of_names(list(example, "body_text_named_params"), &names, code);
    }
    let first = list(example, "body_text").first();
    let values = first
        .and_then(Value::as_array)
        .map_or(0, |values| filled(values));
    ensure(names.is_empty() || values == names.len(), code, MISSING)
}

/// The example of a text header.
pub(super) fn of_header(component: &Value, named: bool) -> Checked {
    let example = component.get("example").unwrap_or(&Value::Null);
    let names = variables(text(component, "text"));
    if named && example.get("header_text").is_none() {
        return of_names(
            list(example, "header_text_named_params"),
            &names,
            WRONG_HEADER,
        );
    }
    let values = filled(list(example, "header_text"));
    ensure(
        names.is_empty() || values == names.len(),
        WRONG_HEADER,
        MISSING,
    )
}

/// The file of a header with media: the handle of an upload. The address that Meta shows in its place is none.
pub(super) fn of_media(component: &Value, is_handle: &dyn Fn(&str) -> bool) -> Checked {
    let example = component.get("example").unwrap_or(&Value::Null);
    let handles = list(example, "header_handle");
    let mut texts = handles.iter().filter_map(Value::as_str);
    let known = handles.len() == 1 && texts.all(is_handle);
    ensure(
        known,
        WRONG_HEADER,
        "The header needs a sample file: upload one and give its handle.",
    )
}

fn of_names(params: &[Value], names: &[&str], code: i64) -> Checked {
    let has_example = |name: &str| {
        let its = |param: &&Value| text(param, "param_name") == name;
        params
            .iter()
            .find(its)
            .is_some_and(|param| !text(param, "example").trim().is_empty())
    };
    ensure(names.iter().all(|name| has_example(name)), code, MISSING)?;
    let is_used = |param: &Value| names.contains(&text(param, "param_name"));
    ensure(
        params.iter().all(is_used),
        code,
        "An example is of a variable that the text does not have.",
    )
}

fn filled(values: &[Value]) -> usize {
    let filled = |value: &&Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    values.iter().filter(filled).count()
}
