//! Templates that break one rule of the JSON or of the frame.

use serde_json::{Value, json};

use crate::bases::{marketing, utility};
use crate::{Case, with};

pub(crate) fn cases() -> Vec<Case> {
    [fields(), values(), names_and_times(), bids()].concat()
}

fn frame(base: Value, key: &str, value: Value) -> Value {
    with(base, &[(key, value)])
}

fn fields() -> Vec<Case> {
    vec![
        (
            "field.missing",
            "/name",
            frame(utility(), "/name", Value::Null),
        ),
        (
            "field.missing",
            "/components",
            frame(utility(), "/components", Value::Null),
        ),
        (
            "field.missing",
            "/components/2/text",
            frame(utility(), "/components/2/text", json!(" ")),
        ),
        ("field.kind", "", json!([])),
        (
            "field.kind",
            "/components/1/text",
            frame(utility(), "/components/1/text", json!(5)),
        ),
        (
            "field.kind",
            "/message_send_ttl_seconds",
            frame(utility(), "/message_send_ttl_seconds", json!(60.5)),
        ),
        (
            "field.kind",
            "/allow_category_change",
            frame(utility(), "/allow_category_change", json!("yes")),
        ),
        (
            "field.unknown",
            "/colour",
            frame(utility(), "/colour", json!("red")),
        ),
        (
            "field.unknown",
            "/components/2/emoji",
            frame(utility(), "/components/2/emoji", json!(true)),
        ),
    ]
}

fn values() -> Vec<Case> {
    vec![
        (
            "value.unknown",
            "/category",
            frame(utility(), "/category", json!("PROMOTION")),
        ),
        (
            "value.unknown",
            "/parameter_format",
            frame(utility(), "/parameter_format", json!("MIXED")),
        ),
        (
            "value.unknown",
            "/components/4/type",
            frame(utility(), "/components/-", json!({"type": "MAP"})),
        ),
        (
            "value.unknown",
            "/components/0/format",
            frame(
                utility(),
                "/components/0",
                json!({"type": "HEADER", "format": "AUDIO"}),
            ),
        ),
        (
            "value.unknown",
            "/display_format",
            frame(utility(), "/display_format", json!("TABLE")),
        ),
    ]
}

fn names_and_times() -> Vec<Case> {
    vec![
        (
            "name.characters",
            "/name",
            frame(utility(), "/name", json!("Order-Ready")),
        ),
        (
            "name.length",
            "/name",
            frame(utility(), "/name", json!("a".repeat(513))),
        ),
        (
            "language.unknown",
            "/language",
            frame(utility(), "/language", json!("mos")),
        ),
        (
            "language.spelling",
            "/language",
            frame(utility(), "/language", json!("en-us")),
        ),
        (
            "ttl.range",
            "/message_send_ttl_seconds",
            frame(utility(), "/message_send_ttl_seconds", json!(43_201)),
        ),
        (
            "ttl.range",
            "/message_send_ttl_seconds",
            frame(marketing(), "/message_send_ttl_seconds", json!(-1)),
        ),
    ]
}

fn bids() -> Vec<Case> {
    let price =
        |amount: i64| json!({"bid_strategy": "LOWEST_COST_WITH_BID_CAP", "bid_amount": amount});
    vec![
        (
            "bid.category",
            "/optimization_spec",
            frame(utility(), "/optimization_spec", price(5)),
        ),
        (
            "bid.amount",
            "/optimization_spec/bid_amount",
            frame(marketing(), "/optimization_spec", price(0)),
        ),
    ]
}
