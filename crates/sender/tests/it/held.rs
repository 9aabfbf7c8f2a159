//! A change between a job and its claim takes effect: an opt-out, a pause, a cancel, an expiry.

use chrono::TimeDelta;
use common::message::{HeldReason, Lane, MessageState};
use common::template::Category;

use crate::fixture::{AWA, Fixture, quick};

#[tokio::test(flavor = "multi_thread")]
async fn an_opt_out_before_the_claim_suppresses_an_offer_and_not_a_ticket() {
    let fixture = Fixture::start().await;
    let offer = fixture.order(Category::Marketing, AWA).await;
    let ticket = fixture.order(Category::Utility, AWA).await;
    fixture.opt_out(AWA).await;
    let sender = fixture.send(quick());
    fixture.until(offer, MessageState::Suppressed).await;
    fixture.until(ticket, MessageState::Submitted).await;
    assert_eq!(fixture.events(offer).await, ["message.suppressed"]);
    assert_eq!((fixture.copies(offer), fixture.due_rows().await), (0, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_message_obeys_the_category_that_its_template_has_now() {
    let fixture = Fixture::start().await;
    let to_awa = fixture.order(Category::Utility, AWA).await;
    let to_another = fixture.order(Category::Utility, "+22670112244").await;
    let code = fixture.order(Category::Authentication, AWA).await;
    fixture.opt_out(AWA).await;
    fixture
        .sql("update templates set category = 'MARKETING' where category = 'UTILITY'")
        .await;
    let sender = fixture.send(quick());
    fixture.until(to_awa, MessageState::Suppressed).await;
    fixture.until(to_another, MessageState::Submitted).await;
    fixture.until(code, MessageState::Submitted).await;
    assert_eq!((fixture.copies(to_awa), fixture.copies(to_another)), (0, 1));
    for (id, category) in [
        (to_awa, Category::Marketing),
        (to_another, Category::Marketing),
        (code, Category::Authentication),
    ] {
        let sql = "select category from messages where id = $1";
        let row = fixture.admin.query_one(sql, &[&id.as_uuid()]).await;
        assert_eq!(row.unwrap().get::<_, i16>(0), category.code());
    }
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_code_whose_template_became_an_offer_is_not_sent_to_who_opted_out() {
    let fixture = Fixture::start().await;
    let code = fixture.order(Category::Authentication, AWA).await;
    let other = fixture
        .order(Category::Authentication, "+22670112244")
        .await;
    fixture.opt_out(AWA).await;
    fixture
        .sql("update templates set category = 'MARKETING' where category = 'AUTHENTICATION'")
        .await;
    let sender = fixture.send(quick());
    fixture.until(code, MessageState::Suppressed).await;
    fixture.until(other, MessageState::Submitted).await;
    assert_eq!(fixture.copies(code), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_waits_until_every_opt_out_is_applied() {
    let fixture = Fixture::start().await;
    fixture
        .sql("update watermarks set up_to_time = up_to_time - interval '1 hour'")
        .await;
    let sender = fixture.send(quick());
    let offer = fixture.order(Category::Marketing, AWA).await;
    let ticket = fixture.order(Category::Utility, AWA).await;
    fixture.until_held(offer, HeldReason::ConsentLag).await;
    fixture.until(ticket, MessageState::Submitted).await;
    assert_eq!(fixture.copies(offer), 0);
    fixture.apply_opt_outs().await;
    fixture.until(offer, MessageState::Submitted).await;
    assert_eq!(
        fixture.events(offer).await,
        ["message.held", "message.submitted"]
    );
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_message_is_never_sent() {
    let fixture = Fixture::start().await;
    let at = fixture.now() - TimeDelta::seconds(1);
    let id = fixture.accept(Category::Utility, AWA, Some(at)).await;
    fixture.publish(Lane::Transactional, &[id]).await;
    let sender = fixture.send(quick());
    fixture.until(id, MessageState::Expired).await;
    assert_eq!((fixture.copies(id), fixture.due_rows().await), (0, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_message_expires_in_time() {
    let fixture = Fixture::start().await;
    fixture.sql("update phone_numbers set connection = 2").await;
    let sender = fixture.send(quick());
    let at = fixture.now() + TimeDelta::milliseconds(1_500);
    let id = fixture.accept(Category::Utility, AWA, Some(at)).await;
    fixture.publish(Lane::Transactional, &[id]).await;
    fixture.until_held(id, HeldReason::NumberStopped).await;
    fixture.until(id, MessageState::Expired).await;
    assert_eq!(
        fixture.events(id).await,
        ["message.held", "message.expired"]
    );
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_code_ends_its_message() {
    let fixture = Fixture::start().await;
    let id = fixture.order(Category::Authentication, AWA).await;
    fixture.sql("delete from otp_secrets").await;
    let sender = fixture.send(quick());
    fixture.until(id, MessageState::Expired).await;
    let sql = "select data ->> 'reason' from events where type = 'message.expired'";
    let reason: String = fixture.admin.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!((reason.as_str(), fixture.copies(id)), ("code_lost", 0));
    sender.stop().await;
}
