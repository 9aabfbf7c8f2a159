//! What is stored and does not open or has no meaning: it is never refused for good without need, and keeps no other back.

use common::message::{HeldReason, Lane, MessageState, PostOutcome};
use common::template::Category;
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

/// Flips a bit of a sealed column; the second time repairs it.
async fn flip(stand: &Stand, table: &str, column: &str) {
    let last = format!("octet_length({column}) - 1");
    let flipped = format!("set_byte({column}, {last}, get_byte({column}, {last}) # 1)");
    stand
        .sql(&format!("update {table} set {column} = {flipped}"))
        .await;
}

async fn everything_is_due(stand: &Stand) {
    stand
        .sql("update due_messages set due_at = clock_timestamp()")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_or_a_token_that_do_not_open_refuse_no_message() {
    for (table, column) in [
        ("data_keys", "key_sealed"),
        ("access_tokens", "token_sealed"),
    ] {
        let stand = Stand::start().await;
        flip(&stand, table, column).await;
        let sender = stand.send(quick());
        let id = stand.order(Category::Utility, AWA).await;
        let outcomes = eventually("an attempt ended", PATIENCE, async || {
            Some(stand.outcomes(id).await).filter(|outcomes| !outcomes.is_empty())
        })
        .await;
        // What waits for others' reading of the keys is given back.
        let harmless = [PostOutcome::NotAccepted, PostOutcome::GivenBack].map(PostOutcome::code);
        assert!(outcomes.iter().all(|outcome| harmless.contains(outcome)));
        flip(&stand, table, column).await;
        everything_is_due(&stand).await;
        stand.until(id, MessageState::Submitted).await;
        assert_eq!(stand.copies(id), 1);
        sender.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_content_is_damaged_is_rejected() {
    let stand = Stand::start().await;
    let id = stand.order(Category::Utility, AWA).await;
    flip(&stand, "messages", "content_sealed").await;
    let sender = stand.send(quick());
    stand.until(id, MessageState::Rejected).await;
    assert_eq!(stand.copies(id), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_read_keeps_no_other_from_being_published_again() {
    let stand = Stand::start().await;
    let bad = stand.accept(Category::Utility, AWA, None).await;
    let good = stand.accept(Category::Utility, AWA, None).await;
    stand
        .sql(&format!(
            "insert into due_messages
                select business_id, id, phone_number_id, null, lane, 2, null, now() from messages;
             update messages set lane = 7 where id = '{bad}'"
        ))
        .await;
    let sender = stand.send(quick());
    stand.until(good, MessageState::Submitted).await;
    assert_eq!(stand.stored(bad).await.state, MessageState::Accepted);
    let is_postponed = "select bool_and(due_at > now() + interval '50 minutes') from due_messages";
    let row = stand.admin.query_one(is_postponed, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_read_keeps_no_other_from_being_freed() {
    let stand = Stand::start().await;
    stand.sql("update phone_numbers set connection = 2").await;
    let sender = stand.send(quick());
    let bad = stand.order(Category::Utility, AWA).await;
    let good = stand.order(Category::Utility, AWA).await;
    for id in [bad, good] {
        stand.until_held(id, HeldReason::NumberStopped).await;
    }
    stand
        .sql(&format!("update messages set lane = 7 where id = '{bad}'"))
        .await;
    stand.sql("update phone_numbers set connection = 1").await;
    stand.until(good, MessageState::Submitted).await;
    assert_eq!(stand.stored(bad).await.state, MessageState::Held);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_read_is_not_claimed_and_keeps_no_other_from_it() {
    let stand = Stand::start().await;
    let bad = stand.accept(Category::Utility, AWA, None).await;
    let good = stand.accept(Category::Utility, AWA, None).await;
    let sql = format!("update messages set template_id = 'x y' where id = '{bad}'");
    stand.sql(&sql).await;
    stand.publish(Lane::Transactional, &[bad, good]).await;
    let sender = stand.send(quick());
    stand.until(good, MessageState::Submitted).await;
    let stored = stand.stored(bad).await;
    assert_eq!((stored.state, stored.attempt), (MessageState::Accepted, 0));
    sender.stop().await;
}
