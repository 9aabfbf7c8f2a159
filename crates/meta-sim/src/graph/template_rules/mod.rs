//! Templates that Meta refuses at once when they are created or edited (Meta, templates: components). The codes are
//! those of its table; where it has none, (#100). The first broken rule is answered, as Meta does.

mod authentication;
mod buttons;
mod carousel;
mod components;
mod examples;
mod text;

use serde_json::Value;

use super::error::GraphError;

const CATEGORIES: [&str; 3] = ["MARKETING", "UTILITY", "AUTHENTICATION"];
const FORMATS: [&str; 2] = ["POSITIONAL", "NAMED"];
const COMPONENTS: [&str; 7] = [
    "HEADER",
    "BODY",
    "FOOTER",
    "BUTTONS",
    "CAROUSEL",
    "LIMITED_TIME_OFFER",
    "CALL_PERMISSION_REQUEST",
];
/// Meta's codes (Meta, templates: supported languages).
const LANGUAGES: &str = include_str!("languages.txt");
const LONGEST_NAME: usize = 512;
const PARAMETER: i64 = 100;
const TOO_LONG: i64 = 2_388_040;
const WRONG_HEADER: i64 = 2_388_047;
const WRONG_BODY: i64 = 2_388_072;
const WRONG_FOOTER: i64 = 2_388_073;
/// How long Meta may keep trying to deliver: 30 days, which may also be written as -1.
const FOREVER: i64 = -1;

type Checked = Result<(), GraphError>;

/// What a call submits for review. Types are already in upper case.
pub(super) struct Submission<'a> {
    pub(super) name: &'a str,
    pub(super) language: &'a str,
    pub(super) category: &'a str,
    pub(super) parameter_format: &'a str,
    /// The components as the call has them; `None` when an edit keeps them.
    pub(super) components: Option<&'a [Value]>,
    pub(super) ttl_seconds: Option<i64>,
    /// Whether an upload returned this handle.
    pub(super) is_handle: &'a dyn Fn(&str) -> bool,
    /// How many words a text needs for each of its variables.
    pub(super) words_per_variable: usize,
}

impl Submission<'_> {
    fn is_named(&self) -> bool {
        self.parameter_format == "NAMED"
    }
}

/// Refuses a template that cannot be submitted for review.
pub(super) fn check(it: &Submission<'_>) -> Checked {
    check_name(it.name)?;
    check_language(it.language)?;
    one_of("category", &CATEGORIES, it.category)?;
    one_of("parameter_format", &FORMATS, it.parameter_format)?;
    check_ttl(it)?;
    match it.components {
        Some(components) => check_components(it, components),
        None => Ok(()),
    }
}

fn check_components(it: &Submission<'_>, components: &[Value]) -> Checked {
    for component in components {
        one_of("components[]['type']", &COMPONENTS, text(component, "type"))?;
    }
    for kind in COMPONENTS {
        let count = components.iter().filter(|its| text(its, "type") == kind);
        let count = count.count();
        match kind {
            "BODY" => ensure(
                count == 1,
                WRONG_BODY,
                "One component of type BODY is needed.",
            )?,
            _ => ensure(
                count <= 1,
                PARAMETER,
                "A component type may be used once only.",
            )?,
        }
    }
    if it.category == "AUTHENTICATION" {
        return authentication::check(components);
    }
    components::check(it, components)
}

fn check_name(name: &str) -> Checked {
    let suits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    ensure(
        (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(suits),
        PARAMETER,
        "Param name must have 1 to 512 lowercase letters, digits and underscores.",
    )
}

fn check_language(language: &str) -> Checked {
    ensure(
        LANGUAGES.split_whitespace().any(|code| code == language),
        PARAMETER,
        "Param language must be a language code.",
    )
}

/// Meta (time to live): a range of each category.
fn check_ttl(it: &Submission<'_>) -> Checked {
    let Some(seconds) = it.ttl_seconds else {
        return Ok(());
    };
    let suits = match it.category {
        "AUTHENTICATION" => seconds == FOREVER || (30..=900).contains(&seconds),
        "UTILITY" => seconds == FOREVER || (30..=43_200).contains(&seconds),
        _ => (43_200..=2_592_000).contains(&seconds),
    };
    ensure(
        suits,
        PARAMETER,
        "Param message_send_ttl_seconds is out of the range of the category.",
    )
}

fn one_of(parameter: &str, allowed: &[&str], value: &str) -> Checked {
    match allowed.contains(&value) {
        true => Ok(()),
        false => Err(GraphError::template(
            PARAMETER,
            format!(
                "Param {parameter} must be one of {{{}}}.",
                allowed.join(", ")
            ),
        )),
    }
}

fn ensure(kept: bool, code: i64, rule: &str) -> Checked {
    match kept {
        true => Ok(()),
        false => Err(GraphError::template(code, rule)),
    }
}

fn at_most(longest: usize, content: &str) -> Checked {
    let rule = "A text of the template is too long.";
    ensure(content.chars().count() <= longest, TOO_LONG, rule)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let items = value.get(key).and_then(Value::as_array);
    items.map(Vec::as_slice).unwrap_or_default()
}
