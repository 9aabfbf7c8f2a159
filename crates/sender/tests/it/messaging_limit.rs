//! The messaging limit of a portfolio: so many people in a day, kept before Meta has to refuse.

use chrono::TimeDelta;
use common::ids::MessageId;
use common::message::{HeldReason, Lane, MessageState};
use common::template::Category;
use meta_sim::{Limits, NumberChange, SimConfig, WebhookBehaviour, sample};
use sealing::LookupDomain;
use sender::SenderSettings;
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

fn settings() -> SenderSettings {
    let mut settings = quick();
    settings.reread.every_ms = 20;
    settings
}

/// A Meta that keeps its messaging limit.
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

/// Meta gives the portfolio a limit; what the product knows of it is set apart.
fn limit_at_meta(stand: &Stand, word: &str) {
    let change = NumberChange {
        phone_number_id: sample::PHONE_NUMBER_ID.to_owned(),
        messaging_limit: Some(word.to_owned()),
        ..NumberChange::default()
    };
    stand.meta.change_number(&change).unwrap();
}

async fn know_limit(stand: &Stand, word: &str) {
    stand
        .sql(&format!(
            "update phone_numbers set messaging_limit = '{word}'"
        ))
        .await;
}

/// As many people as asked for, each with a message.
async fn order_to(
    stand: &Stand,
    category: Category,
    people: std::ops::Range<u32>,
) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for person in people {
        let recipient = format!("+2267055{person:04}");
        ids.push(stand.accept(category.clone(), &recipient, None).await);
    }
    for job in ids.chunks(5) {
        stand.publish(Lane::of_single(&category), job).await;
    }
    ids
}

/// Waits until none is on its way; how many were submitted and how many are held for the limit.
async fn settled(stand: &Stand, ids: &[MessageId]) -> (usize, usize) {
    eventually("every message left or is held", PATIENCE, async || {
        let (mut left, mut held) = (0, 0);
        for id in ids {
            let stored = stand.stored(*id).await;
            left += usize::from(stored.state.is_delivery());
            held += usize::from(stored.held == Some(HeldReason::MessagingLimit));
        }
        (left + held == ids.len()).then_some((left, held))
    })
    .await
}

async fn number(stand: &Stand, sql: &str) -> i64 {
    stand.admin.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_never_pass_the_limit_codes_have_their_share_and_the_rest_leaves_when_it_rises()
{
    let stand = Stand::with(limiting()).await;
    limit_at_meta(&stand, "TIER_20");
    know_limit(&stand, "TIER_20").await;
    let senders = [stand.send(settings()), stand.send(settings())];
    let tickets = order_to(&stand, Category::Utility, 0..40).await;
    assert_eq!(settled(&stand, &tickets).await, (18, 22));
    let codes = order_to(&stand, Category::Authentication, 100..105).await;
    assert_eq!(settled(&stand, &codes).await, (2, 3));
    let refused = stand.meta.stats().refused_by_code;
    assert!(refused.is_empty(), "{refused:?}");

    limit_at_meta(&stand, "TIER_100");
    stand
        .sql("update phone_numbers set reread_asked_at = now()")
        .await;
    for id in tickets.iter().chain(&codes) {
        stand.until(*id, MessageState::Submitted).await;
        assert_eq!(stand.copies(*id), 1);
    }
    let refused = stand.meta.stats().refused_by_code;
    assert!(refused.is_empty(), "{refused:?}");
    let counted = "select taken::bigint from reached_counts";
    let recipients = "select count(*) from reached_recipients";
    assert_eq!(number(&stand, counted).await, 45);
    assert_eq!(number(&stand, recipients).await, 45);
    for sender in senders {
        sender.stop().await;
    }
}

/// The judge of the test above sees what happens when nobody keeps the limit.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_known_limit_meta_refuses() {
    let stand = Stand::with(limiting()).await;
    limit_at_meta(&stand, "TIER_2");
    let sender = stand.send(settings());
    let ids = order_to(&stand, Category::Utility, 0..20).await;
    eventually("Meta refuses", PATIENCE, async || {
        let refused = stand.meta.stats().refused_by_code;
        refused.contains_key(&131_048).then_some(())
    })
    .await;
    stand.until_held(ids[19], HeldReason::NumberStopped).await;
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_free_after_a_day_unless_its_message_came_late() {
    let stand = Stand::start().await;
    know_limit(&stand, "TIER_3").await;
    let sender = stand.send(settings());
    let first = order_to(&stand, Category::Utility, 0..2).await;
    assert_eq!(settled(&stand, &first).await, (2, 0));
    let late = order_to(&stand, Category::Utility, 2..4).await;
    assert_eq!(settled(&stand, &late).await, (0, 2));
    let id = first[0];
    stand
        .sql(&format!(
            "update messages set delivered_at = now() - interval '1 hour' where id = '{id}';
             update reached_recipients set reached_at = now() - interval '25 hours'"
        ))
        .await;
    eventually("one of two has found a place", PATIENCE, async || {
        (settled(&stand, &late).await == (1, 1)).then_some(())
    })
    .await;
    let counted = "select taken::bigint from reached_counts";
    assert_eq!(number(&stand, counted).await, 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_written_to_or_wrote_needs_no_place() {
    let stand = Stand::start().await;
    know_limit(&stand, "TIER_2").await;
    let sender = stand.send(settings());
    let first = stand.order(Category::Utility, AWA).await;
    stand.until(first, MessageState::Submitted).await;
    let second = stand.order(Category::Utility, AWA).await;
    stand.until(second, MessageState::Submitted).await;
    let other = "+22670112244";
    let held = stand.order(Category::Utility, other).await;
    stand.until_held(held, HeldReason::MessagingLimit).await;
    // A client wrote to another number of the business: no window of this one.
    client_wrote_elsewhere(&stand, other).await;
    stand.client_wrote("+22670112255", TimeDelta::zero()).await;
    let answer = stand.order(Category::Utility, "+22670112255").await;
    stand.until(answer, MessageState::Submitted).await;
    assert_eq!(stand.copies(held), 0);
    stand.client_wrote(other, TimeDelta::zero()).await;
    stand.until(held, MessageState::Submitted).await;
    let recipients = "select count(*) from reached_recipients";
    assert_eq!(number(&stand, recipients).await, 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_limit_nothing_is_kept_and_when_one_comes_the_last_day_is_counted() {
    let stand = Stand::start().await;
    let sender = stand.send(settings());
    let before = order_to(&stand, Category::Utility, 0..3).await;
    assert_eq!(settled(&stand, &before).await, (3, 0));
    let rows =
        "select (select count(*) from reached_recipients) + (select count(*) from reached_counts)";
    assert_eq!(number(&stand, rows).await, 0);
    know_limit(&stand, "TIER_4").await;
    let next = order_to(&stand, Category::Utility, 2..5).await;
    // The third person has a place already; one of four is for codes.
    assert_eq!(settled(&stand, &next).await, (1, 2));
    know_limit(&stand, "TIER_UNLIMITED").await;
    assert_eq!(settled_all(&stand, &next).await, 3);
    eventually("the places are forgotten", PATIENCE, async || {
        (number(&stand, rows).await == 0).then_some(())
    })
    .await;
    sender.stop().await;
}

/// Waits until all left; how many.
async fn settled_all(stand: &Stand, ids: &[MessageId]) -> usize {
    for id in ids {
        stand.until(*id, MessageState::Submitted).await;
    }
    ids.len()
}

/// A client wrote to another number of the business than the one that the tests send from.
async fn client_wrote_elsewhere(stand: &Stand, client: &str) {
    let keys = stand.db.store.keys(stand.business_id).await.unwrap();
    let hash = keys.lookup_hash(LookupDomain::Phone, client.as_bytes());
    let bytes: &[u8] = &hash.bytes;
    let insert = "with other as (
            insert into phone_numbers select (jsonb_populate_record(n, '{\"phone_number_id\": \"999\"}')).* from phone_numbers n
            returning business_id, phone_number_id)
        insert into service_windows select business_id, phone_number_id, $1, $2, now() from other";
    stand
        .admin
        .execute(insert, &[&bytes, &hash.version])
        .await
        .unwrap();
}
