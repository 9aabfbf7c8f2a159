//! Buttons that start a flow, answer with a payload, or open a catalogue.

use serde_json::{Value, json};

use super::super::*;
use super::{compose, read, variables};

fn with_buttons(buttons: &Value) -> TemplateShape {
    read(&json!([{"type": "BODY", "text": "Bonjour"}, {"type": "BUTTONS", "buttons": buttons}]))
        .unwrap()
}

fn flow() -> TemplateShape {
    with_buttons(&json!([
        {"type": "PHONE_NUMBER", "text": "Appeler", "phone_number": "+22670000000"},
        {"type": "FLOW", "text": "Réserver", "flow_id": "1", "flow_action": "navigate", "navigate_screen": "DATE"}
    ]))
}

#[test]
fn a_flow_gets_its_token_and_its_data() {
    let shape = flow();
    assert_eq!(shape.variable_names(), ["button.1.flow_token"]);
    assert_eq!(shape.optional_variable_names(), ["button.1.flow_data"]);
    let token = ("button.1.flow_token", "visite-860198");
    let button =
        |given: &[(&str, &str)]| compose(&shape, &variables(given)).unwrap().components[0].clone();
    assert_eq!(
        button(&[token]),
        json!({"type": "button", "sub_type": "flow", "index": "1",
            "parameters": [{"type": "action", "action": {"flow_token": "visite-860198"}}]})
    );
    let data = (
        "button.1.flow_data",
        "{\n  \"client\": {\"nom\": \"Awa\"}\n}",
    );
    assert_eq!(
        button(&[token, data])["parameters"][0]["action"]["flow_action_data"],
        json!({"client": {"nom": "Awa"}})
    );
}

#[test]
fn what_is_wrong_with_a_flow_names_its_variable() {
    let refused = |given: &[(&str, &str)]| compose(&flow(), &variables(given)).unwrap_err();
    let missing = "button.1.flow_token".to_owned();
    assert_eq!(refused(&[]), ComposeError::Missing { name: missing });
    for data in ["[1]", "Awa", "{", "7"] {
        let name = "button.1.flow_data".to_owned();
        assert_eq!(
            refused(&[("button.1.flow_token", "t"), ("button.1.flow_data", data)]),
            ComposeError::NotJsonObject { name }
        );
    }
    assert_eq!(refused(&[("button.1", "t")]).variable(), "button.1");
}

#[test]
fn a_quick_reply_and_a_catalogue_take_a_value_and_need_none() {
    let shape = with_buttons(&json!([
        {"type": "QUICK_REPLY", "text": "Stop"}, {"type": "CATALOG", "text": "Catalogue"}
    ]));
    assert!(shape.variable_names().is_empty());
    assert_eq!(
        shape.optional_variable_names(),
        ["button.0.payload", "button.1.product"]
    );
    let none = compose(&shape, &Variables::new()).unwrap();
    assert_eq!(none.components, json!([]));
    let given = variables(&[
        ("button.0.payload", "stop-noel"),
        ("button.1.product", "robe-12"),
    ]);
    assert_eq!(
        compose(&shape, &given).unwrap().components,
        json!([
            {"type": "button", "sub_type": "quick_reply", "index": "0",
                "parameters": [{"type": "payload", "payload": "stop-noel"}]},
            {"type": "button", "sub_type": "catalog", "index": "1",
                "parameters": [{"type": "action", "action": {"thumbnail_product_retailer_id": "robe-12"}}]}
        ])
    );
    let empty = variables(&[("button.0.payload", " ")]);
    let refused = compose(&shape, &empty).unwrap_err();
    assert_eq!(refused.variable(), "button.0.payload");
}
