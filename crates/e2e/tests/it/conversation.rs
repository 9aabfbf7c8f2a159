//! A client writes and is answered in words, with the client's message quoted: through every part of the product.

use std::time::Duration;

use meta_sim::{Inbound, LedgerEntry, SimConfig, WebhookBehaviour};
use serde_json::{Value, json};
use testkit::{Shop, ShopPlan, Stack, StackPlan, eventually};

use crate::said::seed;

const WAIT: Duration = Duration::from_secs(60);
const AWA: &str = "22670112233";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_client_who_wrote_is_answered_in_words() {
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
    let shown = eventually("the client has read the answer", WAIT, async || {
        let shown = shop.api.get(&format!("/v1/messages/{id}")).await.ok();
        (shown["state"] == "read").then_some(shown)
    })
    .await;
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

/// A client writes; gives Meta's id of the message.
fn write(stack: &Stack, shop: &Shop, words: &str) -> String {
    let message = json!({"type": "text", "text": {"body": words}});
    let inbound = Inbound {
        phone_number_id: shop.plan.phone_number_id.clone(),
        from: AWA.to_owned(),
        profile_name: None,
        message: message.as_object().unwrap().clone(),
    };
    stack.meta.inbound(inbound).unwrap()
}

fn body(entry: &LedgerEntry) -> Value {
    serde_json::from_str(entry.body.as_ref().unwrap().get()).unwrap()
}
