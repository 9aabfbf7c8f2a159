//! Senders that stop or die with messages in their hands.

use common::message::{Lane, MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Fault, Script};
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_ends_without_a_result_leaves_a_doubt() {
    let stand = Stand::start().await;
    let mut settings = quick();
    settings.doubt.utility_ms = 300;
    let dying = stand.send(settings.clone());
    stand.meta.script(
        Script::always(Fault::Hold {
            millis: 60_000,
            accepted: true,
        })
        .times(1),
    );
    let id = stand.order(Category::Utility, AWA).await;
    eventually("Meta has the message", PATIENCE, async || {
        (stand.copies(id) == 1).then_some(())
    })
    .await;
    dying.kill();
    stand
        .sql("update due_messages set due_at = now() where kind = 1")
        .await;
    let sender = stand.send(settings);
    let stored = stand.until(id, MessageState::Submitted).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (2, true));
    assert_eq!(
        stand.outcomes(id).await,
        [PostOutcome::Doubt.code(), PostOutcome::Submitted.code()]
    );
    assert_eq!(stand.copies(id), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_sender_waits_for_its_posts_and_records_them() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    stand.meta.script(
        Script::always(Fault::Hold {
            millis: 1_000,
            accepted: true,
        })
        .times(1),
    );
    let id = stand.order(Category::Utility, AWA).await;
    eventually("Meta has the message", PATIENCE, async || {
        (stand.copies(id) == 1).then_some(())
    })
    .await;
    sender.stop().await;
    let stored = stand.stored(id).await;
    assert_eq!((stored.state, stored.attempt), (MessageState::Submitted, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopping_sender_holds_is_given_back_and_sent_by_another() {
    let stand = Stand::start().await;
    let mut ids = Vec::new();
    for number in 0..200 {
        ids.push(
            stand
                .accept(Category::Utility, &format!("+2267033{number:04}"), None)
                .await,
        );
    }
    stand.publish(Lane::Transactional, &ids).await;
    let mut settings = quick();
    // Slots far ahead, so that claimed messages wait for theirs when the sender stops.
    settings.pace_horizon_ms = 2_000;
    settings.posts_in_flight.transactional = 64;
    let stopping = stand.send(settings);
    eventually("some are sent", PATIENCE, async || {
        (stand.meta.summary().accepted > 5).then_some(())
    })
    .await;
    stopping.stop().await;
    let sending = "select count(*) from messages where state = 2";
    assert_eq!(
        stand
            .admin
            .query_one(sending, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        0
    );
    let given_back = "select count(*) from attempts where outcome = $1";
    let count = stand
        .admin
        .query_one(given_back, &[&PostOutcome::GivenBack.code()])
        .await
        .unwrap();
    assert!(
        count.get::<_, i64>(0) > 0,
        "the test has to stop a sender that holds claims"
    );
    let sender = stand.send(quick());
    for id in &ids {
        stand.until(*id, MessageState::Submitted).await;
        assert_eq!(stand.copies(*id), 1);
    }
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_does_not_fit_into_its_lease_does_not_begin() {
    let stand = Stand::start().await;
    let mut settings = quick();
    settings.lease_ms = settings.post_timeout_ms + settings.lease_margin_ms - 1;
    let sender = stand.send(settings);
    let id = stand.order(Category::Utility, AWA).await;
    // At once the first time, then after a while: a hot loop would write a row of evidence for each turn.
    eventually("it is given back twice", PATIENCE, async || {
        (stand.outcomes(id).await.len() == 2).then_some(())
    })
    .await;
    let wait = "select due_at > now() + interval '2 seconds' from due_messages where kind = 2";
    let row = stand.admin.query_one(wait, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    sender.stop().await;
    assert_eq!(stand.copies(id), 0);
    let outcomes = stand.outcomes(id).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == PostOutcome::GivenBack.code())
    );
    assert_eq!(stand.stored(id).await.state, MessageState::Accepted);
}
