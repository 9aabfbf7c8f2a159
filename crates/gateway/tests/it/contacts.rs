//! A contact is erased by any of its identifiers.

use common::wire::{Identity, InboundContent};
use meta_sim::sample;
use reqwest::StatusCode;
use serde_json::json;
use worker_storage::project::{InboundMessage, apply_inbound};

use crate::shop::Shop;

const USER_ID: &str = "BF.13491208655302741918";

async fn wrote(shop: &Shop, words: &str) {
    let at = shop.harness.context.clock.now();
    let message = InboundMessage {
        phone_number_id: sample::PHONE_NUMBER_ID.parse().unwrap(),
        message_type: "text".to_owned(),
        occurred_at: at,
        content: InboundContent {
            wamid: format!("wamid.{words}"),
            sender: Identity {
                wa_id: Some("22670112233".to_owned()),
                user_id: Some(USER_ID.to_owned()),
                parent_user_id: None,
            },
            name: Some("Awa".to_owned()),
            words: vec![words.to_owned()],
            message: json!({"type": "text", "text": {"body": words}}),
            identity_change: None,
            group_id: None,
            revoked_wamid: None,
            edited_wamid: None,
        },
    };
    let store = &shop.harness.db.store;
    let outcome = apply_inbound(store, &[message], at).await.unwrap();
    assert_eq!(outcome.stored, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_one_identifier_erases_all_and_leaves_the_opt_out() {
    let shop = Shop::open().await;
    wrote(&shop, "STOP").await;
    let erase = json!({"recipient": USER_ID});
    let erased = shop.post("/v1/contacts/erase", &erase).await;
    let expected = json!({"identifiers": 2, "inbound_messages": 1});
    assert_eq!(erased.expect(StatusCode::OK), expected);
    let admin = shop.harness.db.admin().await;
    let left = "select (select count(*) from contacts) + (select count(*) from contact_identifiers)
        + (select count(*) from service_windows)
        + (select count(*) from inbound_messages where content_sealed is not null)";
    let left: i64 = admin.query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
    let opted_out = "select count(*) from suppressions where is_opted_out";
    let opted_out: i64 = admin.query_one(opted_out, &[]).await.unwrap().get(0);
    assert_eq!(opted_out, 2);
    let list = shop
        .get("/v1/inbound-messages")
        .await
        .expect(StatusCode::OK);
    let message = &list["items"][0];
    assert!(message["message"].is_null() && message["from"].is_null());
    assert!(message["revoked_at"].is_string());
    // Again, and by the other identifier: neither is known any more.
    let again = shop
        .post("/v1/contacts/erase", &json!({"to": "+22670112233"}))
        .await;
    assert_eq!(again.expect(StatusCode::OK)["identifiers"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_to_erase_is_identified_once_and_in_full() {
    let shop = Shop::open().await;
    for (body, pointer) in [
        (json!({}), ""),
        (json!({"to": "+22670112233", "recipient": USER_ID}), ""),
        (json!({"to": "70112233"}), "/to"),
        (json!({"recipient": "awa"}), "/recipient"),
    ] {
        let refused = shop.post("/v1/contacts/erase", &body).await;
        assert_eq!(refused.problem(422), "body_invalid", "{body}");
        assert_eq!(refused.pointers(), [pointer], "{body}");
    }
}
