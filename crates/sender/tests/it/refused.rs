//! Meta's refusals and their effect on the message, its number and its template.

use common::message::{HeldReason, MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Fault, Script, sample};

use crate::fixture::{AWA, Fixture, quick};

fn refused(code: i64) -> Script {
    Script::always(Fault::Error {
        code,
        http_status: None,
        details: None,
    })
    .times(1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_message_is_retried_and_arrives_once() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    for script in [
        refused(131_056),
        Script::always(Fault::TooManyRequests { code: None }).times(1),
    ] {
        fixture.meta.clear_scripts();
        fixture.meta.script(script);
        let id = fixture.order(Category::Utility, AWA).await;
        fixture.until(id, MessageState::RetryWait).await;
        let stored = fixture.until(id, MessageState::Submitted).await;
        assert_eq!((stored.attempt, stored.possible_duplicate), (2, false));
        let outcomes = [
            PostOutcome::NotAccepted.code(),
            PostOutcome::Submitted.code(),
        ];
        assert_eq!(fixture.outcomes(id).await, outcomes);
        assert_eq!(fixture.copies(id), 1);
    }
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_refusal_is_not_retried() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    fixture.meta.script(refused(131_026));
    let id = fixture.order(Category::Utility, AWA).await;
    let stored = fixture.until(id, MessageState::Rejected).await;
    assert_eq!(stored.error_code, Some(131_026));
    assert_eq!(fixture.events(id).await, ["message.rejected"]);
    assert_eq!((fixture.copies(id), fixture.due_rows().await), (0, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_stops_the_number_until_another_is_stored() {
    let fixture = Fixture::start().await;
    fixture.keep_token(sample::EXPIRED_TOKEN).await;
    let sender = fixture.send(quick());
    let first = fixture.order(Category::Utility, AWA).await;
    fixture.until_held(first, HeldReason::NumberStopped).await;
    // The number is stopped now: the second message is held at its claim, without a POST.
    let second = fixture.order(Category::Utility, AWA).await;
    let held = fixture.until_held(second, HeldReason::NumberStopped).await;
    assert_eq!(held.attempt, 0);
    let sql = "select connection, stopped_reason from phone_numbers";
    let row = fixture.admin.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, i16>(0), 2);
    assert!(row.get::<_, String>(1).contains("190"));
    let sql = "select count(*) from events where type = 'number.stopped'";
    assert_eq!(
        fixture
            .admin
            .query_one(sql, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        1
    );
    fixture.keep_token(sample::TOKEN).await;
    for id in [first, second] {
        fixture.until(id, MessageState::Submitted).await;
        assert_eq!(fixture.copies(id), 1);
    }
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_refusal_of_an_old_token_does_not_stop_the_number() {
    let fixture = Fixture::start().await;
    fixture.keep_token(sample::EXPIRED_TOKEN).await;
    let sender = fixture.send(quick());
    // The answer waits for the database while the new token is stored.
    let gate = fixture.db.admin().await;
    gate.batch_execute("begin; lock table attempts in access exclusive mode")
        .await
        .unwrap();
    let id = fixture.order(Category::Utility, AWA).await;
    fixture.until(id, MessageState::Sending).await;
    fixture.keep_token(sample::TOKEN).await;
    gate.batch_execute("commit").await.unwrap();
    fixture.until(id, MessageState::Submitted).await;
    sender.stop().await;
    let sql = "select count(*) from events where type = 'number.stopped'";
    assert_eq!(
        fixture
            .admin
            .query_one(sql, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        0
    );
    assert_eq!(fixture.copies(id), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_meta_paused_holds_its_messages_until_it_is_approved() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    fixture.meta.script(refused(132_015));
    let id = fixture.order(Category::Marketing, AWA).await;
    fixture
        .until_held(id, HeldReason::TemplateNotApproved)
        .await;
    let status = "select status from templates where category = 'MARKETING'";
    assert_eq!(
        fixture
            .admin
            .query_one(status, &[])
            .await
            .unwrap()
            .get::<_, String>(0),
        "PAUSED"
    );
    fixture
        .sql("update templates set status = 'APPROVED'")
        .await;
    fixture.until(id, MessageState::Submitted).await;
    assert_eq!(fixture.copies(id), 1);
    sender.stop().await;
}
