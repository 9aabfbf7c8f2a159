//! One person with several identifiers: posted to under Meta's identifier, rate-limited and counted once, and sent one
//! message by a campaign.

use common::message::MessageState;
use common::template::Category;
use common::wire::{Identity, InboundContent};
use meta_sim::{Fault, Script, sample};
use serde_json::{Value, json};
use testkit::eventually;
use worker_storage::project::{InboundMessage, apply_inbound};

use crate::campaigns::{draft_to, released, start};
use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

/// A number that WhatsApp normalises differently.
const MARIA: &str = "+5582991112233";
const MARIA_AT_META: &str = "+558291112233";
const AWA_ID: &str = "BF.13491208655302741918";

/// A person writes, and Meta shows both identifiers.
async fn link_identifiers(fixture: &Fixture, wa_id: &str, user_id: &str) {
    let message = InboundMessage {
        phone_number_id: sample::PHONE_NUMBER_ID.parse().unwrap(),
        // A reaction opens no window, so that the messaging limit applies.
        message_type: "reaction".to_owned(),
        occurred_at: fixture.now(),
        content: InboundContent {
            wamid: format!("wamid.{wa_id}.{user_id}"),
            sender: Identity {
                wa_id: Some(wa_id.trim_start_matches('+').to_owned()),
                user_id: Some(user_id.to_owned()),
                parent_user_id: None,
            },
            name: None,
            words: Vec::new(),
            message: json!({}),
            identity_change: None,
            group_id: None,
            revoked_wamid: None,
            edited_wamid: None,
        },
    };
    apply_inbound(&fixture.db.store, &[message], fixture.now())
        .await
        .unwrap();
}

async fn number(fixture: &Fixture, sql: &str) -> i64 {
    fixture.admin.query_one(sql, &[]).await.unwrap().get(0)
}

/// The recipient of the posted message.
fn posted_to(fixture: &Fixture, opaque_id: &str) -> Value {
    let [entry] = &fixture.meta.ledger_of(opaque_id)[..] else {
        panic!("not exactly one entry in the ledger")
    };
    let body: Value = serde_json::from_str(entry.body.as_ref().unwrap().get()).unwrap();
    body["to"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_posted_to_in_metas_normalised_form() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    let first = fixture.order(Category::Utility, MARIA).await;
    fixture.until(first, MessageState::Submitted).await;
    assert_eq!(posted_to(&fixture, &fixture.opaque_id(first, 1)), MARIA);
    let linked = "select count(*) from contact_identifiers where post_to_sealed is not null";
    assert_eq!(number(&fixture, linked).await, 1);
    let second = fixture.order(Category::Utility, MARIA).await;
    fixture.until(second, MessageState::Submitted).await;
    assert_eq!(
        posted_to(&fixture, &fixture.opaque_id(second, 1)),
        MARIA_AT_META
    );
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_sends_one_message_to_a_person_with_two_numbers() {
    let fixture = Fixture::start().await;
    let other = "+22676445566";
    link_identifiers(&fixture, AWA, AWA_ID).await;
    link_identifiers(&fixture, other, AWA_ID).await;
    let numbers = [AWA, other, "+22670998877"].map(str::to_owned);
    let campaign = draft_to(&fixture, &numbers).await;
    start(&fixture, &campaign).await;
    let sender = fixture.send(quick());
    let ended = async || {
        let mut states = Vec::new();
        for id in released(&fixture).await {
            states.push(fixture.stored(id).await.state);
        }
        let all = states.len() == 3
            && states
                .iter()
                .all(|state| state.is_delivery() || *state == MessageState::Cancelled);
        all.then_some(states)
    };
    let states = eventually("every message was sent or ended", TIMEOUT, ended).await;
    let cancelled = states
        .iter()
        .filter(|state| **state == MessageState::Cancelled)
        .count();
    assert_eq!(cancelled, 1);
    let why = "select count(*) from events where type = 'message.cancelled' and data->>'reason' = 'same_contact'";
    assert_eq!(number(&fixture, why).await, 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_counts_once_in_the_messaging_limit() {
    let fixture = Fixture::start().await;
    fixture
        .sql("update phone_numbers set messaging_limit = 'TIER_10'")
        .await;
    let other = "+22676445566";
    let sender = fixture.send(quick());
    for recipient in [AWA, other] {
        let id = fixture.order(Category::Utility, recipient).await;
        fixture.until(id, MessageState::Submitted).await;
    }
    let counted = "select taken::bigint from messaging_limit_usage";
    assert_eq!(number(&fixture, counted).await, 2);
    // Evidence links them to one person.
    link_identifiers(&fixture, AWA, AWA_ID).await;
    link_identifiers(&fixture, other, AWA_ID).await;
    assert_eq!(number(&fixture, counted).await, 1);
    // A message to another identifier of the person does not count again.
    fixture
        .meta
        .record_inbound(sample::PHONE_NUMBER_ID, AWA_ID)
        .unwrap();
    fixture
        .meta
        .record_inbound(sample::PHONE_NUMBER_ID, "BF.77")
        .unwrap();
    let id = fixture.order(Category::Utility, AWA_ID).await;
    fixture.until(id, MessageState::Submitted).await;
    assert_eq!(number(&fixture, counted).await, 1);
    // Nor does the first message to a person with two identifiers count twice.
    link_identifiers(&fixture, "+22670554433", "BF.77").await;
    for recipient in ["+22670554433", "BF.77"] {
        let id = fixture.order(Category::Utility, recipient).await;
        fixture.until(id, MessageState::Submitted).await;
    }
    assert_eq!(number(&fixture, counted).await, 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_refused_for_a_stopped_preference_suppresses_all_identifiers() {
    let fixture = Fixture::start().await;
    link_identifiers(&fixture, AWA, AWA_ID).await;
    let fault = Fault::Error {
        code: 131_050,
        http_status: None,
        details: None,
    };
    fixture.meta.script(Script::always(fault).times(1));
    let sender = fixture.send(quick());
    let refused = fixture.order(Category::Marketing, AWA).await;
    fixture.until(refused, MessageState::Rejected).await;
    let suppressed = "select count(*) from suppressions where is_opted_out and source = 'refusal'";
    assert_eq!(number(&fixture, suppressed).await, 2);
    for recipient in [AWA, AWA_ID] {
        let id = fixture.order(Category::Marketing, recipient).await;
        fixture.until(id, MessageState::Suppressed).await;
    }
    sender.stop().await;
}
