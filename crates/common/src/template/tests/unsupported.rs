//! Templates that messages cannot fill in, with the reason.

use serde_json::{Value, json};

use super::super::*;
use super::read;
use UnsupportedReason::{Kind, Products, Undocumented};

fn button(kind: &str) -> Value {
    json!({"type": "BUTTONS", "buttons": [{"type": kind}]})
}

fn header(format: &str) -> Value {
    json!({"type": "HEADER", "format": format})
}

#[test]
fn what_cannot_be_sent_is_named_with_its_reason() {
    for (component, part, reason) in [
        (header("PRODUCT"), "HEADER PRODUCT", Products),
        (button("MPM"), "MPM button", Products),
        (button("SPM"), "SPM button", Products),
        (
            button("ORDER_DETAILS"),
            "ORDER_DETAILS button",
            Undocumented,
        ),
        (
            button("REQUEST_CONTACT_INFO"),
            "REQUEST_CONTACT_INFO button",
            Undocumented,
        ),
        (
            json!({"type": "call_permission_request"}),
            "CALL_PERMISSION_REQUEST",
            Undocumented,
        ),
        (header("GIF"), "HEADER GIF", Kind),
        (button("NEW"), "NEW button", Kind),
        (json!({"type": "NEW"}), "NEW", Kind),
    ] {
        let refused = read(&json!([component])).unwrap_err();
        assert_eq!((refused.part.as_str(), refused.reason), (part, reason));
        assert!(refused.to_string().starts_with("the template's "));
    }
}

#[test]
fn a_part_of_a_card_is_named_with_the_card() {
    for (component, part, reason) in [
        (header("PRODUCT"), "card 1 HEADER PRODUCT", Products),
        (button("SPM"), "card 1 SPM button", Products),
        (button("OTP"), "card 1 OTP button", Kind),
        (
            json!({"type": "FOOTER", "text": "Merci"}),
            "card 1 FOOTER",
            Kind,
        ),
        (
            json!({"type": "BODY", "text": "{{2}}"}),
            "card 1 BODY",
            UnsupportedReason::Numbering,
        ),
    ] {
        let cards = json!([{"components": [header("IMAGE")]}, {"components": [component]}]);
        let refused = read(&json!([{"type": "CAROUSEL", "cards": cards}])).unwrap_err();
        assert_eq!((refused.part.as_str(), refused.reason), (part, reason));
    }
}
