//! Limited-time offers: when they end.

use serde_json::{Value, json};

use super::super::*;
use super::{compose, variables};

fn offer(terms: &Value) -> TemplateShape {
    let components = json!([
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": terms},
        {"type": "BODY", "text": "Bonjour {{1}}, -25 % !"},
        {"type": "BUTTONS", "buttons": [
            {"type": "COPY_CODE", "example": "FASO25"},
            {"type": "URL", "text": "Voir", "url": "https://boutique.example/{{1}}"}]}
    ]);
    TemplateShape::read(&components, "POSITIONAL", &Category::Marketing).unwrap()
}

const FILE: &str = "0197a2b8-1c00-7000-8000-00000000002a";
const GIVEN: [(&str, &str); 4] = [
    ("header.image", FILE),
    ("1", "Awa"),
    ("button.0", "FASO25"),
    ("button.1", "soldes"),
];

fn until(end: &str) -> Variables {
    variables(&[&GIVEN[..], &[("offer.expires_at", end)]].concat())
}

#[test]
fn the_end_is_sent_in_milliseconds() {
    let shape = offer(&json!({"text": "Vite", "has_expiration": true}));
    assert_eq!(
        shape.variable_names(),
        [
            "header.image",
            "1",
            "button.0",
            "button.1",
            "offer.expires_at"
        ]
    );
    let composed = compose(&shape, &until("2026-12-31T18:00:00+01:00")).unwrap();
    let parameters = composed.components.as_array().unwrap();
    let expected = json!({"type": "limited_time_offer", "parameters": [
        {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1_798_736_400_000_i64}}]});
    assert!(parameters.contains(&expected), "{parameters:?}");
    let end = composed.offer_ends_at.unwrap();
    assert_eq!(end.to_rfc3339(), "2026-12-31T17:00:00+00:00");
}

#[test]
fn an_offer_that_has_ended_or_has_no_end_names_its_variable() {
    let shape = offer(&json!({"text": "Vite", "has_expiration": true}));
    let name = || "offer.expires_at".to_owned();
    for past in ["2026-12-01T12:00:00Z", "2026-12-01T13:00:00+01:00"] {
        assert_eq!(
            compose(&shape, &until(past)),
            Err(ComposeError::Past { name: name() }),
            "{past}"
        );
    }
    for no_time in ["2026-12-31", "1798714800000", "demain"] {
        assert_eq!(
            compose(&shape, &until(no_time)),
            Err(ComposeError::NotTime { name: name() }),
            "{no_time}"
        );
    }
    assert_eq!(
        compose(&shape, &variables(&GIVEN)),
        Err(ComposeError::Missing { name: name() })
    );
}

#[test]
fn an_offer_without_an_end_takes_none() {
    for terms in [
        json!({"text": "Vite"}),
        json!({"text": "Vite", "has_expiration": false}),
    ] {
        let shape = offer(&terms);
        let composed = compose(&shape, &variables(&GIVEN)).unwrap();
        assert_eq!(composed.offer_ends_at, None);
        assert!(!composed.components.to_string().contains("limited_time"));
        let refused = compose(&shape, &until("2026-12-31T18:00:00Z")).unwrap_err();
        assert_eq!(refused.variable(), "offer.expires_at");
    }
}

#[test]
fn samples_suit_their_variables() {
    let shape = offer(&json!({"text": "Vite", "has_expiration": true}));
    let names = shape.variable_names().into_iter();
    let mut given: Variables = names
        .map(|name| (name.clone(), shape.sample(&name).to_owned()))
        .collect();
    given.insert("header.image".to_owned(), FILE.to_owned());
    assert!(compose(&shape, &given).is_ok());
}
