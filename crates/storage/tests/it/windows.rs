//! The customer service window: opened by a client's message, in any order of arrival, and deleted eventually.

use chrono::{DateTime, TimeDelta, Utc};
use common::message::Window;
use common::wire::{Identity, InboundContent};
use sealing::HashDomain;
use serde_json::json;
use storage::service_windows::{self, Client};
use testkit::TestDb;
use worker_storage::project::{InboundMessage, apply_inbound};

use crate::fixture::{BusinessFixture, now};
use crate::retain::purge_table;

const AWA: &str = "22670112233";

/// Awa sends the shop a message of a type.
async fn sent(shop: &BusinessFixture, word: &str, at: DateTime<Utc>, wamid: &str) {
    let message = InboundMessage {
        phone_number_id: shop.number().parse().unwrap(),
        message_type: word.to_owned(),
        occurred_at: at,
        content: InboundContent {
            wamid: wamid.to_owned(),
            sender: Identity {
                wa_id: Some(AWA.to_owned()),
                ..Identity::default()
            },
            name: None,
            words: Vec::new(),
            message: json!({"type": word}),
            identity_change: None,
            group_id: None,
            revoked_wamid: None,
            edited_wamid: None,
        },
    };
    apply_inbound(&shop.store, &[message], at).await.unwrap();
}

async fn window(shop: &BusinessFixture) -> Option<Window> {
    let keys = shop.scope.keys().await.unwrap();
    let hash = keys.lookup_hash(HashDomain::Phone, format!("+{AWA}").as_bytes());
    let client = Client {
        phone_number_id: shop.number(),
        contact_hash: hash.bytes.to_vec(),
    };
    let mut transaction = shop.scope.begin().await.unwrap();
    let clients = vec![client.clone()];
    let found = service_windows::find(&mut transaction, &shop.scope, clients).await;
    found.unwrap().remove(&client)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_message_counts_in_whatever_order_they_come() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    assert_eq!(window(&shop).await, None);
    let earlier = at - TimeDelta::hours(2);
    for (wrote_at, wamid) in [(at, "wamid.2"), (earlier, "wamid.1")] {
        sent(&shop, "text", wrote_at, wamid).await;
    }
    let last_inbound_at = Some(at);
    assert_eq!(window(&shop).await, Some(Window { last_inbound_at }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_opens_no_window_and_a_tap_does() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    sent(&shop, "reaction", at, "wamid.1").await;
    assert_eq!(window(&shop).await, None);
    sent(&shop, "button", at, "wamid.2").await;
    assert!(window(&shop).await.is_some_and(|window| window.is_open(at)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_forgotten_after_thirty_days() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    sent(&shop, "text", at, "wamid.1").await;
    let after = |days| {
        let later = at + TimeDelta::days(days);
        purge_table(&shop.store, "service_windows", later)
    };
    assert_eq!(after(29).await, 0);
    assert_eq!(after(31).await, 1);
    assert_eq!(window(&shop).await, None);
}
