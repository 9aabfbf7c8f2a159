//! Time between a claim and its POST, and what does not fit into it.

use common::message::{HeldReason, Lane, MessageState, PostOutcome};
use common::template::Category;
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_number_cannot_send_soon_waits_in_the_database_and_leaves_once() {
    let stand = Stand::start().await;
    let mut settings = quick();
    // 16 messages in a second.
    settings.pace_share = 0.2;
    let sender = stand.send(settings);
    let mut ids = Vec::new();
    for number in 0..80 {
        let recipient = format!("+2267055{number:04}");
        ids.push(stand.accept(Category::Utility, &recipient, None).await);
    }
    stand.publish(Lane::Transactional, &ids).await;
    let sql = "select count(*) from due_messages where kind = 2";
    eventually("most are due later", PATIENCE, async || {
        let row = stand.admin.query_one(sql, &[]).await.unwrap();
        (row.get::<_, i64>(0) > 40).then_some(())
    })
    .await;
    for id in ids {
        let stored = stand.until(id, MessageState::Submitted).await;
        assert_eq!((stored.attempt, stand.copies(id)), (1, 1));
    }
    assert_eq!(stand.due_rows().await, 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_does_not_leave_once_opt_outs_may_be_missing() {
    let stand = Stand::start().await;
    let mut settings = quick();
    settings.consent_lag_ms = 2_000;
    // A slot every 1.25 s: the last message waits for longer than the stamp may age.
    settings.pace_share = 0.01;
    settings.pace_horizon_ms = 4_000;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(stand.accept(Category::Marketing, AWA, None).await);
    }
    let lane = Lane::of_single(&Category::Marketing);
    stand.publish(lane, &ids).await;
    stand.apply_opt_outs().await;
    let sender = stand.send(settings);
    let last = ids[3];
    stand.until_held(last, HeldReason::ConsentLag).await;
    assert_eq!(stand.outcomes(last).await, [PostOutcome::GivenBack.code()]);
    assert_eq!(stand.copies(last), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_horizon_beyond_the_life_of_a_claim_is_refused() {
    let stand = Stand::start().await;
    let mut settings = quick();
    settings.pace_horizon_ms = settings.post_within_ms + 1;
    let error = stand.refused(settings).await;
    assert!(error.contains("pace_horizon_ms"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_were_published_again_hide_no_lost_one() {
    let stand = Stand::start().await;
    for _ in 0..4 {
        stand.accept(Category::Utility, AWA, None).await;
    }
    stand
        .sql("update messages set published_at = now() + interval '1 hour'")
        .await;
    let lost = stand.accept(Category::Utility, AWA, None).await;
    let mut settings = quick();
    settings.reaper.lost_after_ms = 200;
    settings.reaper.batch = 2;
    let sender = stand.send(settings);
    stand.until(lost, MessageState::Submitted).await;
    sender.stop().await;
    assert_eq!(stand.meta.summary().accepted, 1);
}
