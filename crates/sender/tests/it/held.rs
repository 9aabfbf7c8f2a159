//! What changes between a job and its claim wins: an opt-out, a pause, a cancel, an expiry.

use chrono::TimeDelta;
use common::message::{HeldReason, Lane, MessageState};
use common::template::Category;

use crate::stand::{AWA, Stand, quick};

#[tokio::test(flavor = "multi_thread")]
async fn an_opt_out_before_the_claim_suppresses_an_offer_and_not_a_ticket() {
    let stand = Stand::start().await;
    let offer = stand.order(Category::Marketing, AWA).await;
    let ticket = stand.order(Category::Utility, AWA).await;
    stand.opt_out(AWA).await;
    let sender = stand.send(quick());
    stand.until(offer, MessageState::Suppressed).await;
    stand.until(ticket, MessageState::Submitted).await;
    assert_eq!(stand.events(offer).await, ["message.suppressed"]);
    assert_eq!((stand.copies(offer), stand.due_rows().await), (0, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_waits_until_every_opt_out_is_applied() {
    let stand = Stand::start().await;
    stand
        .sql("update watermarks set up_to_time = up_to_time - interval '1 hour'")
        .await;
    let sender = stand.send(quick());
    let offer = stand.order(Category::Marketing, AWA).await;
    let ticket = stand.order(Category::Utility, AWA).await;
    stand.until_held(offer, HeldReason::ConsentLag).await;
    stand.until(ticket, MessageState::Submitted).await;
    assert_eq!(stand.copies(offer), 0);
    stand.apply_opt_outs().await;
    stand.until(offer, MessageState::Submitted).await;
    assert_eq!(
        stand.events(offer).await,
        ["message.held", "message.submitted"]
    );
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expired_never_leaves() {
    let stand = Stand::start().await;
    let at = stand.now() - TimeDelta::seconds(1);
    let id = stand.accept(Category::Utility, AWA, Some(at)).await;
    stand.publish(Lane::Transactional, &[id]).await;
    let sender = stand.send(quick());
    stand.until(id, MessageState::Expired).await;
    assert_eq!((stand.copies(id), stand.due_rows().await), (0, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_message_expires_when_its_time_is_over() {
    let stand = Stand::start().await;
    stand.sql("update phone_numbers set connection = 2").await;
    let sender = stand.send(quick());
    let at = stand.now() + TimeDelta::milliseconds(1_500);
    let id = stand.accept(Category::Utility, AWA, Some(at)).await;
    stand.publish(Lane::Transactional, &[id]).await;
    stand.until_held(id, HeldReason::NumberStopped).await;
    stand.until(id, MessageState::Expired).await;
    assert_eq!(stand.events(id).await, ["message.held", "message.expired"]);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_gone_ends_its_message() {
    let stand = Stand::start().await;
    let id = stand.order(Category::Authentication, AWA).await;
    stand.sql("delete from otp_secrets").await;
    let sender = stand.send(quick());
    stand.until(id, MessageState::Expired).await;
    let sql = "select data ->> 'reason' from events where type = 'message.expired'";
    let reason: String = stand.admin.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!((reason.as_str(), stand.copies(id)), ("code_lost", 0));
    sender.stop().await;
}
