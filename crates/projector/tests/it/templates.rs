//! Meta's updates about templates.

use bootstrap::clock::SystemClock;
use broker::Queue;
use chrono::{DateTime, TimeDelta, Utc};
use common::clock::Clock as _;
use common::ids::MessageId;
use common::message::{HeldReason, MessageState};
use common::recipient::Recipient;
use common::template::Category;
use common::template::{StatusReport, TemplateAspect};
use common::wire::{Event, EventKind, ReportedTemplate};
use meta_sim::sample;
use sealing::HashDomain;
use storage::idempotency_keys::StoredAnswer;
use storage::messages::TemplateContent;
use worker_storage::accept::{self, NewMessage, PendingAccept};

use crate::fixture::{Fixture, TEMPLATE_ID, event, transit_key};

fn template(status: &str, at: DateTime<Utc>) -> Event {
    event(EventKind::ReportedTemplate(ReportedTemplate {
        occurred_at: at,
        template_id: TEMPLATE_ID.parse().ok(),
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
        aspect: TemplateAspect::Status(StatusReport {
            event: status.to_owned(),
            note: None,
            category: None,
        }),
    }))
}

/// Stores a message with the template, as the gateway does.
async fn accepted(fixture: &Fixture) -> MessageId {
    let at = SystemClock.now();
    let message = NewMessage {
        id: MessageId::new(at),
        phone_number_id: sample::PHONE_NUMBER_ID.parse().unwrap(),
        template_id: TEMPLATE_ID.parse().ok(),
        recipient: Recipient::from_stored("+22670112233").unwrap(),
        content: TemplateContent {
            template: "ticket".to_owned(),
            language: "fr".to_owned(),
            components: serde_json::json!([]),
        }
        .into(),
        category: Category::Utility,
        media_ids: Vec::new(),
        reference: None,
        expires_at: None,
        offer_ends_at: None,
        accepted_at: at,
    };
    let id = message.id;
    let store = &fixture.db.store;
    let keys = store.keys(fixture.business_id).await.unwrap();
    let key = keys.lookup_hash(HashDomain::IdempotencyKey, id.to_string().as_bytes());
    let answer = StoredAnswer {
        fingerprint: vec![1],
        status: 202,
        body: b"{}".to_vec(),
    };
    let pending = PendingAccept::seal(&keys, &[message], key.bytes, answer).unwrap();
    accept::commit(store, at, &[pending]).await.unwrap();
    id
}

/// Holds a message for its template, as the claim of a sender does.
async fn hold(fixture: &Fixture, id: MessageId) {
    let held = MessageState::Held.code();
    let reason = HeldReason::TemplateNotApproved.code();
    fixture
        .sql(&format!(
            "update messages set state = {held}, held_reason = {reason} where id = '{id}';
             insert into due_messages (business_id, message_id, phone_number_id, lane, kind, held_reason)
                 select business_id, id, phone_number_id, lane, 4, {reason} from messages where id = '{id}'
                 on conflict (business_id, message_id) do update set kind = 4, held_reason = {reason};"
        ))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_paused_by_meta_stops_and_resumes_when_approved() {
    let fixture = Fixture::start().await;
    let _running = fixture.project(transit_key());
    let id = accepted(&fixture).await;
    let at = SystemClock.now();
    fixture
        .publish(Queue::Inbound, &template("PAUSED", at))
        .await;
    let paused = "select count(*) from templates where name = 'ticket' and status = 'PAUSED'";
    fixture.until_count(paused, 1).await;
    hold(&fixture, id).await;
    let later = at + TimeDelta::seconds(1);
    fixture
        .publish(Queue::Inbound, &template("APPROVED", later))
        .await;
    let accepted = MessageState::Accepted.code();
    let released =
        format!("select count(*) from messages where id = '{id}' and state = {accepted}");
    fixture.until_count(&released, 1).await;
}
