//! Senders that stop or die with messages in flight.

use common::message::{Lane, MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Fault, Script};
use testkit::eventually;

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_ends_without_a_result_leaves_a_doubt() {
    let fixture = Fixture::start().await;
    let mut settings = quick();
    settings.in_doubt.utility_ms = 300;
    let dying = fixture.send(settings.clone());
    fixture.meta.script(
        Script::always(Fault::Hold {
            millis: 60_000,
            accepted: true,
        })
        .times(1),
    );
    let id = fixture.order(Category::Utility, AWA).await;
    eventually("Meta has the message", TIMEOUT, async || {
        (fixture.copies(id) == 1).then_some(())
    })
    .await;
    dying.kill();
    fixture
        .sql("update due_messages set due_at = now() where kind = 1")
        .await;
    let sender = fixture.send(settings);
    let stored = fixture.until(id, MessageState::Submitted).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (2, true));
    assert_eq!(
        fixture.outcomes(id).await,
        [PostOutcome::Doubt.code(), PostOutcome::Submitted.code()]
    );
    assert_eq!(fixture.copies(id), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_sender_waits_for_its_posts_and_records_them() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    fixture.meta.script(
        Script::always(Fault::Hold {
            millis: 1_000,
            accepted: true,
        })
        .times(1),
    );
    let id = fixture.order(Category::Utility, AWA).await;
    eventually("Meta has the message", TIMEOUT, async || {
        (fixture.copies(id) == 1).then_some(())
    })
    .await;
    sender.stop().await;
    let stored = fixture.stored(id).await;
    assert_eq!((stored.state, stored.attempt), (MessageState::Submitted, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_of_a_stopping_sender_are_released_and_sent_by_another() {
    let fixture = Fixture::start().await;
    let mut ids = Vec::new();
    for number in 0..200 {
        ids.push(
            fixture
                .accept(Category::Utility, &format!("+2267033{number:04}"), None)
                .await,
        );
    }
    fixture.publish(Lane::Transactional, &ids).await;
    let mut settings = quick();
    // Slots in the far future, so that claimed messages wait for theirs when the sender stops.
    settings.send_horizon_ms = 2_000;
    settings.posts_in_flight.transactional = 64;
    let stopping = fixture.send(settings);
    eventually("some are sent", TIMEOUT, async || {
        (fixture.meta.summary().accepted > 5).then_some(())
    })
    .await;
    stopping.stop().await;
    let sending = "select count(*) from messages where state = 2";
    assert_eq!(
        fixture
            .admin
            .query_one(sending, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        0
    );
    let given_back = "select count(*) from attempts where outcome = $1";
    let count = fixture
        .admin
        .query_one(given_back, &[&PostOutcome::GivenBack.code()])
        .await
        .unwrap();
    assert!(
        count.get::<_, i64>(0) > 0,
        "the test has to stop a sender that holds claims"
    );
    let sender = fixture.send(quick());
    for id in &ids {
        fixture.until(*id, MessageState::Submitted).await;
        assert_eq!(fixture.copies(*id), 1);
    }
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_does_not_fit_into_its_lease_does_not_begin() {
    let fixture = Fixture::start().await;
    let mut settings = quick();
    settings.lease_ms = settings.post_timeout_ms + settings.lease_margin_ms - 1;
    let sender = fixture.send(settings);
    let id = fixture.order(Category::Utility, AWA).await;
    // Immediately the first time, then after a delay: a hot loop would write an attempt row each time.
    eventually("it is given back twice", TIMEOUT, async || {
        (fixture.outcomes(id).await.len() == 2).then_some(())
    })
    .await;
    let wait = "select due_at > now() + interval '2 seconds' from due_messages where kind = 2";
    let row = fixture.admin.query_one(wait, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    sender.stop().await;
    assert_eq!(fixture.copies(id), 0);
    let outcomes = fixture.outcomes(id).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == PostOutcome::GivenBack.code())
    );
    assert_eq!(fixture.stored(id).await.state, MessageState::Accepted);
}
