//! Messages with files: one upload for each number, before any of them is claimed to be sent, whatever dies.

use std::collections::BTreeSet;
use std::time::Duration;

use common::ids::{MediaId, MessageId};
use common::message::{HeldReason, Lane, MessageState};
use meta_sim::{Endpoint, Fault, Match, Script, sample};
use serde_json::Value;
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

/// What happens to uploads.
fn uploads_meet(fault: Fault) -> Script {
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

/// An upload that gets no answer for longer than a test lasts.
const SILENCE: Fault = Fault::Hold {
    millis: 600_000,
    accepted: false,
};

async fn order(stand: &Stand, media_id: MediaId) -> MessageId {
    let id = stand.accept_with(media_id, AWA).await;
    stand.publish(Lane::Transactional, &[id]).await;
    id
}

/// The ids by which the posted messages name their file.
fn posted_media(stand: &Stand) -> Vec<String> {
    let id_of = |body: &Value| {
        body["template"]["components"][0]["parameters"][0]["document"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let bodies = stand.meta.ledger().into_iter().map(|entry| entry.body);
    bodies
        .map(|body| id_of(&serde_json::from_str(body.unwrap().get()).unwrap()))
        .collect()
}

/// Waits until an upload has begun.
async fn until_begun(stand: &Stand) {
    eventually("an upload met the fault", PATIENCE, async || {
        let reports = stand.meta.scripts();
        reports.iter().any(|report| report.hits > 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_upload_a_file_once_for_all_its_messages() {
    let stand = Stand::without_throttles().await;
    let (file, other) = (
        stand.keep_pdf(1_200_000).await,
        stand.keep_pdf(40_000).await,
    );
    let mut ids = Vec::new();
    for number in 0..60 {
        let recipient = format!("+226701122{number:02}");
        ids.push(stand.accept_with(file, &recipient).await);
    }
    ids.push(stand.accept_with(other, AWA).await);
    let senders = [stand.send(quick()), stand.send(quick())];
    for chunk in ids.chunks(5) {
        stand.publish(Lane::Transactional, chunk).await;
    }
    for id in &ids {
        let sent = stand.until(*id, MessageState::Submitted).await;
        assert_eq!((stand.copies(*id), sent.attempt), (1, 1));
        assert_eq!(stand.events(*id).await, ["message.submitted"]);
    }
    for sender in senders {
        sender.stop().await;
    }
    let uploaded = stand.meta.media();
    let sizes: BTreeSet<_> = uploaded.iter().map(|media| media.file_size).collect();
    assert_eq!(sizes, BTreeSet::from([40_000, 1_200_000]));
    assert_eq!(uploaded.len(), 2);
    let large = uploaded
        .iter()
        .find(|media| media.file_size > 40_000)
        .unwrap();
    let named = posted_media(&stand);
    assert_eq!(named.iter().filter(|id| **id == large.id).count(), 60);
    assert_eq!(stand.due_rows().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_uploaded_anew_when_meta_has_forgotten_it() {
    let stand = Stand::start().await;
    let file = stand.keep_pdf(40_000).await;
    let sender = stand.send(quick());
    let first = order(&stand, file).await;
    stand.until(first, MessageState::Submitted).await;
    stand
        .sql("update media_uploads set expires_at = now() - interval '1 second'")
        .await;
    stand.meta.age_media(Duration::from_secs(30 * 24 * 60 * 60));
    let second = order(&stand, file).await;
    stand.until(second, MessageState::Submitted).await;
    assert_eq!(stand.meta.media().len(), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_fails_is_tried_again_and_costs_the_message_nothing() {
    let stand = Stand::start().await;
    stand
        .meta
        .script(uploads_meet(refused_with(131_000)).times(1));
    stand
        .meta
        .script(uploads_meet(Fault::CutBeforeAcceptance).times(1));
    let file = stand.keep_pdf(40_000).await;
    let sender = stand.send(quick());
    let id = order(&stand, file).await;
    let sent = stand.until(id, MessageState::Submitted).await;
    assert_eq!((sent.attempt, sent.possible_duplicate), (1, false));
    assert_eq!((stand.copies(id), stand.meta.media().len()), (1, 1));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_meta_refuses_rejects_its_messages_with_metas_code() {
    let stand = Stand::start().await;
    stand.meta.script(uploads_meet(refused_with(131_053)));
    let file = stand.keep_pdf(40_000).await;
    let sender = stand.send(quick());
    let id = order(&stand, file).await;
    let rejected = stand.until(id, MessageState::Rejected).await;
    assert_eq!((rejected.error_code, rejected.attempt), (Some(131_053), 0));
    assert_eq!(stand.events(id).await, ["message.rejected"]);
    assert_eq!((stand.copies(id), stand.due_rows().await), (0, 0));
    // What follows is not tried at Meta again for a while.
    let another = order(&stand, file).await;
    stand.until(another, MessageState::Rejected).await;
    assert_eq!(stand.meta.scripts()[0].hits, 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_here_no_longer_rejects_its_message() {
    let stand = Stand::start().await;
    let file = MediaId::new(stand.now());
    let sender = stand.send(quick());
    let id = order(&stand, file).await;
    let rejected = stand.until(id, MessageState::Rejected).await;
    assert_eq!((rejected.error_code, stand.copies(id)), (None, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_is_killed_while_it_uploads_leaves_the_upload_to_the_next() {
    let stand = Stand::start().await;
    stand.meta.script(uploads_meet(SILENCE).times(1));
    let file = stand.keep_pdf(40_000).await;
    let killed = stand.send(quick());
    let id = order(&stand, file).await;
    until_begun(&stand).await;
    killed.kill();
    stand.until_held(id, HeldReason::MediaNotUploaded).await;
    // Its lease ends.
    stand
        .sql("update due_media_uploads set due_at = now()")
        .await;
    let sender = stand.send(quick());
    let sent = stand.until(id, MessageState::Submitted).await;
    assert_eq!((sent.attempt, sent.possible_duplicate), (1, false));
    assert_eq!(stand.copies(id), 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_is_stopped_gives_its_upload_to_the_next_at_once() {
    let stand = Stand::start().await;
    stand.meta.script(uploads_meet(SILENCE).times(1));
    let file = stand.keep_pdf(40_000).await;
    let stopped = stand.send(quick());
    let id = order(&stand, file).await;
    until_begun(&stand).await;
    stopped.stop().await;
    let sender = stand.send(quick());
    stand.until(id, MessageState::Submitted).await;
    assert_eq!(stand.copies(id), 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_upload_nobody_remembers_is_found_again() {
    let stand = Stand::start().await;
    let script = uploads_meet(refused_with(131_000));
    stand.meta.script(script);
    let file = stand.keep_pdf(40_000).await;
    let sender = stand.send(quick());
    let id = order(&stand, file).await;
    stand.until_held(id, HeldReason::MediaNotUploaded).await;
    until_begun(&stand).await;
    stand.meta.clear_scripts();
    stand.sql("delete from due_media_uploads").await;
    stand.until(id, MessageState::Submitted).await;
    assert_eq!(stand.copies(id), 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_meta_refuses_for_an_upload_stops_the_number() {
    let stand = Stand::start().await;
    stand.keep_token(sample::EXPIRED_TOKEN).await;
    let file = stand.keep_pdf(40_000).await;
    let sender = stand.send(quick());
    let id = order(&stand, file).await;
    eventually("the number is stopped", PATIENCE, async || {
        let sql = "select connection from phone_numbers";
        let row = stand.admin.query_one(sql, &[]).await.unwrap();
        (row.get::<_, i16>(0) == 2).then_some(())
    })
    .await;
    stand.keep_token(sample::TOKEN).await;
    eventually("the upload waits", PATIENCE, async || {
        let sql = "update due_media_uploads set due_at = now()";
        let waiting = stand.admin.execute(sql, &[]).await.unwrap();
        let state = stand.stored(id).await.state;
        (waiting == 0 && state == MessageState::Submitted).then_some(())
    })
    .await;
    assert_eq!(stand.copies(id), 1);
    sender.stop().await;
}
