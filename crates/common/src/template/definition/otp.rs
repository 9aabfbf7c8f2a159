//! The button of a template for one-time codes.

use serde_json::{Value, json};

use super::check::Check;
use super::fields::{Fields, Item};
use super::format::present;
use super::label::Label;
use super::rules::code::{APP_HASH, APP_PACKAGE, APPS_COUNT, APPS_OUTSIDE, ZERO_TAP_TERMS};
use super::rules::fields::VALUE_UNKNOWN;

const MOST_APPS: usize = 5;
const LONGEST_PACKAGE: usize = 224;
const HASH_CHARS: usize = 11;

/// A button of the type OTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OtpButton {
    text: Option<Label>,
    delivery: Delivery,
}

/// How the code comes into the app that waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Delivery {
    /// The person copies it.
    CopyCode,
    /// A tap fills it in.
    OneTap(Autofill),
    /// It fills itself in; the terms of this are accepted.
    ZeroTap(Autofill),
}

/// The Android apps that a code can be filled into.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Autofill {
    text: Option<Label>,
    apps: Vec<App>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct App {
    package_name: String,
    signature_hash: String,
}

impl OtpButton {
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        let text = Label::read(fields, "text", check);
        let kind = fields.required_word("otp_type", check)?;
        let delivery = match kind.as_str() {
            "COPY_CODE" => {
                fields.allow(&["type", "otp_type", "text"], check);
                Delivery::CopyCode
            }
            "ONE_TAP" => Delivery::OneTap(Autofill::read(fields, &[], check)?),
            "ZERO_TAP" => {
                let terms = "zero_tap_terms_accepted";
                if fields.flag(terms, check) != Some(true) {
                    check.refuse(&ZERO_TAP_TERMS, &fields.at(terms));
                }
                Delivery::ZeroTap(Autofill::read(fields, &[terms], check)?)
            }
            _ => {
                check.refuse_with(
                    &VALUE_UNKNOWN,
                    &fields.at("otp_type"),
                    &[
                        ("found", &kind),
                        ("allowed", &"COPY_CODE, ONE_TAP, ZERO_TAP"),
                    ],
                );
                return None;
            }
        };
        Some(Self { text, delivery })
    }

    pub(super) fn to_meta(&self) -> Value {
        let (kind, autofill, terms) = match &self.delivery {
            Delivery::CopyCode => ("COPY_CODE", None, None),
            Delivery::OneTap(autofill) => ("ONE_TAP", Some(autofill), None),
            Delivery::ZeroTap(autofill) => ("ZERO_TAP", Some(autofill), Some(true)),
        };
        let apps = autofill.map(|autofill| autofill.apps.iter().map(App::to_meta).collect());
        let apps: Option<Vec<Value>> = apps;
        present(json!({
            "type": "OTP",
            "otp_type": kind,
            "text": self.text,
            "autofill_text": autofill.and_then(|autofill| autofill.text.as_ref()),
            "zero_tap_terms_accepted": terms,
            "supported_apps": apps,
        }))
    }
}

impl Autofill {
    fn read(fields: &Fields<'_>, more_keys: &[&str], check: &mut Check) -> Option<Self> {
        const OUTSIDE: [&str; 2] = ["package_name", "signature_hash"];
        const OWN: [&str; 5] = [
            "type",
            "otp_type",
            "text",
            "autofill_text",
            "supported_apps",
        ];
        fields.allow(&[&OWN[..], &OUTSIDE[..], more_keys].concat(), check);
        let text = Label::read(fields, "autofill_text", check);
        if OUTSIDE.iter().any(|key| fields.has(key)) {
            check.refuse(&APPS_OUTSIDE, fields.pointer());
            return None;
        }
        let items = fields.list("supported_apps", check).unwrap_or_default();
        let found = items.len();
        if !(1..=MOST_APPS).contains(&found) {
            check.refuse_with(
                &APPS_COUNT,
                &fields.at("supported_apps"),
                &[("found", &found)],
            );
        }
        let apps: Vec<Option<App>> = items.iter().map(|item| App::read(item, check)).collect();
        let apps = apps.into_iter().collect::<Option<Vec<App>>>()?;
        Some(Self { text, apps })
    }
}

impl App {
    fn read(item: &Item<'_>, check: &mut Check) -> Option<Self> {
        let fields = item.object(check)?;
        fields.allow(&["package_name", "signature_hash"], check);
        let package_name = fields.required_text("package_name", check);
        if package_name.is_some_and(|name| !is_package(name)) {
            check.refuse(&APP_PACKAGE, &fields.at("package_name"));
        }
        let signature_hash = fields.required_text("signature_hash", check);
        if signature_hash.is_some_and(|hash| !is_hash(hash)) {
            check.refuse(&APP_HASH, &fields.at("signature_hash"));
        }
        Some(Self {
            package_name: package_name?.to_owned(),
            signature_hash: signature_hash?.to_owned(),
        })
    }

    fn to_meta(&self) -> Value {
        json!({"package_name": self.package_name, "signature_hash": self.signature_hash})
    }
}

fn is_package(name: &str) -> bool {
    let is_segment = |segment: &str| {
        segment.starts_with(|c: char| c.is_ascii_alphabetic())
            && segment
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name.len() <= LONGEST_PACKAGE && name.contains('.') && name.split('.').all(is_segment)
}

fn is_hash(hash: &str) -> bool {
    let suits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    hash.len() == HASH_CHARS && hash.chars().all(suits)
}
