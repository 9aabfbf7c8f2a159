//! Templates for one-time codes, whose texts Meta writes.

use serde_json::{Value, json};

use super::check::Check;
use super::fields::Fields;
use super::format::present;
use super::otp::OtpButton;
use super::parts::{PartKind, Parts};
use super::rules::code::{CODE_ALONE, CODE_BUTTON, CODE_EXPIRATION, CODE_TEXT};

const MOST_MINUTES: u8 = 90;

/// A template of the category AUTHENTICATION.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodeTemplate {
    /// Whether Meta adds that the code should not be shared.
    security_recommendation: Option<bool>,
    footer: Option<CodeFooter>,
    button: OtpButton,
}

/// The footer, in which Meta may say when the code expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CodeFooter {
    expiration_minutes: Option<u8>,
}

impl CodeTemplate {
    /// Reads the components of a template of the category AUTHENTICATION.
    pub(super) fn read(parts: &Parts<'_>, check: &mut Check) -> Option<Self> {
        const OWN: [PartKind; 3] = [PartKind::Body, PartKind::Footer, PartKind::Buttons];
        parts.allow(&OWN, &CODE_ALONE, check);
        let security_recommendation = parts.body(check).and_then(|body| {
            allow_no_text(body, "add_security_recommendation", check);
            body.flag("add_security_recommendation", check)
        });
        let footer = parts.get(PartKind::Footer).map(|footer| {
            allow_no_text(footer, "code_expiration_minutes", check);
            CodeFooter {
                expiration_minutes: read_minutes(footer, check),
            }
        });
        let button = read_button(parts, check)?;
        Some(Self {
            security_recommendation,
            footer,
            button,
        })
    }

    pub(super) fn to_meta(&self) -> Vec<Value> {
        let body = present(json!({
            "type": "BODY", "add_security_recommendation": self.security_recommendation,
        }));
        let footer = self.footer.map(|footer| {
            present(json!({
                "type": "FOOTER", "code_expiration_minutes": footer.expiration_minutes,
            }))
        });
        let buttons = json!({"type": "BUTTONS", "buttons": [self.button.to_meta()]});
        [body].into_iter().chain(footer).chain([buttons]).collect()
    }
}

fn allow_no_text(fields: &Fields<'_>, own_key: &str, check: &mut Check) {
    fields.allow(&["type", "text", "example", own_key], check);
    for key in ["text", "example"] {
        if fields.has(key) {
            check.refuse_with(&CODE_TEXT, &fields.at(key), &[("key", &key)]);
        }
    }
}

fn read_minutes(footer: &Fields<'_>, check: &mut Check) -> Option<u8> {
    let minutes = footer.integer("code_expiration_minutes", check)?;
    let minutes = u8::try_from(minutes).ok();
    let minutes = minutes.filter(|minutes| (1..=MOST_MINUTES).contains(minutes));
    if minutes.is_none() {
        check.refuse(&CODE_EXPIRATION, &footer.at("code_expiration_minutes"));
    }
    minutes
}

fn read_button(parts: &Parts<'_>, check: &mut Check) -> Option<OtpButton> {
    let Some(part) = parts.get(PartKind::Buttons) else {
        check.refuse(&CODE_BUTTON, "/components");
        return None;
    };
    part.allow(&["type", "buttons"], check);
    let items = part.required_list("buttons", check)?;
    let [item] = items.as_slice() else {
        check.refuse(&CODE_BUTTON, &part.at("buttons"));
        return None;
    };
    let button = item.object(check)?;
    if button.required_word("type", check)? != "OTP" {
        check.refuse(&CODE_BUTTON, &button.at("type"));
        return None;
    }
    OtpButton::read(&button, check)
}
