//! Recipients: numbers, numbers that only Meta knows, and people without one; and finding their messages.

use meta_sim::sample;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use worker_storage::project::{InboundMessage, apply_inbound};

use crate::contents::{message_with, now, with};
use crate::shop::{Shop, ticket, ticket_with};

const AWA: &str = "22670112233";
const USER: &str = "BF.13491208655302741918";
const STRANGER: &str = "BF.13491208655302741919";
/// A `wa_id` with the former eight digits of Benin's numbers.
const BENINESE: &str = "22997123456";
/// A `wa_id` with the former eight digits of Ivorian numbers, of a range without a known successor.
const UNPLANNED: &str = "22560123456";

/// A person writes to the sample number, identified as by Meta; returns our id of the message.
async fn wrote(shop: &Shop, who: Value, wamid: &str) -> String {
    let mut content =
        json!({"wamid": wamid, "message": {"type": "text", "text": {"body": "Ouvert ?"}}});
    let fields = content.as_object_mut().unwrap();
    fields.extend(who.as_object().unwrap().clone());
    let message = InboundMessage {
        phone_number_id: sample::PHONE_NUMBER_ID.parse().unwrap(),
        message_type: "text".to_owned(),
        occurred_at: now(shop),
        content: serde_json::from_value(content).unwrap(),
    };
    let store = &shop.harness.db.store;
    let outcome = apply_inbound(store, &[message], now(shop)).await.unwrap();
    assert_eq!(outcome.stored, 1);
    let newest = "select id from inbound_messages order by id desc limit 1";
    let admin = shop.harness.db.admin().await;
    let row = admin.query_one(newest, &[]).await.unwrap();
    row.get::<_, Uuid>(0).to_string()
}

/// The message addressed to a user id.
fn to_user(mut body: Value, id: &str) -> Value {
    body.as_object_mut().unwrap().remove("to");
    with(body, "recipient", json!(id))
}

fn text() -> Value {
    message_with("text", json!({"body": "Oui, jusqu'à 19 heures."}))
}

async fn found(shop: &Shop, query: &str) -> Vec<String> {
    let list = shop.get(&format!("/v1/messages?{query}")).await;
    let list = list.expect(StatusCode::OK);
    let items = list["items"].as_array().unwrap().iter();
    let mut ids: Vec<_> = items
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_a_number_is_answered_by_user_id() {
    let shop = Shop::open().await;
    let asked = wrote(&shop, json!({"from_user_id": USER}), "wamid.1").await;
    let reply = with(to_user(text(), USER), "reply_to", json!(asked));
    let id = shop.accepted(&reply).await;
    let shown = shop.get(&format!("/v1/messages/{id}")).await;
    let shown = shown.expect(StatusCode::OK);
    assert_eq!(
        (&shown["recipient"], &shown["to"]),
        (&json!(USER), &Value::Null)
    );
    let to_number = shop.accepted(&ticket()).await;
    let shown = shop.get(&format!("/v1/messages/{to_number}")).await;
    let shown = shown.expect(StatusCode::OK);
    assert_eq!(
        (&shown["recipient"], &shown["to"]),
        (&Value::Null, &json!("+22670112233"))
    );
    let template = shop.accepted(&to_user(ticket(), USER)).await;
    assert_eq!(
        found(&shop, &format!("recipient={USER}")).await,
        [id, template]
    );

    let elsewhere = shop.post("/v1/messages", &to_user(text(), STRANGER)).await;
    assert_eq!(elsewhere.problem(422), "window_closed");
    let quote = with(to_user(ticket(), STRANGER), "reply_to", json!(asked));
    let quote = shop.post("/v1/messages", &quote).await;
    assert_eq!(quote.problem(422), "reply_to_unknown");
    let clear = format!(
        "select count(*) from messages m where m::text like '%{}%'",
        "1349120865"
    );
    assert_eq!(shop.count(&clear).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_has_exactly_one_recipient() {
    let shop = Shop::open().await;
    let mut nobody = ticket();
    nobody.as_object_mut().unwrap().remove("to");
    for (body, problem, pointer) in [
        (nobody, "body_invalid", "/to"),
        (
            ticket_with("recipient", json!(USER)),
            "body_invalid",
            "/recipient",
        ),
        (ticket_with("to", json!(USER)), "recipient_invalid", "/to"),
        (
            to_user(ticket(), "+22670112233"),
            "recipient_invalid",
            "/recipient",
        ),
        (
            to_user(ticket(), "awa.traore"),
            "recipient_invalid",
            "/recipient",
        ),
    ] {
        let refused = shop.post("/v1/messages", &body).await;
        assert_eq!(
            (refused.problem(422).as_str(), refused.pointers()),
            (problem, vec![pointer.to_owned()])
        );
        assert!(!String::from_utf8_lossy(&refused.body).contains("13491208655302741918"));
        let bulk = json!({"messages": [ticket(), body]});
        let refused = shop.post("/v1/messages/bulk", &bulk).await;
        assert_eq!(refused.pointers(), [format!("/messages/1{pointer}")]);
    }
    assert_eq!(shop.count("select count(*) from messages").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_code_is_refused_for_a_user_id_with_metas_reason() {
    let shop = Shop::open().await;
    let mut code = ticket_with("template", json!({"name": "code", "language": "fr"}));
    code["variables"] = json!({"1": "482915"});
    let refused = shop.post("/v1/messages", &to_user(code, USER)).await;
    assert_eq!(
        (refused.problem(422).as_str(), refused.pointers()),
        ("recipient_invalid", vec!["/recipient".to_owned()])
    );
    let detail = refused.json()["errors"][0]["detail"].clone();
    assert!(detail.as_str().unwrap().contains("131062"), "{detail}");
    assert_eq!(shop.count("select count(*) from messages").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_named_by_meta_is_accepted_despite_the_numbering_plan() {
    let shop = Shop::open().await;
    let bulk = |to: &str| json!({"messages": [ticket(), ticket_with("to", json!(to))]});
    for to in [UNPLANNED, "+225 60 12 34 56"] {
        let refused = shop
            .post("/v1/messages", &ticket_with("to", json!(to)))
            .await;
        assert_eq!(
            (refused.problem(422).as_str(), refused.pointers()),
            ("recipient_invalid", vec!["/to".to_owned()])
        );
        let refused = shop.post("/v1/messages/bulk", &bulk(to)).await;
        assert_eq!(refused.pointers(), ["/messages/1/to"]);
    }
    wrote(&shop, json!({"from": UNPLANNED}), "wamid.1").await;
    for to in [UNPLANNED, "+225 60 12 34 56", "00225 60123456"] {
        let id = shop.accepted(&ticket_with("to", json!(to))).await;
        let shown = shop.get(&format!("/v1/messages/{id}")).await;
        assert_eq!(shown.expect(StatusCode::OK)["to"], "+22560123456");
        let many = shop.post("/v1/messages/bulk", &bulk(to)).await;
        many.expect(StatusCode::ACCEPTED);
    }
    // The window of Meta's normalised number is that of the person, in any spelling.
    wrote(&shop, json!({"from": BENINESE}), "wamid.2").await;
    for to in [BENINESE, "+229 01 97 12 34 56"] {
        shop.accepted(&with(text(), "to", json!(to))).await;
    }
    // A business's knowledge of its customers does not apply to another business.
    let other = Shop::open().await;
    let strange = ticket_with("to", json!(UNPLANNED));
    let strange = other.post("/v1/messages", &strange).await;
    assert_eq!(strange.problem(422), "recipient_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_found_by_every_identifier_of_a_client() {
    let shop = Shop::open().await;
    let spelled = shop
        .accepted(&ticket_with("to", json!("+229 01 97 12 34 56")))
        .await;
    let to_id = shop.accepted(&to_user(ticket(), USER)).await;
    shop.accepted(&ticket()).await;
    // Both spellings of a number have one lookup hash, whether or not Meta linked them.
    for query in [
        "to=%2B2290197123456",
        "to=22997123456",
        "recipient=22997123456",
    ] {
        assert_eq!(found(&shop, query).await, [spelled.as_str()], "{query}");
    }
    assert_eq!(
        found(&shop, &format!("recipient={USER}")).await,
        [to_id.as_str()]
    );
    let both = json!({"from": BENINESE, "from_user_id": USER});
    wrote(&shop, both, "wamid.1").await;
    for query in [
        "to=22997123456",
        &format!("recipient={USER}"),
        &format!("to={USER}&state=accepted"),
    ] {
        assert_eq!(
            found(&shop, query).await,
            [spelled.as_str(), to_id.as_str()],
            "{query}"
        );
    }
    // A retired number no longer belongs to the contact.
    let retire = "update contact_identifiers set until = now() where kind = 2";
    shop.harness
        .db
        .admin()
        .await
        .batch_execute(retire)
        .await
        .unwrap();
    assert_eq!(found(&shop, "to=22997123456").await, [spelled.as_str()]);
    assert_eq!(
        found(&shop, &format!("recipient={USER}")).await,
        [to_id.as_str()]
    );
    for query in ["to=Awa", "to=70112233&recipient=BF.1"] {
        let refused = shop.get(&format!("/v1/messages?{query}")).await;
        assert_eq!(refused.problem(400), "query_invalid", "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_may_quote_a_message_under_another_identifier() {
    let shop = Shop::open().await;
    let asked = wrote(&shop, json!({"from": AWA}), "wamid.1").await;
    let answer = with(to_user(ticket(), USER), "reply_to", json!(asked));
    let refused = shop.post("/v1/messages", &answer).await;
    assert_eq!(refused.problem(422), "reply_to_unknown");
    let both = json!({"from": AWA, "from_user_id": USER});
    wrote(&shop, both, "wamid.2").await;
    shop.accepted(&answer).await;
}
