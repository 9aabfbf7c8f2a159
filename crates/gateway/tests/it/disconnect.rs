//! Numbers that are disconnected, and connected by another business: which data belongs to which business.

use std::time::Duration;

use broker::Queue;
use common::ids::{BusinessId, MessageId};
use common::message::OpaqueId;
use common::wire::{
    Envelope, Event, EventKind, Identity, InboundContent, MessageReceived, StatusDetail,
    StatusReported,
};
use meta_sim::{Account, Number, Token, sample};
use reqwest::{Method, StatusCode};
use sealing::{OpaqueSigner, TransitKey};
use serde_json::{Value, json};
use testkit::eventually;

use crate::harness::{Answer, Business, Harness, number_with, send};
use crate::shop::{Shop, put_templates, ticket};

async fn disconnect(harness: &Harness, business: &Business, number: &str) -> Answer {
    let path = format!("/v1/numbers/{number}");
    send(harness.request(Method::DELETE, &path, &business.key)).await
}

async fn connect(harness: &Harness, business: &Business) -> Answer {
    let body = number_with(sample::TOKEN);
    harness.post(&business.key, "/v1/numbers", &body).await
}

async fn count(harness: &Harness, sql: &str) -> i64 {
    let admin = harness.db.admin().await;
    admin.query_one(sql, &[]).await.unwrap().get(0)
}

/// The types of the events of a business.
async fn event_types(harness: &Harness, business: &Business) -> Vec<String> {
    let feed = harness.get(&business.key, "/v1/events").await;
    let feed = feed.expect(StatusCode::OK);
    let items = feed["items"].as_array().unwrap();
    let kind = |item: &Value| item["type"].as_str().unwrap().to_owned();
    items.iter().map(kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_number_sends_nothing_and_another_business_may_connect_it() {
    let shop = Shop::open().await;
    let (harness, first) = (&shop.harness, &shop.business);
    let second = harness.business("Pharmacie").await;
    let elsewhere = connect(harness, &second).await;
    assert_eq!(elsewhere.problem(409), "number_connected_elsewhere");
    let foreign = disconnect(harness, &second, sample::PHONE_NUMBER_ID).await;
    assert_eq!(foreign.problem(404), "not_found");

    let gone = disconnect(harness, first, sample::PHONE_NUMBER_ID).await;
    let gone = gone.expect(StatusCode::OK);
    assert_eq!(gone["connection"], "disconnected");
    assert_eq!(
        event_types(harness, first).await,
        ["number.connected", "number.disconnected"]
    );
    assert_eq!(
        count(harness, "select count(*) from access_tokens").await,
        0
    );
    let again = disconnect(harness, first, sample::PHONE_NUMBER_ID).await;
    assert_eq!(again.expect(StatusCode::OK), gone);
    assert_eq!(event_types(harness, first).await.len(), 2);
    let wabas = shop.get("/v1/wabas").await.expect(StatusCode::OK);
    assert!(wabas["items"][0]["disconnected_at"].is_string());
    let sync = json!({ "waba_id": sample::WABA_ID });
    let refused = shop.post("/v1/templates/sync", &sync).await;
    assert_eq!(refused.problem(422), "body_invalid");
    // The lookup cache keeps a number for some seconds; the sender's claim sees the change at once.
    eventually(
        "no message is accepted",
        Duration::from_secs(10),
        async || {
            let answer = shop.post("/v1/messages", &ticket()).await;
            (answer.status == StatusCode::CONFLICT).then(|| answer.problem(409))
        },
    )
    .await;

    connect(harness, &second).await.expect(StatusCode::CREATED);
    assert_eq!(
        connect(harness, first).await.problem(409),
        "number_connected_elsewhere"
    );
    let still = shop.get("/v1/numbers").await.expect(StatusCode::OK);
    assert_eq!(still["items"], json!([gone]));
    disconnect(harness, &second, sample::PHONE_NUMBER_ID)
        .await
        .expect(StatusCode::OK);
    let back = connect(harness, first).await.expect(StatusCode::CREATED);
    assert_eq!(back["connection"], "connected");
    let wabas = shop.get("/v1/wabas").await.expect(StatusCode::OK);
    assert!(wabas["items"][0]["disconnected_at"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_kept_while_a_number_of_its_account_is_connected() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    let token = "EAAsimTwoNumbers";
    let account = harness.meta.put_account(Account {
        numbers: vec![Number::default(), Number::default()],
        tokens: vec![Token {
            token: token.to_owned(),
            ..Token::default()
        }],
        ..Account::default()
    });
    let account = account.unwrap();
    for number in &account.numbers {
        let body = json!({
            "waba_id": account.waba_id, "phone_number_id": number.id, "access_token": token
        });
        let connected = harness.post(&business.key, "/v1/numbers", &body).await;
        connected.expect(StatusCode::CREATED);
    }
    const TOKENS: &str = "select count(*) from access_tokens";
    for (number, left) in account.numbers.iter().zip([1, 0]) {
        let gone = disconnect(&harness, &business, &number.id).await;
        gone.expect(StatusCode::OK);
        assert_eq!(count(&harness, TOKENS).await, left);
    }
}

/// Events from Meta for the projector, as enqueued by webhook-ingest.
struct Meta {
    transit: TransitKey,
    signer: OpaqueSigner,
}

impl Meta {
    fn of(harness: &Harness) -> Self {
        Self {
            transit: harness.keys.transit(),
            signer: harness.keys.signer(),
        }
    }

    fn opaque_id(&self, business: &Business, message: &str) -> OpaqueId {
        let business_id: BusinessId = business.id.parse().unwrap();
        let message_id: MessageId = message.parse().unwrap();
        let signed = OpaqueId::signed_part(business_id, message_id, 1);
        OpaqueId {
            business_id,
            message_id,
            attempt: 1,
            signature: self.signer.sign(&signed),
        }
    }

    fn status(&self, harness: &Harness, word: &str, opaque_id: OpaqueId) -> Event {
        let detail = StatusDetail {
            wamid: format!("wamid.{}", opaque_id.message_id),
            recipient: Identity::default(),
            in_group: false,
            errors: None,
        };
        let detail = serde_json::to_vec(&detail).unwrap();
        of_number(EventKind::StatusReported(StatusReported {
            status: word.to_owned(),
            occurred_at: harness.context.clock.now(),
            opaque_id: Some(opaque_id.to_string()),
            error_code: None,
            pricing_category: None,
            pricing_type: None,
            billable: false,
            sealed: self.transit.seal("status", &detail).unwrap(),
        }))
    }

    fn message(&self, harness: &Harness, words: &str) -> Event {
        let content = InboundContent {
            wamid: format!("wamid.{words}"),
            sender: Identity {
                wa_id: Some("22670112233".to_owned()),
                ..Identity::default()
            },
            name: None,
            words: vec![words.to_owned()],
            message: json!({"type": "text", "text": {"body": words}}),
            identity_change: None,
            group_id: None,
            revoked_wamid: None,
            edited_wamid: None,
        };
        let content = serde_json::to_vec(&content).unwrap();
        of_number(EventKind::MessageReceived(MessageReceived {
            message_type: "text".to_owned(),
            occurred_at: harness.context.clock.now(),
            sealed: self.transit.seal("inbound", &content).unwrap(),
        }))
    }
}

/// For the one number that both businesses have in turn.
fn of_number(kind: EventKind) -> Event {
    Event {
        waba_id: sample::WABA_ID.parse().ok(),
        phone_number_id: sample::PHONE_NUMBER_ID.parse().ok(),
        kind,
    }
}

async fn enqueue(harness: &Harness, queue: Queue, events: Vec<Event>) {
    let envelope = Envelope {
        published_at: harness.context.clock.now(),
        events,
    };
    let broker = harness.connect_broker();
    eventually("it is enqueued", Duration::from_secs(10), async || {
        let publisher = broker.publisher();
        publisher.publish(queue, &envelope, None).await.ok()
    })
    .await;
}

async fn ticket_of(harness: &Harness, business: &Business) -> String {
    let accepted = eventually(
        "a message is accepted",
        Duration::from_secs(10),
        async || {
            let answer = harness.post(&business.key, "/v1/messages", &ticket()).await;
            (answer.status == StatusCode::ACCEPTED).then(|| answer.json())
        },
    )
    .await;
    accepted["id"].as_str().unwrap().to_owned()
}

async fn until(harness: &Harness, business: &Business, message: &str, state: &str) {
    let path = format!("/v1/messages/{message}");
    eventually(
        "the message is in its state",
        Duration::from_secs(20),
        async || {
            let shown = harness.get(&business.key, &path).await.json();
            (shown["state"] == state).then_some(())
        },
    )
    .await;
}

/// Waits until the feed of a business contains a customer's message.
async fn until_received(harness: &Harness, business: &Business) {
    let what = "the business has the client's message";
    eventually(what, Duration::from_secs(20), async || {
        let reported = event_types(harness, business).await;
        reported
            .contains(&"inbound.received".to_owned())
            .then_some(())
    })
    .await;
}

/// A number moves from one business to another; each has a ticket sent from it.
async fn transferred_number(shop: &Shop, second: &Business) -> (String, String) {
    let (harness, first) = (&shop.harness, &shop.business);
    let ticket_of_first = ticket_of(harness, first).await;
    disconnect(harness, first, sample::PHONE_NUMBER_ID)
        .await
        .expect(StatusCode::OK);
    connect(harness, second).await.expect(StatusCode::CREATED);
    put_templates(harness, second).await;
    (ticket_of_first, ticket_of(harness, second).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn late_statuses_belong_to_the_sender_and_messages_to_the_current_owner() {
    let shop = Shop::open().await;
    let (harness, first) = (&shop.harness, &shop.business);
    let second = harness.business("Pharmacie").await;
    let (ticket_of_first, _) = transferred_number(&shop, &second).await;

    // The second business has the number; a status of the first's message arrives late, after ones with a forged id.
    let meta = Meta::of(harness);
    let late = meta.opaque_id(first, &ticket_of_first);
    let mut forged = late;
    forged.signature = meta.opaque_id(&second, &ticket_of_first).signature;
    let events = vec![
        meta.status(harness, "failed", forged),
        meta.status(harness, "read", forged),
        meta.status(harness, "delivered", late),
    ];
    enqueue(harness, Queue::Status, events).await;
    until(harness, first, &ticket_of_first, "delivered").await;
    enqueue(harness, Queue::Inbound, vec![meta.message(harness, "un")]).await;
    until_received(harness, &second).await;
    let feed = event_types(harness, &second).await;
    assert_eq!(feed, ["number.connected", "inbound.received"]);
    let of_first = event_types(harness, first).await;
    for forged in ["message.failed", "message.read"] {
        assert!(!of_first.contains(&forged.to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returned_number_leaves_the_other_business_its_data() {
    let shop = Shop::open().await;
    let (harness, first) = (&shop.harness, &shop.business);
    let second = harness.business("Pharmacie").await;
    let (_, ticket_of_second) = transferred_number(&shop, &second).await;
    disconnect(harness, &second, sample::PHONE_NUMBER_ID)
        .await
        .expect(StatusCode::OK);
    connect(harness, first).await.expect(StatusCode::CREATED);

    let meta = Meta::of(harness);
    let late = meta.opaque_id(&second, &ticket_of_second);
    let events = vec![meta.status(harness, "read", late)];
    enqueue(harness, Queue::Status, events).await;
    until(harness, &second, &ticket_of_second, "read").await;
    enqueue(harness, Queue::Inbound, vec![meta.message(harness, "deux")]).await;
    until_received(harness, first).await;
    let of_second = harness.get(&second.key, "/v1/inbound-messages").await;
    assert_eq!(of_second.expect(StatusCode::OK)["items"], json!([]));
    let reported = event_types(harness, first).await;
    assert!(!reported.contains(&"message.read".to_owned()));
}
