//! Free-form messages: exactly one content, within its limits, while the customer service window is open.

use chrono::{DateTime, TimeDelta, Utc};
use common::wire::{Identity, InboundContent};
use meta_sim::sample;
use reqwest::StatusCode;
use serde_json::{Value, json};
use worker_storage::project::{InboundMessage, apply_inbound};

use crate::harness::{Answer, Harness};
use crate::shop::{Shop, ticket, ticket_with};

const AWA: &str = "22670112233";

/// A message to Awa with this content.
pub(crate) fn message_with(kind: &str, content: Value) -> Value {
    let mut message = json!({"from": sample::PHONE_NUMBER_ID, "to": "70 11 22 33"});
    message[kind] = content;
    message
}

fn text() -> Value {
    message_with("text", json!({"body": "Oui, jusqu'à 19 heures."}))
}

pub(crate) fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn buttons() -> Value {
    json!({"type": "button", "header": {"type": "text", "text": "Livraison"}, "body": {"text": "Demain ?"},
        "footer": {"text": "Boutique Faso"}, "action": {"buttons": [
            {"type": "reply", "reply": {"id": "yes", "title": "Oui"}},
            {"type": "reply", "reply": {"id": "no", "title": "Non"}}]}})
}

fn list() -> Value {
    json!({"type": "list", "body": {"text": "Que voulez-vous ?"}, "action": {"button": "Choisir", "sections": [
        {"title": "Assistance", "rows": [{"id": "s1", "title": "Facture", "description": "La dernière"}]}]}})
}

fn link() -> Value {
    json!({"type": "cta_url", "body": {"text": "Votre commande"}, "action": {"name": "cta_url",
        "parameters": {"display_text": "Suivre", "url": "https://boutique.example/suivi/4711"}}})
}

/// A customer writes to a number of a shop; returns our id of the message.
async fn wrote(shop: &Shop, number: &str, from: &str, at: DateTime<Utc>, wamid: &str) -> String {
    receive(&shop.harness, number, (from, wamid), at).await
}

/// A customer writes to a number, with a message of this wamid; returns our id of the message.
pub(crate) async fn receive(
    harness: &Harness,
    number: &str,
    (from, wamid): (&str, &str),
    at: DateTime<Utc>,
) -> String {
    let message = InboundMessage {
        phone_number_id: number.parse().unwrap(),
        message_type: "text".to_owned(),
        occurred_at: at,
        content: InboundContent {
            wamid: wamid.to_owned(),
            sender: Identity {
                wa_id: Some(from.to_owned()),
                ..Identity::default()
            },
            name: None,
            words: Vec::new(),
            message: json!({"type": "text", "text": {"body": "Êtes-vous ouverts ?"}}),
            identity_change: None,
            group_id: None,
            revoked_wamid: None,
            edited_wamid: None,
        },
    };
    let now = harness.context.clock.now();
    let outcome = apply_inbound(&harness.db.store, &[message], now).await;
    assert_eq!(outcome.unwrap().stored, 1);
    let admin = harness.db.admin().await;
    let newest = "select id from inbound_messages order by id desc limit 1";
    let row = admin.query_one(newest, &[]).await.unwrap();
    row.get::<_, uuid::Uuid>(0).to_string()
}

pub(crate) async fn receive_from_awa(shop: &Shop) -> String {
    wrote(
        shop,
        sample::PHONE_NUMBER_ID,
        AWA,
        now(shop),
        "wamid.HBgLAWA",
    )
    .await
}

pub(crate) fn now(shop: &Shop) -> DateTime<Utc> {
    shop.harness.context.clock.now()
}

async fn post(shop: &Shop, body: &Value) -> Answer {
    shop.post("/v1/messages", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_who_wrote_gets_free_form_messages() {
    let shop = Shop::open().await;
    receive_from_awa(&shop).await;
    let place = json!({"latitude": 12.3714, "longitude": -1.5197, "name": "Boutique Faso", "address": "Ouagadougou"});
    for body in [
        text(),
        message_with(
            "text",
            json!({"body": "https://boutique.example", "preview_url": true}),
        ),
        message_with("location", place),
        message_with("interactive", buttons()),
        message_with("interactive", list()),
        message_with("interactive", link()),
    ] {
        let id = shop.accepted(&body).await;
        let shown = shop
            .get(&format!("/v1/messages/{id}"))
            .await
            .expect(StatusCode::OK);
        assert_eq!(
            (&shown["category"], &shown["lane"]),
            (&json!("SERVICE"), &json!("transactional"))
        );
        assert_eq!(
            (&shown["template"], &shown["expired"]),
            (&Value::Null, &Value::Null)
        );
    }
    let sealed = "select count(*) from messages where template_id is null and category = 4
        and position('heures'::bytea in content_sealed) = 0
        and expires_at between now() + interval '23 hours' and now() + interval '24 hours'";
    assert_eq!(shop.count(sealed).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_the_window_a_template_is_required() {
    let shop = Shop::open().await;
    let never = post(&shop, &text()).await;
    assert_eq!(
        (never.problem(422).as_str(), never.pointers()),
        ("window_closed", vec!["/text".to_owned()])
    );
    assert!(
        never.json()["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("never wrote")
    );
    assert!(
        never.json()["detail"]
            .as_str()
            .unwrap()
            .contains("Send a template")
    );

    let yesterday = now(&shop) - TimeDelta::hours(24);
    wrote(&shop, sample::PHONE_NUMBER_ID, AWA, yesterday, "wamid.1").await;
    let late = post(&shop, &message_with("interactive", buttons())).await;
    assert_eq!(
        (late.problem(422).as_str(), late.pointers()),
        ("window_closed", vec!["/interactive".to_owned()])
    );
    let since = now(&shop).format("%Y-%m-%dT").to_string();
    assert!(
        late.json()["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains(&since)
    );
    assert_eq!(shop.count("select count(*) from messages").await, 0);

    post(&shop, &ticket()).await.expect(StatusCode::ACCEPTED);
    receive_from_awa(&shop).await;
    let first = shop.post_as("/v1/messages", "answer", &text()).await;
    first.expect(StatusCode::ACCEPTED);
    // A repeated call replays its answer after the window has closed.
    let close = "update service_windows set last_inbound_at = now() - interval '24 hours'";
    let admin = shop.harness.db.admin().await;
    admin.batch_execute(close).await.unwrap();
    assert_eq!(post(&shop, &text()).await.problem(422), "window_closed");
    let again = shop.post_as("/v1/messages", "answer", &text()).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_to_one_number_opens_no_window_at_another() {
    let shop = Shop::open().await;
    let other = sample::HIGH_PHONE_NUMBER_ID;
    let admin = shop.harness.db.admin().await;
    let copy = format!(
        "insert into phone_numbers (business_id, phone_number_id, waba_id, display_phone_number, verified_name,
            quality_rating, throughput_level, messaging_limit, connection, connected_at)
        select business_id, '{other}', waba_id, display_phone_number, verified_name, quality_rating, throughput_level,
            messaging_limit, connection, connected_at from phone_numbers"
    );
    admin.batch_execute(&copy).await.unwrap();
    wrote(&shop, other, AWA, now(&shop), "wamid.1").await;
    assert_eq!(post(&shop, &text()).await.problem(422), "window_closed");
    let from_other = with(text(), "from", json!(other));
    post(&shop, &from_other).await.expect(StatusCode::ACCEPTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_has_exactly_one_content() {
    let shop = Shop::open().await;
    receive_from_awa(&shop).await;
    let nothing = json!({"from": sample::PHONE_NUMBER_ID, "to": "70 11 22 33"});
    let refused = post(&shop, &nothing).await;
    assert_eq!(
        (refused.problem(422).as_str(), refused.pointers()),
        ("body_invalid", vec![String::new()])
    );
    let detail = refused.json()["errors"][0]["detail"].clone();
    assert_eq!(
        detail,
        "should have one of template, text, location, interactive, document, image, video"
    );
    for (body, pointers) in [
        (
            with(text(), "template", ticket()["template"].clone()),
            vec!["/text"],
        ),
        (with(text(), "interactive", list()), vec!["/interactive"]),
        (
            with(text(), "variables", json!({"1": "Awa"})),
            vec!["/variables"],
        ),
    ] {
        let refused = post(&shop, &body).await;
        assert_eq!(refused.problem(422), "body_invalid");
        assert_eq!(refused.pointers(), pointers);
    }
    assert_eq!(shop.count("select count(*) from messages").await, 0);
}

/// A value that must not appear in an answer.
const SECRET: &str = "70990099";

fn wrong_texts_and_places() -> Vec<(Value, &'static str)> {
    vec![
        (message_with("text", json!({"body": ""})), "/text/body"),
        (
            message_with("text", json!({"body": SECRET.repeat(600)})),
            "/text/body",
        ),
        (message_with("text", json!({})), "/text/body"),
        (
            message_with("text", json!({"body": "a", "colour": SECRET})),
            "/text/colour",
        ),
        (
            message_with("location", json!({"latitude": 91, "longitude": 0})),
            "/location/latitude",
        ),
        (
            message_with("location", json!({"latitude": 12})),
            "/location/longitude",
        ),
    ]
}

fn wrong_interactives() -> Vec<(Value, &'static str)> {
    let changed = |content: Value, pointer: &str, value: Value| {
        let mut content = content;
        *content.pointer_mut(pointer).unwrap() = value;
        message_with("interactive", content)
    };
    let without = |content: Value, field: &str| {
        let mut content = content;
        content["action"].as_object_mut().unwrap().remove(field);
        message_with("interactive", content)
    };
    vec![
        (
            changed(buttons(), "/type", json!("flow")),
            "/interactive/type",
        ),
        (
            changed(buttons(), "/body", json!({})),
            "/interactive/body/text",
        ),
        (
            changed(buttons(), "/header/text", json!("h".repeat(61))),
            "/interactive/header/text",
        ),
        (
            changed(buttons(), "/action/buttons/1/reply/id", json!("yes")),
            "/interactive/action/buttons/1/reply/id",
        ),
        (
            changed(buttons(), "/action/buttons/1/reply", json!({"id": "a"})),
            "/interactive/action/buttons/1/reply/title",
        ),
        (
            changed(
                list(),
                "/action/sections/0/rows/0/title",
                json!("t".repeat(25)),
            ),
            "/interactive/action/sections/0/rows/0/title",
        ),
        (
            changed(link(), "/action/parameters/url", json!(SECRET)),
            "/interactive/action/parameters/url",
        ),
        (without(buttons(), "buttons"), "/interactive/action/buttons"),
        (without(list(), "button"), "/interactive/action/button"),
        (without(link(), "name"), "/interactive/action/name"),
        (
            changed(list(), "/type", json!("cta_url")),
            "/interactive/action/button",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_reported_with_pointers_without_the_value() {
    let shop = Shop::open().await;
    receive_from_awa(&shop).await;
    let wrong = wrong_texts_and_places().into_iter();
    for (body, pointer) in wrong.chain(wrong_interactives()) {
        let refused = post(&shop, &body).await;
        assert_eq!(refused.problem(422), "body_invalid", "{pointer}");
        assert_eq!(
            refused.pointers().first().map(String::as_str),
            Some(pointer)
        );
        assert!(
            !String::from_utf8_lossy(&refused.body).contains(SECRET),
            "{pointer}"
        );
    }
    assert_eq!(shop.count("select count(*) from messages").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_quotes_only_messages_of_the_same_conversation() {
    let shop = Shop::open().await;
    let asked = receive_from_awa(&shop).await;
    let others = wrote(
        &shop,
        sample::PHONE_NUMBER_ID,
        "22675000000",
        now(&shop),
        "wamid.2",
    )
    .await;
    let untaken = shop.accepted(&ticket()).await;
    for id in [others, untaken, uuid::Uuid::now_v7().to_string()] {
        for body in [text(), ticket()] {
            let refused = post(&shop, &with(body, "reply_to", json!(id))).await;
            assert_eq!(
                (refused.problem(422).as_str(), refused.pointers()),
                ("reply_to_unknown", vec!["/reply_to".to_owned()])
            );
        }
    }
    for body in [text(), ticket_with("reply_to", json!(asked))] {
        shop.accepted(&with(body, "reply_to", json!(asked))).await;
    }
    let wrong = post(&shop, &with(text(), "reply_to", json!("wamid.HBgL"))).await;
    assert_eq!(
        (wrong.problem(422).as_str(), wrong.pointers()),
        ("body_invalid", vec!["/reply_to".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_of_a_bulk_call_is_checked_and_one_error_refuses_all() {
    let shop = Shop::open().await;
    let asked = receive_from_awa(&shop).await;
    let stranger = with(text(), "to", json!("75 00 00 00"));
    let lost = with(text(), "reply_to", json!(uuid::Uuid::now_v7()));
    let answer = with(text(), "reply_to", json!(asked));
    let bulk = json!({"messages": [ticket(), answer, stranger, lost]});
    let refused = shop.post("/v1/messages/bulk", &bulk).await;
    assert_eq!(refused.problem(422), "messages_refused");
    assert_eq!(
        refused.pointers(),
        ["/messages/2/text", "/messages/3/reply_to"]
    );
    assert_eq!(refused.json()["errors"][0]["problem"], "window_closed");
    assert_eq!(shop.count("select count(*) from messages").await, 0);
    let bulk = json!({"messages": [ticket(), answer, text()]});
    shop.post("/v1/messages/bulk", &bulk)
        .await
        .expect(StatusCode::ACCEPTED);
    assert_eq!(
        shop.count("select count(*) from messages where template_id is null")
            .await,
        2
    );
}
