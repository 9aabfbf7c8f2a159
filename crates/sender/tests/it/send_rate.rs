//! The delay between a claim and its POST, and messages that exceed it.

use common::message::{HeldReason, Lane, MessageState, PostOutcome};
use common::template::Category;
use testkit::eventually;

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

#[tokio::test(flavor = "multi_thread")]
async fn messages_beyond_the_horizon_wait_in_the_database_and_are_sent_once() {
    let fixture = Fixture::start().await;
    let mut settings = quick();
    // 16 messages per second.
    settings.throughput_share = 0.2;
    let sender = fixture.send(settings);
    let mut ids = Vec::new();
    for number in 0..80 {
        let recipient = format!("+2267055{number:04}");
        ids.push(fixture.accept(Category::Utility, &recipient, None).await);
    }
    fixture.publish(Lane::Transactional, &ids).await;
    let sql = "select count(*) from due_messages where kind = 2";
    eventually("most are due later", TIMEOUT, async || {
        let row = fixture.admin.query_one(sql, &[]).await.unwrap();
        (row.get::<_, i64>(0) > 40).then_some(())
    })
    .await;
    for id in ids {
        let stored = fixture.until(id, MessageState::Submitted).await;
        assert_eq!((stored.attempt, fixture.copies(id)), (1, 1));
    }
    assert_eq!(fixture.due_rows().await, 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_not_sent_while_opt_outs_may_be_missing() {
    let fixture = Fixture::start().await;
    let mut settings = quick();
    settings.consent_lag_ms = 2_000;
    // A slot every 1.25 s: the last message waits for longer than the consent watermark may age.
    settings.throughput_share = 0.01;
    settings.send_horizon_ms = 4_000;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(fixture.accept(Category::Marketing, AWA, None).await);
    }
    let lane = Lane::of_single(&Category::Marketing);
    fixture.publish(lane, &ids).await;
    fixture.apply_opt_outs().await;
    let sender = fixture.send(settings);
    let last = ids[3];
    fixture.until_held(last, HeldReason::ConsentLag).await;
    assert_eq!(
        fixture.outcomes(last).await,
        [PostOutcome::GivenBack.code()]
    );
    assert_eq!(fixture.copies(last), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_horizon_beyond_the_life_of_a_claim_is_refused() {
    let fixture = Fixture::start().await;
    let mut settings = quick();
    settings.send_horizon_ms = settings.post_within_ms + 1;
    let error = fixture.refused(settings).await;
    assert!(error.contains("send_horizon_ms"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn republished_messages_hide_no_lost_one() {
    let fixture = Fixture::start().await;
    for _ in 0..4 {
        fixture.accept(Category::Utility, AWA, None).await;
    }
    fixture
        .sql("update messages set published_at = now() + interval '1 hour'")
        .await;
    let lost = fixture.accept(Category::Utility, AWA, None).await;
    let mut settings = quick();
    settings.reaper.lost_after_ms = 200;
    settings.reaper.batch = 2;
    let sender = fixture.send(settings);
    fixture.until(lost, MessageState::Submitted).await;
    sender.stop().await;
    assert_eq!(fixture.meta.summary().accepted, 1);
}
