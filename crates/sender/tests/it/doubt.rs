//! When nobody knows whether Meta has a message: wait for evidence, then choose by harm.

use common::message::{MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Fault, Script};
use sender::SenderSettings;
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

fn with_short_windows() -> SenderSettings {
    let mut settings = quick();
    settings.doubt.authentication_ms = 300;
    settings.doubt.utility_ms = 300;
    settings.doubt.marketing_ms = 300;
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_in_doubt_is_sent_once_more_and_flagged() {
    let stand = Stand::start().await;
    let sender = stand.send(with_short_windows());
    stand
        .meta
        .script(Script::always(Fault::CutAfterAcceptance).times(1));
    let id = stand.order(Category::Utility, AWA).await;
    stand.until(id, MessageState::Unknown).await;
    let stored = stand.until(id, MessageState::Submitted).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (2, true));
    assert_eq!(
        stand.events(id).await,
        ["message.possible_duplicate", "message.submitted"]
    );
    assert_eq!(
        stand.outcomes(id).await,
        [PostOutcome::Doubt.code(), PostOutcome::Submitted.code()]
    );
    assert_eq!(stand.copies(id), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_doubt_ends_unresolved() {
    let stand = Stand::start().await;
    let sender = stand.send(with_short_windows());
    stand.meta.script(Script::always(Fault::CutAfterAcceptance));
    let id = stand.order(Category::Authentication, AWA).await;
    let stored = stand.until(id, MessageState::Unresolved).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (2, true));
    assert_eq!(stand.copies(id), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_in_doubt_is_never_sent_again() {
    let stand = Stand::start().await;
    let sender = stand.send(with_short_windows());
    stand
        .meta
        .script(Script::always(Fault::CutAfterAcceptance).times(1));
    let id = stand.order(Category::Marketing, AWA).await;
    let stored = stand.until(id, MessageState::Unresolved).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (1, false));
    assert_eq!(stand.events(id).await, ["message.unresolved"]);
    assert_eq!((stand.copies(id), stand.due_rows().await), (1, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_comes_in_time_decides_the_doubt() {
    let stand = Stand::start().await;
    let mut settings = quick();
    settings.doubt.utility_ms = 1_500;
    let sender = stand.send(settings);
    stand
        .meta
        .script(Script::always(Fault::CutAfterAcceptance).times(1));
    let id = stand.order(Category::Utility, AWA).await;
    stand.until(id, MessageState::Unknown).await;
    report_sent(&stand, id).await;
    stand.until(id, MessageState::Sent).await;
    assert_eq!(stand.due_rows().await, 0);
    // A later message goes through all that could have brought the first one back.
    let later = stand.order(Category::Utility, AWA).await;
    stand.until(later, MessageState::Submitted).await;
    eventually("the doubt would have been decided", PATIENCE, async || {
        let age = "select clock_timestamp() - ended_at > interval '2 seconds' from attempts where message_id = $1";
        stand.admin.query_one(age, &[&id.as_uuid()]).await.unwrap().get::<_, bool>(0).then_some(())
    })
    .await;
    assert_eq!(
        (stand.stored(id).await.state, stand.copies(id)),
        (MessageState::Sent, 1)
    );
    sender.stop().await;
}

/// What the projector makes of a `sent` that carries our opaque id.
async fn report_sent(stand: &Stand, id: common::ids::MessageId) {
    use storage::batch::project::{StatusUpdate, apply_statuses};
    let update = StatusUpdate {
        phone_number_id: meta_sim::sample::PHONE_NUMBER_ID.parse().unwrap(),
        message: Some((stand.business_id, id)),
        status: MessageState::Sent,
        occurred_at: stand.now(),
        error_code: None,
        slows_the_number: false,
        pricing_category: None,
        pricing_type: None,
        billable: false,
        detail: common::wire::StatusDetail {
            wamid: stand.meta.ledger_of(&stand.opaque_id(id, 1))[0]
                .wamid
                .clone(),
            recipient: common::wire::Identity::default(),
            in_group: false,
            errors: None,
        },
    };
    apply_statuses(&stand.db.store, &[update], stand.now())
        .await
        .unwrap();
}
