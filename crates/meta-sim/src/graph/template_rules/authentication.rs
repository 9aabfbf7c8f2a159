//! Authentication templates: their creator chooses the parts, and Meta writes the text.

use serde_json::Value;

use super::{Checked, PARAMETER, WRONG_BODY, WRONG_FOOTER, at_most, ensure, list, text};

const LONGEST_LABEL: usize = 25;
const MOST_APPS: usize = 5;
const LONGEST_PACKAGE: usize = 224;
const HASH_LENGTH: usize = 11;
const KINDS: [&str; 3] = ["COPY_CODE", "ONE_TAP", "ZERO_TAP"];

pub(super) fn check(components: &[Value]) -> Checked {
    for component in components {
        match text(component, "type") {
            "BODY" => {
                let own = component.get("text").is_some();
                ensure(
                    !own,
                    WRONG_BODY,
                    "Meta writes the body of an authentication template.",
                )?;
            }
            "FOOTER" => check_footer(component)?,
            "BUTTONS" => check_buttons(list(component, "buttons"))?,
            _ => {
                let rule = "An authentication template has a body, a footer and a button only.";
                ensure(false, PARAMETER, rule)?;
            }
        }
    }
    let has_button = components.iter().any(|its| text(its, "type") == "BUTTONS");
    ensure(
        has_button,
        PARAMETER,
        "An authentication template needs an OTP button.",
    )
}

fn check_footer(footer: &Value) -> Checked {
    let minutes = footer.get("code_expiration_minutes");
    let suits = minutes.is_none_or(|minutes| {
        let minutes = minutes.as_u64();
        minutes.is_some_and(|minutes| (1..=90).contains(&minutes))
    });
    ensure(suits, WRONG_FOOTER, "A code expires after 1 to 90 minutes.")
}

fn check_buttons(buttons: &[Value]) -> Checked {
    let [button] = buttons else {
        return ensure(
            false,
            PARAMETER,
            "An authentication template has one button.",
        );
    };
    let is_otp = text(button, "type").eq_ignore_ascii_case("OTP");
    ensure(
        is_otp,
        PARAMETER,
        "The button of an authentication template is of type OTP.",
    )?;
    let kind = text(button, "otp_type").to_ascii_uppercase();
    ensure(
        KINDS.contains(&kind.as_str()),
        PARAMETER,
        "Param otp_type is not known.",
    )?;
    at_most(LONGEST_LABEL, text(button, "text"))?;
    at_most(LONGEST_LABEL, text(button, "autofill_text"))?;
    let accepted = button.get("zero_tap_terms_accepted") == Some(&Value::Bool(true));
    let rule = "The terms of zero-tap templates have to be accepted.";
    ensure(kind != "ZERO_TAP" || accepted, PARAMETER, rule)?;
    let apps = list(button, "supported_apps");
    let fewest = usize::from(kind != "COPY_CODE");
    ensure(
        (fewest..=MOST_APPS).contains(&apps.len()),
        PARAMETER,
        "One-tap and zero-tap buttons need 1 to 5 apps.",
    )?;
    apps.iter().try_for_each(check_app)
}

fn check_app(app: &Value) -> Checked {
    let (package, hash) = (text(app, "package_name"), text(app, "signature_hash"));
    let is_segment = |segment: &str| {
        segment.starts_with(|first: char| first.is_ascii_alphabetic())
            && segment
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let is_package = package.len() <= LONGEST_PACKAGE
        && package.contains('.')
        && package.split('.').all(is_segment);
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    ensure(
        is_package && hash.len() == HASH_LENGTH && hash.chars().all(is_base64),
        PARAMETER,
        "An app has a package name of 224 characters at most and a signature hash of 11.",
    )
}
