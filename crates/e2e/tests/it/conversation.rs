//! A client writes and gets a reply, as text and as a file, with the client's message quoted: end to end.

use std::time::Duration;

use meta_sim::{Inbound, LedgerEntry, SimConfig, WebhookBehaviour};
use serde_json::{Value, json};
use testkit::{Shop, ShopPlan, Stack, StackPlan, eventually};

use crate::output::seed;

const WAIT: Duration = Duration::from_secs(60);
const AWA: &str = "22670112233";
/// A PDF, as far as its magic bytes are concerned.
const TICKET: &[u8] = b"%PDF-1.7 ticket 2041";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_client_who_wrote_gets_a_text_reply() {
    let (stack, shop) = open().await;
    let reply = json!({"from": shop.plan.phone_number_id, "to": format!("+{AWA}"),
        "text": {"body": "Oui, jusqu'à 19 heures."}});

    let early = shop.api.post("/v1/messages", &reply).await;
    assert_eq!(early.status, 422);

    let asked = write(&stack, &shop, "Êtes-vous ouverts ?");
    let received = shop.event("inbound.received").await;
    let mut answer = reply.clone();
    answer["reply_to"] = received["inbound_message_id"].clone();
    let accepted = shop.api.post("/v1/messages", &answer).await.ok();
    let id = accepted["id"].as_str().unwrap().to_owned();
    let shown = read_by_the_client(&shop, &id).await;
    assert_eq!(shown["category"], "SERVICE");
    assert_eq!(shown["pricing"]["category"], "service");
    assert_eq!(shown["template"], Value::Null);

    let ledger = stack.meta.ledger();
    let [entry] = ledger.as_slice() else {
        panic!("{} messages reached Meta", ledger.len())
    };
    let posted = body(entry);
    assert_eq!(posted["text"]["body"], "Oui, jusqu'à 19 heures.");
    assert_eq!(posted["context"]["message_id"], asked.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_client_who_wrote_gets_the_ticket_as_a_document() {
    let (stack, shop) = open().await;
    let file = keep_ticket(&shop).await;
    let ticket = json!({"from": shop.plan.phone_number_id, "to": format!("+{AWA}"),
        "document": {"id": file, "caption": "Merci Awa ! Voici votre ticket.", "filename": "Ticket 2041.pdf"}});
    let early = shop.api.post("/v1/messages", &ticket).await;
    assert_eq!(
        early.json()["type"],
        "urn:djigbachats:problem:window_closed"
    );

    let asked = write(&stack, &shop, "Je peux avoir mon ticket ?");
    let received = shop.event("inbound.received").await;
    let mut reply = ticket.clone();
    reply["reply_to"] = received["inbound_message_id"].clone();
    let mut unnamed = ticket;
    unnamed["document"] = json!({"id": file});
    let bulk = json!({"messages": [reply, unnamed]});
    let accepted = shop.api.post("/v1/messages/bulk", &bulk).await.ok();
    let ids = [0, 1].map(|index| {
        accepted["messages"][index]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    for id in &ids {
        let shown = read_by_the_client(&shop, id).await;
        assert_eq!(shown["category"], "SERVICE");
        assert_eq!(shown["possible_duplicate"], false);
    }

    let uploaded = stack.meta.media();
    let [uploaded] = uploaded.as_slice() else {
        panic!("{} files reached Meta", uploaded.len())
    };
    let expected = ("application/pdf", TICKET.len(), &shop.plan.phone_number_id);
    let kept = (
        uploaded.mime_type.as_str(),
        uploaded.file_size,
        &uploaded.phone_number_id,
    );
    assert_eq!(kept, expected);
    let posted: Vec<Value> = stack.meta.ledger().iter().map(body).collect();
    let answer = |document: Value| {
        json!({"messaging_product": "whatsapp", "recipient_type": "individual",
        "to": format!("+{AWA}"), "type": "document", "document": document})
    };
    let mut quoting = answer(
        json!({"id": uploaded.id, "caption": "Merci Awa ! Voici votre ticket.",
        "filename": "Ticket 2041.pdf"}),
    );
    quoting["context"] = json!({"message_id": asked});
    let plain = answer(json!({"id": uploaded.id, "filename": "ticket-2041.pdf"}));
    assert_eq!(posted.len(), 2);
    for expected in [quoting, plain] {
        let is_it = |posted: &&Value| without_opaque_id(posted) == expected;
        assert_eq!(
            posted.iter().filter(is_it).count(),
            1,
            "{expected} in {posted:?}"
        );
    }
}

/// The stack with a shop whose number is connected.
async fn open() -> (Stack, Shop) {
    let meta = SimConfig {
        seed: seed(),
        behaviour: WebhookBehaviour::quick(),
        keep_bodies: true,
        ..SimConfig::default()
    };
    let stack = Stack::start(StackPlan {
        meta,
        ..StackPlan::default()
    })
    .await;
    let shop = Shop::open(
        &stack.platform().await,
        ShopPlan::sample_with_standard_throughput(),
    )
    .await;
    (stack, shop)
}

/// The message as the API returns it once its recipient has read it.
async fn read_by_the_client(shop: &Shop, id: &str) -> Value {
    eventually("the client has read the message", WAIT, async || {
        let shown = shop.api.get(&format!("/v1/messages/{id}")).await.ok();
        (shown["state"] == "read").then_some(shown)
    })
    .await
}

/// Uploads the ticket's file; returns our media id.
async fn keep_ticket(shop: &Shop) -> String {
    let key = format!("Bearer {}", shop.api.key());
    let headers = [
        ("Authorization", key.as_str()),
        ("Idempotency-Key", "ticket 2041"),
        ("Content-Type", "application/pdf"),
    ];
    let path = "/v1/media?filename=ticket-2041.pdf";
    let kept = shop.api.post_raw(path, &headers, TICKET.to_vec()).await;
    kept.ok()["id"].as_str().unwrap().to_owned()
}

/// The posted body without the signed opaque id of the attempt.
fn without_opaque_id(posted: &Value) -> Value {
    let mut posted = posted.clone();
    let opaque_id = posted
        .as_object_mut()
        .unwrap()
        .remove("biz_opaque_callback_data");
    assert!(opaque_id.is_some());
    posted
}

/// A client writes; returns Meta's id of the message.
fn write(stack: &Stack, shop: &Shop, text: &str) -> String {
    let message = json!({"type": "text", "text": {"body": text}});
    let inbound = Inbound {
        phone_number_id: shop.plan.phone_number_id.clone(),
        from: AWA.to_owned(),
        profile_name: None,
        message: message.as_object().unwrap().clone(),
        ..Inbound::default()
    };
    stack.meta.inbound(inbound).unwrap()
}

fn body(entry: &LedgerEntry) -> Value {
    serde_json::from_str(entry.body.as_ref().unwrap().get()).unwrap()
}
