//! Templates for one-time codes that break one rule.

use serde_json::{Value, json};

use crate::bases::code;
use crate::{Case, with};

const BUTTONS: &str = "/components/2/buttons";
const BUTTON: &str = "/components/2/buttons/0";
const APPS: &str = "/components/2/buttons/0/supported_apps";
const PACKAGE: &str = "/components/2/buttons/0/supported_apps/0/package_name";
const HASH: &str = "/components/2/buttons/0/supported_apps/0/signature_hash";
const TERMS: &str = "/components/2/buttons/0/zero_tap_terms_accepted";
const MINUTES: &str = "/components/1/code_expiration_minutes";

fn one(pointer: &str, value: Value) -> Value {
    with(code(), &[(pointer, value)])
}

pub(crate) fn cases() -> Vec<Case> {
    let header = json!({"type": "HEADER", "format": "LOCATION"});
    let app = json!({"package_name": "com.exemple.boutique", "signature_hash": "K8a/AINcGX7"});
    let outside = json!({"type": "OTP", "otp_type": "ONE_TAP", "package_name": "com.a.b", "signature_hash": "K8a/AINcGX7"});
    let reply = json!([{"type": "QUICK_REPLY", "text": "Merci"}]);
    let copy = json!({"type": "OTP", "otp_type": "COPY_CODE"});
    vec![
        (
            "code.text",
            "/components/0/text",
            one("/components/0/text", json!("Votre code.")),
        ),
        ("code.alone", "/components/3", one("/components/-", header)),
        (
            "code.button",
            "/components",
            one("/components", json!([{"type": "BODY"}])),
        ),
        (
            "code.button",
            "/components/2/buttons/0/type",
            one(BUTTONS, reply),
        ),
        ("code.button", BUTTONS, one(BUTTONS, json!([copy, copy]))),
        ("code.expiration", MINUTES, one(MINUTES, json!(0))),
        ("code.expiration", MINUTES, one(MINUTES, json!(91))),
        ("code.expiration", MINUTES, one(MINUTES, json!(300))),
        ("apps.count", APPS, one(APPS, Value::Null)),
        ("apps.count", APPS, one(APPS, json!(vec![app; 6]))),
        ("apps.outside", BUTTON, one(BUTTON, outside)),
        ("app.package", PACKAGE, one(PACKAGE, json!("boutique"))),
        ("app.package", PACKAGE, one(PACKAGE, json!("com.1boutique"))),
        (
            "app.package",
            PACKAGE,
            one(PACKAGE, json!(format!("com.{}", "a".repeat(221)))),
        ),
        ("app.hash", HASH, one(HASH, json!("K8a%2FAINcGX7"))),
        ("app.hash", HASH, one(HASH, json!("K8a-AINcGX7"))),
        ("zero_tap.terms", TERMS, one(TERMS, json!(false))),
        ("zero_tap.terms", TERMS, one(TERMS, Value::Null)),
    ]
}
