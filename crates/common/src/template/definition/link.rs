//! Buttons that open a link, which may end in a variable.

use serde_json::{Value, json};

use super::check::Check;
use super::fields::Fields;
use super::format::{ParameterFormat, present};
use super::label::Label;
use super::rules::buttons::{LINK_EXAMPLE, LINK_EXAMPLE_UNEXPECTED, LINK_VARIABLE, LINK_WHATSAPP};
use super::rules::text::TEXT_FILLED_LENGTH;
use super::wording::require_length;
use crate::template::text::{distinct_variables, literals};

const LONGEST: usize = 2_000;

/// A button that opens a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    text: Label,
    url: String,
    /// The end of the link in place of the variable, or the whole link with it.
    example: Option<String>,
}

impl Link {
    /// Reads a button of the type URL.
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        fields.allow(&["type", "text", "url", "example"], check);
        let text = Label::required(fields, "text", check);
        let url = fields.required_text("url", check);
        let example = url.and_then(|url| read_example(url, fields, check));
        let (text, url) = (text?, url?.to_owned());
        Some(Self { text, url, example })
    }

    pub(super) fn to_meta(&self) -> Value {
        present(json!({
            "type": "URL",
            "text": self.text,
            "url": self.url,
            "example": self.example.as_ref().map(|example| [example]),
        }))
    }
}

fn read_example(url: &str, fields: &Fields<'_>, check: &mut Check) -> Option<String> {
    let at = fields.at("url");
    require_length(url, LONGEST, &at, check);
    if leads_to_whatsapp(url) {
        check.refuse(&LINK_WHATSAPP, &at);
    }
    let given = fields.list("example", check).unwrap_or_default();
    let Some(base) = base_of(url, check.format) else {
        check.refuse(&LINK_VARIABLE, &at);
        return None;
    };
    let at_example = fields.at("example");
    match (base, given.as_slice()) {
        (None, []) => None,
        (None, _) => {
            check.refuse(&LINK_EXAMPLE_UNEXPECTED, &at_example);
            None
        }
        (Some(base), [example]) => {
            let example = example.text(check)?;
            if example.trim().is_empty() {
                check.refuse(&LINK_EXAMPLE, &at_example);
            }
            require_filled_length(base, url, example, &at, check);
            Some(example.to_owned())
        }
        (Some(_), _) => {
            check.refuse(&LINK_EXAMPLE, &at_example);
            None
        }
    }
}

/// What is before the variable: `None` inside if there is no variable, `None` outside if the variables are not one at
/// the end. Templates whose variables have names may number the one of a link nevertheless.
fn base_of(url: &str, format: ParameterFormat) -> Option<Option<&str>> {
    let is_loose = |literal: &String| literal.contains("{{") || literal.contains("}}");
    let literals = literals(url);
    if literals.iter().any(is_loose) {
        return None;
    }
    if literals.len() == 1 {
        return Some(None);
    }
    let variable = distinct_variables(url).pop_first()?;
    let base = url.strip_suffix(&format!("{{{{{variable}}}}}"))?;
    let is_named = format == ParameterFormat::Named
        && variable.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (literals.len() == 2 && (variable == "1" || is_named)).then_some(Some(base))
}

/// Meta's reference gives the example of a link as its end and as the whole link.
fn require_filled_length(base: &str, url: &str, example: &str, at: &str, check: &mut Check) {
    let example_chars = example.chars().count();
    let found = match example.contains("://") {
        true => example_chars,
        false => base.chars().count() + example_chars,
    };
    if found > LONGEST && url.chars().count() <= LONGEST {
        check.refuse_with(
            &TEXT_FILLED_LENGTH,
            at,
            &[("found", &found), ("limit", &LONGEST)],
        );
    }
}

fn leads_to_whatsapp(url: &str) -> bool {
    let without_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = without_scheme.split(['/', '?', '#', ':']).next();
    let host = host.unwrap_or_default().to_ascii_lowercase();
    ["wa.me", "whatsapp.com"].into_iter().any(|site| {
        let below = host.strip_suffix(site);
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    })
}
