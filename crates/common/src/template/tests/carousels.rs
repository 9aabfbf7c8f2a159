//! Carousels: the cards, each with its own variables.

use serde_json::{Value, json};

use super::super::*;
use super::{compose, variables};

const ROBE: &str = "0197a2b8-1c00-7000-8000-00000000002a";
const SAC: &str = "0197a2b8-1c00-7000-8000-00000000002b";

fn card(body: &str) -> Value {
    json!({"components": [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://scontent.example/a.png"]}},
        {"type": "BODY", "text": body},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Plus"},
            {"type": "URL", "text": "Voir", "url": "https://boutique.example/{{1}}"}]}]})
}

fn carousel(parameter_format: &str, body: &str, cards: [&str; 2]) -> TemplateShape {
    let components = json!([
        {"type": "BODY", "text": body},
        {"type": "CAROUSEL", "cards": cards.map(card)}
    ]);
    TemplateShape::read(&components, parameter_format, &Category::Marketing).unwrap()
}

fn collection() -> TemplateShape {
    carousel(
        "POSITIONAL",
        "Bonjour {{1}}",
        ["Robe {{1}} à {{2}}", "Sac {{1}}"],
    )
}

fn full() -> Variables {
    variables(&[
        ("1", "Awa"),
        ("card.0.header.image", ROBE),
        ("card.0.1", "bleue"),
        ("card.0.2", "9 000"),
        ("card.0.button.1", "robe"),
        ("card.1.header.image", SAC),
        ("card.1.1", "rouge"),
        ("card.1.button.1", "sac"),
    ])
}

#[test]
fn each_card_has_its_own_variables() {
    let shape = collection();
    assert_eq!(
        shape.variable_names(),
        [
            "1",
            "card.0.header.image",
            "card.0.1",
            "card.0.2",
            "card.0.button.1",
            "card.1.header.image",
            "card.1.1",
            "card.1.button.1"
        ]
    );
    assert_eq!(
        shape.optional_variable_names(),
        ["card.0.button.0.payload", "card.1.button.0.payload"]
    );
}

#[test]
fn cards_are_sent_in_their_order_with_their_index() {
    let mut given = full();
    given.insert("card.1.button.0.payload".to_owned(), "plus-sac".to_owned());
    let composed = compose(&collection(), &given).unwrap();
    let text = |text: &str| json!({"type": "text", "text": text});
    let image = |id: &str| json!({"type": "header", "parameters": [{"type": "image", "image": {"id": id}}]});
    let link = |end: &str| json!({"type": "button", "sub_type": "url", "index": "1", "parameters": [text(end)]});
    assert_eq!(
        composed.components,
        json!([
            {"type": "body", "parameters": [text("Awa")]},
            {"type": "carousel", "cards": [
                {"card_index": 0, "components": [
                    image(ROBE),
                    {"type": "body", "parameters": [text("bleue"), text("9 000")]},
                    link("robe")]},
                {"card_index": 1, "components": [
                    image(SAC),
                    {"type": "body", "parameters": [text("rouge")]},
                    {"type": "button", "sub_type": "quick_reply", "index": "0",
                        "parameters": [{"type": "payload", "payload": "plus-sac"}]},
                    link("sac")]}]}
        ])
    );
    let ids: Vec<String> = composed.media_ids.iter().map(ToString::to_string).collect();
    assert_eq!(ids, [ROBE, SAC]);
}

#[test]
fn a_file_on_two_cards_is_one_file() {
    let mut given = full();
    given.insert("card.1.header.image".to_owned(), ROBE.to_uppercase());
    let composed = compose(&collection(), &given).unwrap();
    assert_eq!(composed.media_ids.len(), 1);
    let cards = &composed.components[1]["cards"];
    assert_eq!(
        cards[1]["components"][0]["parameters"][0]["image"]["id"],
        ROBE
    );
}

#[test]
fn a_name_of_the_body_is_none_of_a_card() {
    let shape = carousel(
        "NAMED",
        "Bonjour {{card}}, {{offer}}",
        ["Robe {{card}}", "Sac"],
    );
    let given = variables(&[
        ("card", "Awa"),
        ("offer", "-20 %"),
        ("card.0.header.image", ROBE),
        ("card.0.card", "bleue"),
        ("card.0.button.1", "robe"),
        ("card.1.header.image", SAC),
        ("card.1.button.1", "sac"),
    ]);
    let composed = compose(&shape, &given).unwrap();
    let body = |components: &Value, index: usize| components[index]["parameters"].clone();
    assert_eq!(
        body(&composed.components, 0)[0],
        json!({"type": "text", "parameter_name": "card", "text": "Awa"})
    );
    let first = &composed.components[1]["cards"][0]["components"];
    assert_eq!(
        body(first, 1),
        json!([{"type": "text", "parameter_name": "card", "text": "bleue"}])
    );
}

#[test]
fn what_is_wrong_on_a_card_names_its_variable() {
    for name in full().keys() {
        let mut given = full();
        given.remove(name);
        let missing = ComposeError::Missing { name: name.clone() };
        assert_eq!(compose(&collection(), &given), Err(missing));
    }
    let with = |name: &str, value: &str| {
        let mut given = full();
        given.insert(name.to_owned(), value.to_owned());
        compose(&collection(), &given).unwrap_err()
    };
    assert!(matches!(
        with("card.1.header.image", "sac.png"),
        ComposeError::NoMediaId { name } if name == "card.1.header.image"
    ));
    let long = "é".repeat(1_020);
    assert_eq!(with("card.0.1", &long).variable(), "card.0.1");
    for unknown in [
        "card.2.1",
        "card.0.3",
        "card.0.header.video",
        "card.0.button.0",
        "card.00.1",
        "card",
    ] {
        assert_eq!(
            with(unknown, "x"),
            ComposeError::Unexpected {
                name: unknown.to_owned()
            }
        );
    }
}
