//! The messaging limit of a portfolio: the number of distinct recipients in a day, enforced before Meta has to refuse.

use chrono::TimeDelta;
use common::ids::MessageId;
use common::message::{HeldReason, Lane, MessageState};
use common::template::Category;
use meta_sim::{Limits, NumberChange, SimConfig, WebhookBehaviour, sample};
use sealing::HashDomain;
use sender::SenderSettings;
use testkit::eventually;

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

fn settings() -> SenderSettings {
    let mut settings = quick();
    settings.number_refresh.every_ms = 20;
    settings
}

/// A Meta that enforces its messaging limit.
fn limiting() -> SimConfig {
    SimConfig {
        behaviour: WebhookBehaviour::quick(),
        limits: Limits {
            messaging: true,
            ..Limits::default()
        },
        ..SimConfig::default()
    }
}

/// Sets the portfolio's limit at Meta only; the product's own copy is set separately.
fn set_limit_at_meta(fixture: &Fixture, limit: &str) {
    let change = NumberChange {
        phone_number_id: sample::PHONE_NUMBER_ID.to_owned(),
        messaging_limit: Some(limit.to_owned()),
        ..NumberChange::default()
    };
    fixture.meta.change_number(&change).unwrap();
}

async fn set_known_limit(fixture: &Fixture, limit: &str) {
    fixture
        .sql(&format!(
            "update phone_numbers set messaging_limit = '{limit}'"
        ))
        .await;
}

/// One message to each of this many recipients.
async fn order_to(
    fixture: &Fixture,
    category: Category,
    people: std::ops::Range<u32>,
) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for person in people {
        let recipient = format!("+2267055{person:04}");
        ids.push(fixture.accept(category.clone(), &recipient, None).await);
    }
    for job in ids.chunks(5) {
        fixture.publish(Lane::of_single(&category), job).await;
    }
    ids
}

/// Waits until none is in progress; returns how many were submitted and how many are held for the limit.
async fn settled(fixture: &Fixture, ids: &[MessageId]) -> (usize, usize) {
    eventually("every message was sent or is held", TIMEOUT, async || {
        let (mut left, mut held) = (0, 0);
        for id in ids {
            let stored = fixture.stored(*id).await;
            left += usize::from(stored.state.is_delivery());
            held += usize::from(stored.held == Some(HeldReason::MessagingLimit));
        }
        (left + held == ids.len()).then_some((left, held))
    })
    .await
}

async fn number(fixture: &Fixture, sql: &str) -> i64 {
    fixture.admin.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_keep_the_limit_and_the_share_of_codes_until_the_limit_rises() {
    let fixture = Fixture::with(limiting()).await;
    set_limit_at_meta(&fixture, "TIER_20");
    set_known_limit(&fixture, "TIER_20").await;
    let senders = [fixture.send(settings()), fixture.send(settings())];
    let tickets = order_to(&fixture, Category::Utility, 0..40).await;
    assert_eq!(settled(&fixture, &tickets).await, (18, 22));
    let codes = order_to(&fixture, Category::Authentication, 100..105).await;
    assert_eq!(settled(&fixture, &codes).await, (2, 3));
    let refused = fixture.meta.stats().refused_by_code;
    assert!(refused.is_empty(), "{refused:?}");

    set_limit_at_meta(&fixture, "TIER_100");
    fixture
        .sql("update phone_numbers set refresh_requested_at = now()")
        .await;
    for id in tickets.iter().chain(&codes) {
        fixture.until(*id, MessageState::Submitted).await;
        assert_eq!(fixture.copies(*id), 1);
    }
    let refused = fixture.meta.stats().refused_by_code;
    assert!(refused.is_empty(), "{refused:?}");
    let counted = "select taken::bigint from messaging_limit_usage";
    let recipients = "select count(*) from messaging_limit_recipients";
    assert_eq!(number(&fixture, counted).await, 45);
    assert_eq!(number(&fixture, recipients).await, 45);
    for sender in senders {
        sender.stop().await;
    }
}

/// Negative control of the test above: without a known limit Meta refuses.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_known_limit_meta_refuses() {
    let fixture = Fixture::with(limiting()).await;
    set_limit_at_meta(&fixture, "TIER_2");
    let sender = fixture.send(settings());
    let ids = order_to(&fixture, Category::Utility, 0..20).await;
    eventually("Meta refuses", TIMEOUT, async || {
        let refused = fixture.meta.stats().refused_by_code;
        refused.contains_key(&131_048).then_some(())
    })
    .await;
    fixture.until_held(ids[19], HeldReason::NumberStopped).await;
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_expires_a_day_after_delivery() {
    let fixture = Fixture::start().await;
    set_known_limit(&fixture, "TIER_3").await;
    let sender = fixture.send(settings());
    let first = order_to(&fixture, Category::Utility, 0..2).await;
    assert_eq!(settled(&fixture, &first).await, (2, 0));
    let late = order_to(&fixture, Category::Utility, 2..4).await;
    assert_eq!(settled(&fixture, &late).await, (0, 2));
    let id = first[0];
    fixture
        .sql(&format!(
            "update messages set delivered_at = now() - interval '1 hour' where id = '{id}';
             update messaging_limit_recipients set reached_at = now() - interval '25 hours'"
        ))
        .await;
    eventually("one of two is within the limit", TIMEOUT, async || {
        (settled(&fixture, &late).await == (1, 1)).then_some(())
    })
    .await;
    let counted = "select taken::bigint from messaging_limit_usage";
    assert_eq!(number(&fixture, counted).await, 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_recipient_or_an_open_window_does_not_count() {
    let fixture = Fixture::start().await;
    set_known_limit(&fixture, "TIER_2").await;
    let sender = fixture.send(settings());
    let first = fixture.order(Category::Utility, AWA).await;
    fixture.until(first, MessageState::Submitted).await;
    let second = fixture.order(Category::Utility, AWA).await;
    fixture.until(second, MessageState::Submitted).await;
    let other = "+22670112244";
    let held = fixture.order(Category::Utility, other).await;
    fixture.until_held(held, HeldReason::MessagingLimit).await;
    // A client wrote to another number of the business: this number has no window.
    client_wrote_elsewhere(&fixture, other).await;
    fixture
        .client_wrote("+22670112255", TimeDelta::zero())
        .await;
    let answer = fixture.order(Category::Utility, "+22670112255").await;
    fixture.until(answer, MessageState::Submitted).await;
    assert_eq!(fixture.copies(held), 0);
    fixture.client_wrote(other, TimeDelta::zero()).await;
    fixture.until(held, MessageState::Submitted).await;
    let recipients = "select count(*) from messaging_limit_recipients";
    assert_eq!(number(&fixture, recipients).await, 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_is_only_kept_with_a_limit_and_a_new_limit_counts_the_last_day() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(settings());
    let before = order_to(&fixture, Category::Utility, 0..3).await;
    assert_eq!(settled(&fixture, &before).await, (3, 0));
    let rows = "select (select count(*) from messaging_limit_recipients) + (select count(*) from messaging_limit_usage)";
    assert_eq!(number(&fixture, rows).await, 0);
    set_known_limit(&fixture, "TIER_4").await;
    let next = order_to(&fixture, Category::Utility, 2..5).await;
    // The third recipient counts already; one of four is reserved for codes.
    assert_eq!(settled(&fixture, &next).await, (1, 2));
    set_known_limit(&fixture, "TIER_UNLIMITED").await;
    assert_eq!(settled_all(&fixture, &next).await, 3);
    eventually("the usage is deleted", TIMEOUT, async || {
        (number(&fixture, rows).await == 0).then_some(())
    })
    .await;
    sender.stop().await;
}

/// Waits until all are sent; returns their number.
async fn settled_all(fixture: &Fixture, ids: &[MessageId]) -> usize {
    for id in ids {
        fixture.until(*id, MessageState::Submitted).await;
    }
    ids.len()
}

/// A client wrote to a number of the business other than the one the tests send from.
async fn client_wrote_elsewhere(fixture: &Fixture, client: &str) {
    let keys = fixture.db.store.keys(fixture.business_id).await.unwrap();
    let hash = keys.lookup_hash(HashDomain::Phone, client.as_bytes());
    let bytes: &[u8] = &hash.bytes;
    let insert = "with other as (
            insert into phone_numbers select (jsonb_populate_record(n, '{\"phone_number_id\": \"999\"}')).* from phone_numbers n
            returning business_id, phone_number_id)
        insert into service_windows select business_id, phone_number_id, $1, $2, now() from other";
    fixture
        .admin
        .execute(insert, &[&bytes, &hash.version])
        .await
        .unwrap();
}
