//! Templates that break one rule of buttons.

use serde_json::{Value, json};

use crate::bases::{flow, utility};
use crate::{Case, with};

const BUTTONS: &str = "/components/3/buttons";
const LABEL: &str = "/components/3/buttons/0/text";
const URL: &str = "/components/3/buttons/1/url";
const URL_EXAMPLE: &str = "/components/3/buttons/1/example";

fn one(pointer: &str, value: Value) -> Value {
    with(utility(), &[(pointer, value)])
}

pub(crate) fn cases() -> Vec<Case> {
    [lists(), labels(), links(), flows()].concat()
}

fn lists() -> Vec<Case> {
    let reply = json!({"type": "QUICK_REPLY", "text": "Merci"});
    let link = json!({"type": "URL", "text": "Voir", "url": "https://boutique.example"});
    let call = json!({"type": "PHONE_NUMBER", "text": "Appeler", "phone_number": "+22670000000"});
    let otp = json!([{"type": "OTP", "otp_type": "COPY_CODE"}]);
    vec![
        ("buttons.count", BUTTONS, one(BUTTONS, json!([]))),
        (
            "buttons.count",
            BUTTONS,
            one(BUTTONS, json!(vec![reply.clone(); 11])),
        ),
        (
            "buttons.of_kind",
            BUTTONS,
            one(BUTTONS, json!([link, link, link])),
        ),
        (
            "buttons.of_kind",
            BUTTONS,
            one(BUTTONS, json!([call, call])),
        ),
        (
            "buttons.grouping",
            BUTTONS,
            one(BUTTONS, json!([reply, link, reply])),
        ),
        (
            "buttons.grouping",
            BUTTONS,
            one(BUTTONS, json!([link, reply, call])),
        ),
        (
            "button.otp_category",
            "/components/3/buttons/0/type",
            one(BUTTONS, otp),
        ),
    ]
}

fn labels() -> Vec<Case> {
    vec![
        ("label.variable", LABEL, one(LABEL, json!("Merci {{1}}"))),
        ("label.line_break", LABEL, one(LABEL, json!("Merci\nbien"))),
        ("label.formatting", LABEL, one(LABEL, json!("*Merci*"))),
        ("label.formatting", LABEL, one(LABEL, json!("~Merci~"))),
        ("label.emoji", LABEL, one(LABEL, json!("Merci 🙏"))),
    ]
}

fn links() -> Vec<Case> {
    let bare =
        json!({"type": "URL", "text": "Voir", "url": "https://boutique.example", "example": ["a"]});
    let url = |url: &str| one(URL, json!(url));
    vec![
        (
            "link.variable",
            URL,
            url("https://boutique.example/{{1}}/voir"),
        ),
        (
            "link.variable",
            URL,
            url("https://boutique.example/{{1}}/{{2}}"),
        ),
        ("link.variable", URL, url("https://boutique.example/{{2}}")),
        ("link.variable", URL, url("https://boutique.example/{{1}")),
        ("link.example", URL_EXAMPLE, one(URL_EXAMPLE, Value::Null)),
        (
            "link.example",
            URL_EXAMPLE,
            one(URL_EXAMPLE, json!(["a", "b"])),
        ),
        ("link.example", URL_EXAMPLE, one(URL_EXAMPLE, json!([""]))),
        (
            "link.example_unexpected",
            URL_EXAMPLE,
            one("/components/3/buttons/1", bare),
        ),
        ("link.whatsapp", URL, url("https://wa.me/{{1}}")),
        (
            "link.whatsapp",
            URL,
            url("https://API.whatsapp.com/send?phone={{1}}"),
        ),
    ]
}

fn flows() -> Vec<Case> {
    let button = "/components/1/buttons/0";
    let two = with(flow(), &[(&format!("{button}/flow_name"), json!("avis"))]);
    let none = with(flow(), &[(&format!("{button}/flow_id"), Value::Null)]);
    vec![("flow.source", button, two), ("flow.source", button, none)]
}
