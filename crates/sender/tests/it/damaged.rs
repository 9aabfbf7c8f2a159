//! Stored data that cannot be decrypted or parsed: messages are not rejected permanently without need, and other
//! messages are not blocked.

use common::message::{HeldReason, Lane, MessageState, PostOutcome};
use common::template::Category;
use testkit::eventually;

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

/// Flips a bit of a sealed column; a second call repairs it.
async fn flip(fixture: &Fixture, table: &str, column: &str) {
    let last = format!("octet_length({column}) - 1");
    let flipped = format!("set_byte({column}, {last}, get_byte({column}, {last}) # 1)");
    fixture
        .sql(&format!("update {table} set {column} = {flipped}"))
        .await;
}

async fn everything_is_due(fixture: &Fixture) {
    fixture
        .sql("update due_messages set due_at = clock_timestamp()")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undecryptable_keys_or_tokens_reject_no_message() {
    for (table, column) in [
        ("data_keys", "key_sealed"),
        ("access_tokens", "token_sealed"),
    ] {
        let fixture = Fixture::start().await;
        flip(&fixture, table, column).await;
        let sender = fixture.send(quick());
        let id = fixture.order(Category::Utility, AWA).await;
        let outcomes = eventually("an attempt ended", TIMEOUT, async || {
            Some(fixture.outcomes(id).await).filter(|outcomes| !outcomes.is_empty())
        })
        .await;
        // Messages claimed for another sender's cached keys are given back.
        let harmless = [PostOutcome::NotAccepted, PostOutcome::GivenBack].map(PostOutcome::code);
        assert!(outcomes.iter().all(|outcome| harmless.contains(outcome)));
        flip(&fixture, table, column).await;
        everything_is_due(&fixture).await;
        fixture.until(id, MessageState::Submitted).await;
        assert_eq!(fixture.copies(id), 1);
        sender.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_content_is_damaged_is_rejected() {
    let fixture = Fixture::start().await;
    let id = fixture.order(Category::Utility, AWA).await;
    flip(&fixture, "messages", "content_sealed").await;
    let sender = fixture.send(quick());
    fixture.until(id, MessageState::Rejected).await;
    assert_eq!(fixture.copies(id), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_message_does_not_block_republishing_of_others() {
    let fixture = Fixture::start().await;
    let bad = fixture.accept(Category::Utility, AWA, None).await;
    let good = fixture.accept(Category::Utility, AWA, None).await;
    fixture
        .sql(&format!(
            "insert into due_messages
                select business_id, id, phone_number_id, null, lane, 2, null, now() from messages;
             update messages set lane = 7 where id = '{bad}'"
        ))
        .await;
    let sender = fixture.send(quick());
    fixture.until(good, MessageState::Submitted).await;
    assert_eq!(fixture.stored(bad).await.state, MessageState::Accepted);
    let is_postponed = "select bool_and(due_at > now() + interval '50 minutes') from due_messages";
    let row = fixture.admin.query_one(is_postponed, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_message_does_not_block_the_release_of_others() {
    let fixture = Fixture::start().await;
    fixture.sql("update phone_numbers set connection = 2").await;
    let sender = fixture.send(quick());
    let bad = fixture.order(Category::Utility, AWA).await;
    let good = fixture.order(Category::Utility, AWA).await;
    for id in [bad, good] {
        fixture.until_held(id, HeldReason::NumberStopped).await;
    }
    fixture
        .sql(&format!("update messages set lane = 7 where id = '{bad}'"))
        .await;
    fixture.sql("update phone_numbers set connection = 1").await;
    fixture.until(good, MessageState::Submitted).await;
    assert_eq!(fixture.stored(bad).await.state, MessageState::Held);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_message_is_not_claimed_and_blocks_no_other() {
    let fixture = Fixture::start().await;
    let bad = fixture.accept(Category::Utility, AWA, None).await;
    let good = fixture.accept(Category::Utility, AWA, None).await;
    let sql = format!("update messages set template_id = 'x y' where id = '{bad}'");
    fixture.sql(&sql).await;
    fixture.publish(Lane::Transactional, &[bad, good]).await;
    let sender = fixture.send(quick());
    fixture.until(good, MessageState::Submitted).await;
    let stored = fixture.stored(bad).await;
    assert_eq!((stored.state, stored.attempt), (MessageState::Accepted, 0));
    sender.stop().await;
}
