//! Carousels, offers, places, flows and catalogues: what Meta demands of each parameter.

use meta_sim::{Account, Template, sample};
use serde_json::{Value, json};

use crate::fixture::{Fixture, template};

const NAME: &str = "forme";
const MISSING: (u16, i64) = (400, 131_008);
const COUNT: (u16, i64) = (400, 132_000);
const FORMAT: (u16, i64) = (400, 132_012);
const PARAMETER: (u16, i64) = (400, 132_018);

async fn with_template(components: &Value) -> Fixture {
    let fixture = Fixture::start().await;
    let stored = Template {
        name: NAME.to_owned(),
        category: "MARKETING".to_owned(),
        components: components.as_array().unwrap().clone(),
        ..Template::default()
    };
    let account = Account {
        waba_id: sample::WABA_ID.to_owned(),
        templates: vec![stored],
        ..Account::default()
    };
    fixture.sim.put_account(account).unwrap();
    fixture
}

/// Sends with components of which each is refused with its code.
async fn all_refused(fixture: &Fixture, cases: Vec<(Value, (u16, i64))>) {
    for (components, refusal) in cases {
        let refused = fixture.refused(&template(NAME, &components)).await;
        assert_eq!(refused, refusal, "{components}");
    }
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// Two cards: an image, a text with a variable, a quick reply and a link.
async fn with_carousel() -> Fixture {
    let card = json!({"components": [
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "Robe {{1}}"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Plus"},
            {"type": "URL", "text": "Voir", "url": "https://boutique.example/{{1}}"}]}]});
    with_template(&json!([
        {"type": "BODY", "text": "Bonjour {{1}}"}, {"type": "CAROUSEL", "cards": [card, card]}
    ]))
    .await
}

fn image(id: &str) -> Value {
    json!({"type": "header", "parameters": [{"type": "image", "image": {"id": id}}]})
}

fn link(index: &Value) -> Value {
    json!({"type": "button", "sub_type": "url", "index": index, "parameters": [text("robe")]})
}

fn card(index: &Value, image_id: &str) -> Value {
    let body = json!({"type": "body", "parameters": [text("bleue")]});
    json!({"card_index": index, "components": [image(image_id), body, link(&json!("1"))]})
}

fn carousel(cards: &[Value]) -> Value {
    json!([
        {"type": "body", "parameters": [text("Awa")]}, {"type": "carousel", "cards": cards}
    ])
}

#[tokio::test]
async fn a_carousel_needs_each_of_its_cards_once() {
    let fixture = with_carousel().await;
    let id = fixture.uploaded("image/png", b"png").await;
    let (first, second) = (card(&json!(0), &id), card(&json!("1"), &id));
    for cards in [
        [first.clone(), second.clone()],
        [second.clone(), first.clone()],
    ] {
        fixture.accepted(&template(NAME, &carousel(&cards))).await;
    }
    let without_index = json!({"components": first["components"]});
    let body = json!([{"type": "body", "parameters": [text("Awa")]}]);
    let cases = vec![
        (body, MISSING),
        (carousel(&[]), MISSING),
        (carousel(std::slice::from_ref(&first)), MISSING),
        (carousel(&[first.clone(), without_index]), MISSING),
        (carousel(&[first.clone(), first.clone()]), PARAMETER),
        (carousel(&[first.clone(), card(&json!(2), &id)]), PARAMETER),
        (
            carousel(&[first.clone(), second, card(&json!(2), &id)]),
            PARAMETER,
        ),
        (carousel(&[first, json!("sac")]), (400, 100)),
    ];
    all_refused(&fixture, cases).await;
    fixture.stop().await;
}

#[tokio::test]
async fn each_card_is_checked_as_a_message_is() {
    let fixture = with_carousel().await;
    let id = fixture.uploaded("image/png", b"png").await;
    let pdf = fixture.uploaded("application/pdf", b"%PDF-1.7").await;
    let video = json!({"type": "header", "parameters": [{"type": "video", "video": {"id": id}}]});
    let text_of = |parameters: &[Value]| json!({"type": "body", "parameters": parameters});
    let body = || text_of(&[text("rouge")]);
    let reply = |parameter: Value| json!({"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": [parameter]});
    let with = |components: Value| {
        carousel(&[
            card(&json!(0), &id),
            json!({"card_index": 1, "components": components}),
        ])
    };
    let plus = reply(json!({"type": "payload", "payload": "plus"}));
    let full = json!([image(&id), body(), plus, link(&json!(1))]);
    fixture.accepted(&template(NAME, &with(full))).await;
    let url = link(&json!(1));
    let offer = json!({"type": "limited_time_offer", "parameters": []});
    let cases = vec![
        (with(json!([body(), url])), COUNT),
        (with(json!([image(&id), url])), COUNT),
        (
            with(json!([image(&id), text_of(&[text("a"), text("b")]), url])),
            COUNT,
        ),
        (with(json!([image(&id), body()])), MISSING),
        (with(json!([video, body(), url])), FORMAT),
        (
            with(json!([image("1558000000000000"), body(), url])),
            (400, 100),
        ),
        (with(json!([image(&pdf), body(), url])), (400, 100)),
        (
            with(json!([image(&id), body(), url, link(&json!(2))])),
            PARAMETER,
        ),
        (with(json!([image(&id), body(), link(&json!(0))])), FORMAT),
        (
            with(json!([
                image(&id),
                body(),
                url,
                reply(json!({"type": "payload"}))
            ])),
            MISSING,
        ),
        (with(json!([image(&id), body(), url, offer])), FORMAT),
    ];
    all_refused(&fixture, cases).await;
    fixture.stop().await;
}

fn offer(parameters: &Value) -> Value {
    json!([{"type": "limited_time_offer", "parameters": parameters}])
}

fn end(end: &Value) -> Value {
    json!([{"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": end}}])
}

#[tokio::test]
async fn an_offer_that_shows_its_end_needs_it_in_milliseconds() {
    let terms = json!({"text": "Vite", "has_expiration": true});
    let fixture = with_template(&json!([
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": terms}, {"type": "BODY", "text": "Bonjour"}
    ]))
    .await;
    let in_time = offer(&end(&json!(1_798_740_000_000_i64)));
    fixture.accepted(&template(NAME, &in_time)).await;
    let cases = vec![
        (json!([]), MISSING),
        (offer(&json!([])), COUNT),
        (offer(&json!([{"type": "limited_time_offer"}])), MISSING),
        (
            offer(&json!([{"type": "limited_time_offer", "limited_time_offer": {}}])),
            MISSING,
        ),
        (offer(&json!([text("demain")])), FORMAT),
        (offer(&end(&json!(1_798_740_000))), PARAMETER),
        (offer(&end(&json!("2026-12-31T18:00:00Z"))), PARAMETER),
    ];
    all_refused(&fixture, cases).await;
    fixture.stop().await;
}

#[tokio::test]
async fn an_offer_without_an_end_takes_none() {
    let fixture = with_template(&json!([
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Vite"}}, {"type": "BODY", "text": "Bonjour"}
    ]))
    .await;
    fixture.accepted(&template(NAME, &json!([]))).await;
    let in_time = offer(&end(&json!(1_798_740_000_000_i64)));
    all_refused(&fixture, vec![(in_time, FORMAT)]).await;
    fixture.stop().await;
}

#[tokio::test]
async fn a_place_is_degrees() {
    let fixture = with_template(&json!([
        {"type": "HEADER", "format": "LOCATION"}, {"type": "BODY", "text": "Ici"}
    ]))
    .await;
    let at = |location: Value| json!([{"type": "header", "parameters": [{"type": "location", "location": location}]}]);
    for location in [
        json!({"latitude": 12.37, "longitude": -1.52, "name": "Boutique Faso", "address": "Ouagadougou"}),
        json!({"latitude": "12.37", "longitude": "-1.52"}),
    ] {
        fixture.accepted(&template(NAME, &at(location))).await;
    }
    let cases = vec![
        (json!([]), COUNT),
        (at(json!({"latitude": 12.37})), MISSING),
        (at(json!({"latitude": 91, "longitude": 0})), MISSING),
        (at(json!({"latitude": "ici", "longitude": 0})), MISSING),
    ];
    all_refused(&fixture, cases).await;
    fixture.stop().await;
}

#[tokio::test]
async fn flows_and_catalogues_take_an_action() {
    let fixture = with_template(&json!([
        {"type": "BODY", "text": "Bonjour"},
        {"type": "BUTTONS", "buttons": [
            {"type": "FLOW", "text": "Réserver", "flow_id": "1"}, {"type": "CATALOG", "text": "Catalogue"}]}
    ]))
    .await;
    let button = |sub_type: &str, index: u8, action: Value| {
        json!([{"type": "button", "sub_type": sub_type, "index": index.to_string(),
            "parameters": [{"type": "action", "action": action}]}])
    };
    for components in [
        json!([]),
        button(
            "flow",
            0,
            json!({"flow_token": "t", "flow_action_data": {"client": "Awa"}}),
        ),
        button(
            "CATALOG",
            1,
            json!({"thumbnail_product_retailer_id": "robe-12"}),
        ),
        button(
            "catalog",
            1,
            json!({"thumbnail_product_retailer_id": "robe-12"}),
        ),
    ] {
        fixture.accepted(&template(NAME, &components)).await;
    }
    let cases = vec![
        (button("flow", 0, json!("t")), MISSING),
        (button("flow", 0, json!({"flow_token": ""})), MISSING),
        (
            button(
                "flow",
                0,
                json!({"flow_token": "t", "flow_action_data": "Awa"}),
            ),
            PARAMETER,
        ),
        (button("catalog", 1, json!({})), MISSING),
        (button("flow", 1, json!({"flow_token": "t"})), FORMAT),
        (button("mpm", 1, json!({})), FORMAT),
        (button("flow", 2, json!({"flow_token": "t"})), PARAMETER),
    ];
    all_refused(&fixture, cases).await;
    fixture.stop().await;
}
