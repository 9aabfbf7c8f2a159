//! Messages with files: one upload per number, before any of them is claimed for sending, despite crashes.

use std::collections::BTreeSet;
use std::time::Duration;

use common::ids::{MediaId, MessageId};
use common::message::{HeldReason, Lane, MessageState};
use meta_sim::{Endpoint, Fault, Match, Script, sample};
use serde_json::Value;
use testkit::eventually;

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

/// Injects a fault into uploads.
fn fault_on_uploads(fault: Fault) -> Script {
    Script::always(fault).matching(Match {
        endpoint: Endpoint::Media,
        ..Match::default()
    })
}

const fn refused_with(code: i64) -> Fault {
    Fault::Error {
        code,
        http_status: None,
        details: None,
    }
}

/// An upload without an answer for longer than a test lasts.
const NO_ANSWER: Fault = Fault::Hold {
    millis: 600_000,
    accepted: false,
};

async fn order(fixture: &Fixture, media_id: MediaId) -> MessageId {
    let id = fixture.accept_with(media_id, AWA).await;
    fixture.publish(Lane::Transactional, &[id]).await;
    id
}

/// The media ids in the posted messages.
fn posted_media(fixture: &Fixture) -> Vec<String> {
    let id_of = |body: &Value| {
        body["template"]["components"][0]["parameters"][0]["document"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let bodies = fixture.meta.ledger().into_iter().map(|entry| entry.body);
    bodies
        .map(|body| id_of(&serde_json::from_str(body.unwrap().get()).unwrap()))
        .collect()
}

/// Waits until an upload has started.
async fn until_upload_started(fixture: &Fixture) {
    eventually(
        "the fault was injected into an upload",
        TIMEOUT,
        async || {
            let reports = fixture.meta.scripts();
            reports.iter().any(|report| report.hits > 0).then_some(())
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_upload_a_file_once_for_all_its_messages() {
    let fixture = Fixture::without_throttles().await;
    let (file, other) = (
        fixture.keep_pdf(1_200_000).await,
        fixture.keep_pdf(40_000).await,
    );
    let mut ids = Vec::new();
    for number in 0..60 {
        let recipient = format!("+226701122{number:02}");
        ids.push(fixture.accept_with(file, &recipient).await);
    }
    ids.push(fixture.accept_with(other, AWA).await);
    let senders = [fixture.send(quick()), fixture.send(quick())];
    for chunk in ids.chunks(5) {
        fixture.publish(Lane::Transactional, chunk).await;
    }
    for id in &ids {
        let sent = fixture.until(*id, MessageState::Submitted).await;
        assert_eq!((fixture.copies(*id), sent.attempt), (1, 1));
        assert_eq!(fixture.events(*id).await, ["message.submitted"]);
    }
    for sender in senders {
        sender.stop().await;
    }
    let uploaded = fixture.meta.media();
    let sizes: BTreeSet<_> = uploaded.iter().map(|media| media.file_size).collect();
    assert_eq!(sizes, BTreeSet::from([40_000, 1_200_000]));
    assert_eq!(uploaded.len(), 2);
    let large = uploaded
        .iter()
        .find(|media| media.file_size > 40_000)
        .unwrap();
    let named = posted_media(&fixture);
    assert_eq!(named.iter().filter(|id| **id == large.id).count(), 60);
    assert_eq!(fixture.due_rows().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_uploaded_again_after_it_expired_at_meta() {
    let fixture = Fixture::start().await;
    let file = fixture.keep_pdf(40_000).await;
    let sender = fixture.send(quick());
    let first = order(&fixture, file).await;
    fixture.until(first, MessageState::Submitted).await;
    fixture
        .sql("update media_uploads set expires_at = now() - interval '1 second'")
        .await;
    fixture
        .meta
        .age_media(Duration::from_secs(30 * 24 * 60 * 60));
    let second = order(&fixture, file).await;
    fixture.until(second, MessageState::Submitted).await;
    assert_eq!(fixture.meta.media().len(), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_upload_is_retried_without_an_attempt_of_the_message() {
    let fixture = Fixture::start().await;
    fixture
        .meta
        .script(fault_on_uploads(refused_with(131_000)).times(1));
    fixture
        .meta
        .script(fault_on_uploads(Fault::CutBeforeAcceptance).times(1));
    let file = fixture.keep_pdf(40_000).await;
    let sender = fixture.send(quick());
    let id = order(&fixture, file).await;
    let sent = fixture.until(id, MessageState::Submitted).await;
    assert_eq!((sent.attempt, sent.possible_duplicate), (1, false));
    assert_eq!((fixture.copies(id), fixture.meta.media().len()), (1, 1));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_meta_refuses_rejects_its_messages_with_metas_code() {
    let fixture = Fixture::start().await;
    fixture.meta.script(fault_on_uploads(refused_with(131_053)));
    let file = fixture.keep_pdf(40_000).await;
    let sender = fixture.send(quick());
    let id = order(&fixture, file).await;
    let rejected = fixture.until(id, MessageState::Rejected).await;
    assert_eq!((rejected.error_code, rejected.attempt), (Some(131_053), 0));
    assert_eq!(fixture.events(id).await, ["message.rejected"]);
    assert_eq!((fixture.copies(id), fixture.due_rows().await), (0, 0));
    // Later messages are not tried at Meta for some time.
    let another = order(&fixture, file).await;
    fixture.until(another, MessageState::Rejected).await;
    assert_eq!(fixture.meta.scripts()[0].hits, 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_file_rejects_its_message() {
    let fixture = Fixture::start().await;
    let file = MediaId::new(fixture.now());
    let sender = fixture.send(quick());
    let id = order(&fixture, file).await;
    let rejected = fixture.until(id, MessageState::Rejected).await;
    assert_eq!((rejected.error_code, fixture.copies(id)), (None, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_is_killed_while_it_uploads_leaves_the_upload_to_the_next() {
    let fixture = Fixture::start().await;
    fixture.meta.script(fault_on_uploads(NO_ANSWER).times(1));
    let file = fixture.keep_pdf(40_000).await;
    let killed = fixture.send(quick());
    let id = order(&fixture, file).await;
    until_upload_started(&fixture).await;
    killed.kill();
    fixture.until_held(id, HeldReason::MediaNotUploaded).await;
    // Its lease expires.
    fixture
        .sql("update due_media_uploads set due_at = now()")
        .await;
    let sender = fixture.send(quick());
    let sent = fixture.until(id, MessageState::Submitted).await;
    assert_eq!((sent.attempt, sent.possible_duplicate), (1, false));
    assert_eq!(fixture.copies(id), 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_is_stopped_gives_its_upload_to_the_next_at_once() {
    let fixture = Fixture::start().await;
    fixture.meta.script(fault_on_uploads(NO_ANSWER).times(1));
    let file = fixture.keep_pdf(40_000).await;
    let stopped = fixture.send(quick());
    let id = order(&fixture, file).await;
    until_upload_started(&fixture).await;
    stopped.stop().await;
    let sender = fixture.send(quick());
    fixture.until(id, MessageState::Submitted).await;
    assert_eq!(fixture.copies(id), 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_upload_was_lost_is_recovered() {
    let fixture = Fixture::start().await;
    let script = fault_on_uploads(refused_with(131_000));
    fixture.meta.script(script);
    let file = fixture.keep_pdf(40_000).await;
    let sender = fixture.send(quick());
    let id = order(&fixture, file).await;
    fixture.until_held(id, HeldReason::MediaNotUploaded).await;
    until_upload_started(&fixture).await;
    fixture.meta.clear_scripts();
    fixture.sql("delete from due_media_uploads").await;
    fixture.until(id, MessageState::Submitted).await;
    assert_eq!(fixture.copies(id), 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_meta_refuses_for_an_upload_stops_the_number() {
    let fixture = Fixture::start().await;
    fixture.keep_token(sample::EXPIRED_TOKEN).await;
    let file = fixture.keep_pdf(40_000).await;
    let sender = fixture.send(quick());
    let id = order(&fixture, file).await;
    eventually("the number is stopped", TIMEOUT, async || {
        let sql = "select connection from phone_numbers";
        let row = fixture.admin.query_one(sql, &[]).await.unwrap();
        (row.get::<_, i16>(0) == 2).then_some(())
    })
    .await;
    fixture.keep_token(sample::TOKEN).await;
    eventually("the upload waits", TIMEOUT, async || {
        let sql = "update due_media_uploads set due_at = now()";
        let waiting = fixture.admin.execute(sql, &[]).await.unwrap();
        let state = fixture.stored(id).await.state;
        (waiting == 0 && state == MessageState::Submitted).then_some(())
    })
    .await;
    assert_eq!(fixture.copies(id), 1);
    sender.stop().await;
}
