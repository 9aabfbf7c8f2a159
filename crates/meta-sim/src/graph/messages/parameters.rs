//! The parameters of one component of a template send (Meta, templates: parameters).

use serde_json::Value;

use crate::graph::error::GraphError;
use crate::state::template_shape::{Button, Variables};

const MOST_SPACES: usize = 4;
const LONGEST_COUPON: usize = 15;

/// Refuses a number of parameters other than the template's.
pub(crate) fn count(component: &str, list: &[Value], expected: usize) -> Result<(), GraphError> {
    if list.len() == expected {
        return Ok(());
    }
    Err(GraphError::because(
        132_000,
        format!(
            "{component}: number of localizable_params ({}) does not match the expected number of \
             params ({expected})",
            list.len()
        ),
    ))
}

/// The name (empty for positional ones) and the value of each variable of a text.
pub(crate) fn texts(
    component: &str,
    list: &[Value],
    variables: &Variables,
) -> Result<Vec<(String, String)>, GraphError> {
    count(component, list, variables.len())?;
    let mut values = Vec::with_capacity(list.len());
    for parameter in list {
        let name = parameter
            .get("parameter_name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let Variables::Named(names) = variables {
            is_expected(component, name, names, &values)?;
        }
        values.push((name.to_owned(), text(component, parameter)?));
    }
    Ok(values)
}

/// Refuses a header parameter of a type other than the template's.
pub(crate) fn media(parameter: &Value, expected: &str) -> Result<(), GraphError> {
    let received = kind(parameter);
    if received != expected {
        let details = format!(
            "header: Format mismatch, expected {}, received {}",
            expected.to_ascii_uppercase(),
            received.to_ascii_uppercase()
        );
        return Err(GraphError::because(132_012, details));
    }
    let content = parameter.get(expected);
    let has = |key: &str| content.and_then(|content| content.get(key)).is_some();
    let complete = match expected {
        "location" => {
            is_degrees(content, "latitude", 90.0) && is_degrees(content, "longitude", 180.0)
        }
        "product" => has("product_retailer_id"),
        _ => has("id") != has("link"),
    };
    match complete {
        true => Ok(()),
        false => Err(GraphError::because(
            131_008,
            format!("header: {expected} is incomplete"),
        )),
    }
}

/// Checks the parameters of a button.
pub(crate) fn button(
    index: usize,
    button: Button,
    sub_type: &str,
    list: &[Value],
) -> Result<(), GraphError> {
    let suits = match button {
        Button::QuickReply => sub_type.eq_ignore_ascii_case("quick_reply"),
        Button::Url { variable } => variable && sub_type.eq_ignore_ascii_case("url"),
        Button::CopyCode => sub_type.eq_ignore_ascii_case("copy_code"),
        Button::Flow => sub_type.eq_ignore_ascii_case("flow"),
        Button::Catalog => sub_type.eq_ignore_ascii_case("catalog"),
        Button::Products => ["mpm", "spm"].contains(&sub_type.to_ascii_lowercase().as_str()),
        Button::Plain => false,
    };
    if !suits {
        let details = format!("buttons: Button at index {index} does not take {sub_type}");
        return Err(GraphError::because(132_012, details));
    }
    let at = format!("buttons: Button at index {index}");
    count(&at, list, 1)?;
    let parameter = list.first().unwrap_or(&Value::Null);
    match (button, kind(parameter)) {
        (Button::QuickReply, "payload") => filled(&at, parameter, "payload"),
        (Button::Flow | Button::Catalog | Button::Products, "action") => {
            action(&at, button, parameter)
        }
        (Button::Url { .. }, "text") => text(&at, parameter).map(drop),
        (Button::CopyCode, "coupon_code") => coupon(&at, parameter),
        (Button::Url { .. }, _) => Err(GraphError::because(
            132_008,
            "buttons: Parameter value for URL was expected but was not found",
        )),
        (_, received) => Err(GraphError::because(
            132_012,
            format!("{at}: parameter type {received} does not suit the button"),
        )),
    }
}

/// Checks the parameter of a limited-time offer: a count of milliseconds. One of seconds would be a time in 1970.
pub(crate) fn offer(list: &[Value]) -> Result<(), GraphError> {
    const COMPONENT: &str = "limited_time_offer";
    const FIRST_CREDIBLE: u64 = 1_000_000_000_000;
    count(COMPONENT, list, 1)?;
    let parameter = list.first().unwrap_or(&Value::Null);
    if kind(parameter) != COMPONENT {
        let details = format!(
            "{COMPONENT}: parameter type {} does not suit",
            kind(parameter)
        );
        return Err(GraphError::because(132_012, details));
    }
    let end = parameter.pointer("/limited_time_offer/expiration_time_ms");
    match end {
        None | Some(Value::Null) => Err(GraphError::because(
            131_008,
            format!("{COMPONENT}: expiration_time_ms is missing"),
        )),
        Some(end) if end.as_u64().is_some_and(|end| end >= FIRST_CREDIBLE) => Ok(()),
        Some(_) => Err(GraphError::because(
            132_018,
            format!("{COMPONENT}: expiration_time_ms must be a time in milliseconds"),
        )),
    }
}

/// The text of the first parameter; empty without one.
pub(crate) fn first_text(list: &[Value]) -> &str {
    let text = list.first().and_then(|parameter| parameter.get("text"));
    text.and_then(Value::as_str).unwrap_or_default()
}

fn is_expected(
    component: &str,
    name: &str,
    names: &[String],
    before: &[(String, String)],
) -> Result<(), GraphError> {
    if name.is_empty() {
        return Err(GraphError::because(
            100,
            "Parameter name is missing or empty",
        ));
    }
    let repeated = before.iter().any(|(known, _)| known == name);
    if repeated || !names.iter().any(|known| known == name) {
        let details = format!("{component}: unexpected parameter name ({name})");
        return Err(GraphError::because(132_018, details));
    }
    Ok(())
}

fn text(component: &str, parameter: &Value) -> Result<String, GraphError> {
    let fallback = |key: &str| {
        let value = parameter
            .get(key)
            .and_then(|value| value.get("fallback_value"));
        value.and_then(Value::as_str).unwrap_or_default()
    };
    let value = match kind(parameter) {
        "text" => parameter
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default(),
        "currency" => fallback("currency"),
        "date_time" => fallback("date_time"),
        received => {
            let details = format!(
                "{component}: Format mismatch, expected TEXT, received {}",
                received.to_ascii_uppercase()
            );
            return Err(GraphError::because(132_012, details));
        }
    };
    if value.is_empty() {
        let details = format!("{component}: Parameter of type text is missing text value");
        return Err(GraphError::because(131_008, details));
    }
    let too_wide = value.contains(&" ".repeat(MOST_SPACES + 1));
    if too_wide || value.contains(['\n', '\r', '\t']) {
        let details = "Param text cannot have new-line/tab characters or more than 4 consecutive \
                       spaces";
        return Err(GraphError::because(132_018, details));
    }
    Ok(value.to_owned())
}

/// A number, or one as text, as Meta's reference writes both.
fn is_degrees(location: Option<&Value>, field: &str, limit: f64) -> bool {
    let degrees = match location.and_then(|location| location.get(field)) {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    degrees.is_some_and(|degrees: f64| (-limit..=limit).contains(&degrees))
}

fn action(at: &str, button: Button, parameter: &Value) -> Result<(), GraphError> {
    let action = parameter.get("action").unwrap_or(&Value::Null);
    if !action.is_object() {
        return Err(GraphError::because(
            131_008,
            format!("{at}: action is missing"),
        ));
    }
    match button {
        Button::Flow => {
            if action.get("flow_token").is_some() {
                filled(at, action, "flow_token")?;
            }
            match action.get("flow_action_data") {
                None | Some(Value::Object(_)) => Ok(()),
                Some(_) => Err(GraphError::because(
                    132_018,
                    format!("{at}: flow_action_data must be a JSON object"),
                )),
            }
        }
        Button::Catalog => filled(at, action, "thumbnail_product_retailer_id"),
        _ => Ok(()),
    }
}

/// Refuses a field that is missing, empty or no text.
fn filled(at: &str, value: &Value, field: &str) -> Result<(), GraphError> {
    let text = value.get(field).and_then(Value::as_str);
    match text.is_some_and(|text| !text.is_empty()) {
        true => Ok(()),
        false => Err(GraphError::because(
            131_008,
            format!("{at}: {field} is missing"),
        )),
    }
}

fn coupon(at: &str, parameter: &Value) -> Result<(), GraphError> {
    let code = parameter
        .get("coupon_code")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match code.chars().count() {
        1..=LONGEST_COUPON => Ok(()),
        0 => Err(GraphError::because(
            131_008,
            format!("{at}: coupon_code is missing"),
        )),
        _ => Err(GraphError::because(
            132_018,
            format!("{at}: coupon_code is too long"),
        )),
    }
}

fn kind(parameter: &Value) -> &str {
    parameter
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}
