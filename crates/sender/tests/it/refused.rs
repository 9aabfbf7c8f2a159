//! What Meta refuses, and what that makes of the message, its number and its template.

use common::message::{HeldReason, MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Fault, Script, sample};

use crate::stand::{AWA, Stand, quick};

fn refused(code: i64) -> Script {
    Script::always(Fault::Error {
        code,
        http_status: None,
        details: None,
    })
    .times(1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_message_is_tried_again_and_arrives_once() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    for script in [
        refused(131_056),
        Script::always(Fault::TooManyRequests { code: None }).times(1),
    ] {
        stand.meta.clear_scripts();
        stand.meta.script(script);
        let id = stand.order(Category::Utility, AWA).await;
        stand.until(id, MessageState::RetryWait).await;
        let stored = stand.until(id, MessageState::Submitted).await;
        assert_eq!((stored.attempt, stored.possible_duplicate), (2, false));
        let outcomes = [
            PostOutcome::NotAccepted.code(),
            PostOutcome::Submitted.code(),
        ];
        assert_eq!(stand.outcomes(id).await, outcomes);
        assert_eq!(stand.copies(id), 1);
    }
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_refuses_for_good_is_not_tried_again() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    stand.meta.script(refused(131_026));
    let id = stand.order(Category::Utility, AWA).await;
    let stored = stand.until(id, MessageState::Rejected).await;
    assert_eq!(stored.error_code, Some(131_026));
    assert_eq!(stand.events(id).await, ["message.rejected"]);
    assert_eq!((stand.copies(id), stand.due_rows().await), (0, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_stops_the_number_until_another_is_stored() {
    let stand = Stand::start().await;
    stand.keep_token(sample::EXPIRED_TOKEN).await;
    let sender = stand.send(quick());
    let first = stand.order(Category::Utility, AWA).await;
    stand.until_held(first, HeldReason::NumberStopped).await;
    // The number is stopped now: the second message is held by its claim, without a POST.
    let second = stand.order(Category::Utility, AWA).await;
    let held = stand.until_held(second, HeldReason::NumberStopped).await;
    assert_eq!(held.attempt, 0);
    let sql = "select connection, stopped_reason from phone_numbers";
    let row = stand.admin.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, i16>(0), 2);
    assert!(row.get::<_, String>(1).contains("190"));
    let told = "select count(*) from events where type = 'number.stopped'";
    assert_eq!(
        stand
            .admin
            .query_one(told, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        1
    );
    stand.keep_token(sample::TOKEN).await;
    for id in [first, second] {
        stand.until(id, MessageState::Submitted).await;
        assert_eq!(stand.copies(id), 1);
    }
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_refusal_of_an_old_token_does_not_stop_the_number() {
    let stand = Stand::start().await;
    stand.keep_token(sample::EXPIRED_TOKEN).await;
    let sender = stand.send(quick());
    // The answer waits in front of the database while the new token is stored.
    let gate = stand.db.admin().await;
    gate.batch_execute("begin; lock table attempts in access exclusive mode")
        .await
        .unwrap();
    let id = stand.order(Category::Utility, AWA).await;
    stand.until(id, MessageState::Sending).await;
    stand.keep_token(sample::TOKEN).await;
    gate.batch_execute("commit").await.unwrap();
    stand.until(id, MessageState::Submitted).await;
    sender.stop().await;
    let told = "select count(*) from events where type = 'number.stopped'";
    assert_eq!(
        stand
            .admin
            .query_one(told, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        0
    );
    assert_eq!(stand.copies(id), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_meta_paused_holds_its_messages_until_it_is_approved() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    stand.meta.script(refused(132_015));
    let id = stand.order(Category::Marketing, AWA).await;
    stand.until_held(id, HeldReason::TemplateNotApproved).await;
    let status = "select status from templates where category = 'MARKETING'";
    assert_eq!(
        stand
            .admin
            .query_one(status, &[])
            .await
            .unwrap()
            .get::<_, String>(0),
        "PAUSED"
    );
    stand.sql("update templates set status = 'APPROVED'").await;
    stand.until(id, MessageState::Submitted).await;
    assert_eq!(stand.copies(id), 1);
    sender.stop().await;
}
