//! One person with several identifiers: posted to as Meta calls them, paced and counted once, written to once by a
//! campaign.

use common::message::MessageState;
use common::template::Category;
use common::wire::{Identity, InboundContent};
use meta_sim::{Fault, Script, sample};
use serde_json::{Value, json};
use storage::batch::project::{InboundMessage, apply_inbound};
use testkit::eventually;

use crate::campaigns::{draft_to, released, start};
use crate::stand::{AWA, PATIENCE, Stand, quick};

/// A number that WhatsApp spells otherwise than it is written.
const MARIA: &str = "+5582991112233";
const MARIA_AT_META: &str = "+558291112233";
const AWA_ID: &str = "BF.13491208655302741918";

/// Somebody writes, and Meta shows these names of them side by side.
async fn show(stand: &Stand, wa_id: &str, user_id: &str) {
    let message = InboundMessage {
        phone_number_id: sample::PHONE_NUMBER_ID.parse().unwrap(),
        // A reaction opens no window, so that places are needed.
        message_type: "reaction".to_owned(),
        occurred_at: stand.now(),
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
    apply_inbound(&stand.db.store, &[message], stand.now())
        .await
        .unwrap();
}

async fn number(stand: &Stand, sql: &str) -> i64 {
    stand.admin.query_one(sql, &[]).await.unwrap().get(0)
}

/// What the message was posted to.
fn posted_to(stand: &Stand, opaque_id: &str) -> Value {
    let [entry] = &stand.meta.ledger_of(opaque_id)[..] else {
        panic!("not once in the ledger")
    };
    let body: Value = serde_json::from_str(entry.body.as_ref().unwrap().get()).unwrap();
    body["to"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_meta_spells_otherwise_is_posted_to_as_meta_does() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    let first = stand.order(Category::Utility, MARIA).await;
    stand.until(first, MessageState::Submitted).await;
    assert_eq!(posted_to(&stand, &stand.opaque_id(first, 1)), MARIA);
    let linked = "select count(*) from contact_identifiers where post_to_sealed is not null";
    assert_eq!(number(&stand, linked).await, 1);
    let second = stand.order(Category::Utility, MARIA).await;
    stand.until(second, MessageState::Submitted).await;
    assert_eq!(
        posted_to(&stand, &stand.opaque_id(second, 1)),
        MARIA_AT_META
    );
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_writes_once_to_a_person_with_two_numbers() {
    let stand = Stand::start().await;
    let other = "+22676445566";
    show(&stand, AWA, AWA_ID).await;
    show(&stand, other, AWA_ID).await;
    let numbers = [AWA, other, "+22670998877"].map(str::to_owned);
    let campaign = draft_to(&stand, &numbers).await;
    start(&stand, &campaign).await;
    let sender = stand.send(quick());
    let ended = async || {
        let mut states = Vec::new();
        for id in released(&stand).await {
            states.push(stand.stored(id).await.state);
        }
        let all = states.len() == 3
            && states
                .iter()
                .all(|state| state.is_delivery() || *state == MessageState::Cancelled);
        all.then_some(states)
    };
    let states = eventually("every message left or ended", PATIENCE, ended).await;
    let cancelled = states
        .iter()
        .filter(|state| **state == MessageState::Cancelled)
        .count();
    assert_eq!(cancelled, 1);
    let why = "select count(*) from events where type = 'message.cancelled' and data->>'reason' = 'same_contact'";
    assert_eq!(number(&stand, why).await, 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_one_place_of_the_messaging_limit_by_whatever_number() {
    let stand = Stand::start().await;
    stand
        .sql("update phone_numbers set messaging_limit = 'TIER_10'")
        .await;
    let other = "+22676445566";
    let sender = stand.send(quick());
    for recipient in [AWA, other] {
        let id = stand.order(Category::Utility, recipient).await;
        stand.until(id, MessageState::Submitted).await;
    }
    let counted = "select taken::bigint from reached_counts";
    assert_eq!(number(&stand, counted).await, 2);
    // They prove to be one person.
    show(&stand, AWA, AWA_ID).await;
    show(&stand, other, AWA_ID).await;
    assert_eq!(number(&stand, counted).await, 1);
    // A message to a name that was not written to yet takes no further place.
    stand.meta.wrote(sample::PHONE_NUMBER_ID, AWA_ID).unwrap();
    stand.meta.wrote(sample::PHONE_NUMBER_ID, "BF.77").unwrap();
    let id = stand.order(Category::Utility, AWA_ID).await;
    stand.until(id, MessageState::Submitted).await;
    assert_eq!(number(&stand, counted).await, 1);
    // Nor does the first message to somebody who has two names take two.
    show(&stand, "+22670554433", "BF.77").await;
    for recipient in ["+22670554433", "BF.77"] {
        let id = stand.order(Category::Utility, recipient).await;
        stand.until(id, MessageState::Submitted).await;
    }
    assert_eq!(number(&stand, counted).await, 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_refused_for_a_stopped_preference_suppresses_all_names_of_the_person() {
    let stand = Stand::start().await;
    show(&stand, AWA, AWA_ID).await;
    let fault = Fault::Error {
        code: 131_050,
        http_status: None,
        details: None,
    };
    stand.meta.script(Script::always(fault).times(1));
    let sender = stand.send(quick());
    let refused = stand.order(Category::Marketing, AWA).await;
    stand.until(refused, MessageState::Rejected).await;
    let suppressed = "select count(*) from suppressions where is_opted_out and source = 'refusal'";
    assert_eq!(number(&stand, suppressed).await, 2);
    for recipient in [AWA, AWA_ID] {
        let id = stand.order(Category::Marketing, recipient).await;
        stand.until(id, MessageState::Suppressed).await;
    }
    sender.stop().await;
}
