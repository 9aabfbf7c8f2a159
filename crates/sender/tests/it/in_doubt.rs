//! Messages in doubt, of which it is unknown whether Meta has them: wait for evidence, then choose the lesser harm.

use common::message::{MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Fault, Script};
use sender::SenderSettings;
use testkit::eventually;

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

fn with_short_windows() -> SenderSettings {
    let mut settings = quick();
    settings.in_doubt.authentication_ms = 300;
    settings.in_doubt.utility_ms = 300;
    settings.in_doubt.marketing_ms = 300;
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_in_doubt_is_sent_once_more_and_flagged() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(with_short_windows());
    fixture
        .meta
        .script(Script::always(Fault::CutAfterAcceptance).times(1));
    let id = fixture.order(Category::Utility, AWA).await;
    fixture.until(id, MessageState::Unknown).await;
    let stored = fixture.until(id, MessageState::Submitted).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (2, true));
    assert_eq!(
        fixture.events(id).await,
        ["message.possible_duplicate", "message.submitted"]
    );
    assert_eq!(
        fixture.outcomes(id).await,
        [PostOutcome::Doubt.code(), PostOutcome::Submitted.code()]
    );
    assert_eq!(fixture.copies(id), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_doubt_ends_unresolved() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(with_short_windows());
    fixture
        .meta
        .script(Script::always(Fault::CutAfterAcceptance));
    let id = fixture.order(Category::Authentication, AWA).await;
    let stored = fixture.until(id, MessageState::Unresolved).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (2, true));
    assert_eq!(fixture.copies(id), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_in_doubt_is_never_sent_again() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(with_short_windows());
    fixture
        .meta
        .script(Script::always(Fault::CutAfterAcceptance).times(1));
    let id = fixture.order(Category::Marketing, AWA).await;
    let stored = fixture.until(id, MessageState::Unresolved).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (1, false));
    assert_eq!(fixture.events(id).await, ["message.unresolved"]);
    assert_eq!((fixture.copies(id), fixture.due_rows().await), (1, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_in_time_resolves_the_doubt() {
    let fixture = Fixture::start().await;
    let mut settings = quick();
    settings.in_doubt.utility_ms = 1_500;
    let sender = fixture.send(settings);
    fixture
        .meta
        .script(Script::always(Fault::CutAfterAcceptance).times(1));
    let id = fixture.order(Category::Utility, AWA).await;
    fixture.until(id, MessageState::Unknown).await;
    report_sent(&fixture, id).await;
    fixture.until(id, MessageState::Sent).await;
    assert_eq!(fixture.due_rows().await, 0);
    // A later message passes all steps that could have posted the first one again.
    let later = fixture.order(Category::Utility, AWA).await;
    fixture.until(later, MessageState::Submitted).await;
    eventually("the doubt would have been resolved", TIMEOUT, async || {
        let age = "select clock_timestamp() - ended_at > interval '2 seconds' from attempts where message_id = $1";
        fixture.admin.query_one(age, &[&id.as_uuid()]).await.unwrap().get::<_, bool>(0).then_some(())
    })
    .await;
    assert_eq!(
        (fixture.stored(id).await.state, fixture.copies(id)),
        (MessageState::Sent, 1)
    );
    sender.stop().await;
}

/// The effect of the projector on a `sent` status with our opaque id.
async fn report_sent(fixture: &Fixture, id: common::ids::MessageId) {
    use worker_storage::project::{StatusUpdate, apply_statuses};
    let update = StatusUpdate {
        phone_number_id: meta_sim::sample::PHONE_NUMBER_ID.parse().unwrap(),
        message: Some((fixture.business_id, id)),
        status: MessageState::Sent,
        occurred_at: fixture.now(),
        error_code: None,
        slows_the_number: false,
        pricing_category: None,
        pricing_type: None,
        billable: false,
        detail: common::wire::StatusDetail {
            wamid: fixture.meta.ledger_of(&fixture.opaque_id(id, 1))[0]
                .wamid
                .clone(),
            recipient: common::wire::Identity::default(),
            in_group: false,
            errors: None,
        },
    };
    apply_statuses(&fixture.db.store, &[update], fixture.now())
        .await
        .unwrap();
}
