//! Messages that are no templates: they leave while the client's window is open, and never afterwards.

use chrono::TimeDelta;
use common::content::FreeForm;
use common::ids::MessageId;
use common::message::{HeldReason, Lane, MessageState, WINDOW};
use common::recipient::Recipient;
use common::template::Category;
use meta_sim::{Endpoint, Fault, Match, Script, sample};
use serde_json::{Value, json};
use storage::batch::accept::NewMessage;
use storage::messages::MessageContent;

use crate::stand::{AWA, Stand, quick};

/// Accepts a text for Awa, quoting her message if there is one, and publishes it.
async fn answer(stand: &Stand, quoted: Option<String>) -> MessageId {
    let id = accept(stand, quoted).await;
    stand.publish(Lane::Transactional, &[id]).await;
    id
}

async fn accept(stand: &Stand, quoted: Option<String>) -> MessageId {
    accept_content(stand, json!({"text": {"body": "Oui"}}), quoted).await
}

async fn accept_content(stand: &Stand, content: Value, quoted: Option<String>) -> MessageId {
    accept_for(stand, AWA, content, quoted).await
}

async fn accept_for(
    stand: &Stand,
    client: &str,
    content: Value,
    quoted: Option<String>,
) -> MessageId {
    let content: FreeForm = serde_json::from_value(content).unwrap();
    let media_id = content.media().map(|(_, id)| id);
    let content = MessageContent {
        reply_to_wamid: quoted,
        ..content.into()
    };
    let id = MessageId::new(stand.now());
    let message = NewMessage {
        id,
        phone_number_id: sample::PHONE_NUMBER_ID.parse().unwrap(),
        template_id: None,
        category: Category::Service,
        recipient: Recipient::from_stored(client).unwrap(),
        content,
        media_id,
        reference: None,
        expires_at: None,
        accepted_at: stand.now(),
    };
    stand.store(message).await;
    id
}

/// The reason with which a message expired before its time, and the data of its last event.
async fn ending(stand: &Stand, id: MessageId) -> (Option<i16>, Value) {
    let sql = "select m.expired_reason, e.data from messages m join events e on e.message_id = m.id
        where m.id = $1 order by e.number desc limit 1";
    let row = stand.admin.query_one(sql, &[&id.as_uuid()]).await.unwrap();
    (row.get(0), row.get(1))
}

async fn close_window(stand: &Stand) {
    stand
        .sql("update service_windows set last_inbound_at = now() - interval '24 hours'")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_who_wrote_gets_a_text_that_quotes_the_question() {
    let stand = Stand::start().await;
    let asked = stand.client_wrote(AWA, TimeDelta::zero()).await;
    // An opt-out covers advertisements, and no answer to somebody who writes.
    stand.opt_out(AWA).await;
    let sender = stand.send(quick());
    let id = answer(&stand, Some(asked.clone())).await;
    stand.until(id, MessageState::Submitted).await;
    assert_eq!(stand.copies(id), 1);
    let [entry] = &stand.meta.ledger_of(&stand.opaque_id(id, 1))[..] else {
        panic!("not once in the ledger")
    };
    assert_eq!(
        (entry.kind.as_str(), entry.category.as_str()),
        ("text", "service")
    );
    let body: Value = serde_json::from_str(entry.body.as_ref().unwrap().get()).unwrap();
    assert_eq!(body["text"], json!({"body": "Oui", "preview_url": false}));
    assert_eq!(body["context"], json!({"message_id": asked}));
    sender.stop().await;
}

/// A client whose number WhatsApp hides is answered by user id, as `recipient`: in `to` Meta would take it for digits.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_a_number_is_answered_by_user_id() {
    const USER: &str = "BF.13491208655302741918";
    let stand = Stand::start().await;
    let asked = stand.client_wrote(USER, TimeDelta::zero()).await;
    let sender = stand.send(quick());
    let text = json!({"text": {"body": "Oui"}});
    let id = accept_for(&stand, USER, text, Some(asked.clone())).await;
    stand.publish(Lane::Transactional, &[id]).await;
    stand.until(id, MessageState::Submitted).await;
    let [entry] = &stand.meta.ledger_of(&stand.opaque_id(id, 1))[..] else {
        panic!("not once in the ledger")
    };
    let body: Value = serde_json::from_str(entry.body.as_ref().unwrap().get()).unwrap();
    assert_eq!((&body["recipient"], body.get("to")), (&json!(USER), None));
    assert_eq!(body["context"], json!({"message_id": asked}));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_window_closed_before_it_left_expires_and_says_why() {
    let stand = Stand::start().await;
    stand.client_wrote(AWA, TimeDelta::zero()).await;
    let id = accept(&stand, None).await;
    close_window(&stand).await;
    let sender = stand.send(quick());
    stand.publish(Lane::Transactional, &[id]).await;
    let stored = stand.until(id, MessageState::Expired).await;
    assert_eq!(stored.attempt, 0);
    assert_eq!(stand.events(id).await, ["message.expired"]);
    assert_eq!(
        ending(&stand, id).await,
        (Some(3), json!({"reason": "window_closed"}))
    );
    assert_eq!((stand.copies(id), stand.due_rows().await), (0, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_leaves_under_metas_id_with_its_words() {
    let stand = Stand::start().await;
    let asked = stand.client_wrote(AWA, TimeDelta::zero()).await;
    let file = stand.keep_pdf(40_000).await;
    let ticket =
        json!({"document": {"id": file, "caption": "Merci Awa !", "filename": "ticket.pdf"}});
    let sender = stand.send(quick());
    let id = accept_content(&stand, ticket, Some(asked.clone())).await;
    stand.publish(Lane::Transactional, &[id]).await;
    let sent = stand.until(id, MessageState::Submitted).await;
    assert_eq!((stand.copies(id), sent.attempt), (1, 1));
    let [uploaded] = &stand.meta.media()[..] else {
        panic!("not uploaded once")
    };
    let opaque_id = stand.opaque_id(id, 1);
    let [entry] = &stand.meta.ledger_of(&opaque_id)[..] else {
        panic!("not once in the ledger")
    };
    let body: Value = serde_json::from_str(entry.body.as_ref().unwrap().get()).unwrap();
    assert_eq!(
        body,
        json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": AWA, "type": "document",
            "document": {"id": uploaded.id, "caption": "Merci Awa !", "filename": "ticket.pdf"},
            "context": {"message_id": asked}, "biz_opaque_callback_data": opaque_id})
    );
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_window_closed_while_it_was_uploaded_is_not_sent() {
    let stand = Stand::start().await;
    stand.client_wrote(AWA, TimeDelta::zero()).await;
    let failure = Fault::Error {
        code: 131_000,
        http_status: None,
        details: None,
    };
    let uploads = Match {
        endpoint: Endpoint::Media,
        ..Match::default()
    };
    stand.meta.script(Script::always(failure).matching(uploads));
    let file = stand.keep_pdf(40_000).await;
    let sender = stand.send(quick());
    let id = accept_content(&stand, json!({"document": {"id": file}}), None).await;
    stand.publish(Lane::Transactional, &[id]).await;
    stand.until_held(id, HeldReason::MediaNotUploaded).await;
    close_window(&stand).await;
    stand.meta.clear_scripts();
    stand.until(id, MessageState::Expired).await;
    assert_eq!(
        ending(&stand, id).await,
        (Some(3), json!({"reason": "window_closed"}))
    );
    assert_eq!((stand.copies(id), stand.meta.media().len()), (0, 1));
    assert_eq!(stand.due_rows().await, 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_who_never_wrote_to_the_number_gets_no_text() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    let id = answer(&stand, None).await;
    stand.until(id, MessageState::Expired).await;
    assert_eq!(stand.copies(id), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_answer_ends_with_the_window_and_not_later() {
    let stand = Stand::start().await;
    stand.sql("update phone_numbers set connection = 2").await;
    stand.client_wrote(AWA, TimeDelta::zero()).await;
    let sender = stand.send(quick());
    let id = answer(&stand, None).await;
    stand.until_held(id, HeldReason::NumberStopped).await;
    close_window(&stand).await;
    stand
        .sql("update messages set expires_at = now(); update due_messages set due_at = now()")
        .await;
    stand.until(id, MessageState::Expired).await;
    assert_eq!(
        ending(&stand, id).await,
        (Some(3), json!({"reason": "window_closed"}))
    );
    assert_eq!(stand.due_rows().await, 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_doubt_is_sent_once_more_while_the_window_is_open() {
    let stand = Stand::start().await;
    stand.client_wrote(AWA, TimeDelta::zero()).await;
    let mut settings = quick();
    settings.doubt.service_ms = 300;
    let sender = stand.send(settings);
    stand.meta.script(Script::always(Fault::CutAfterAcceptance));
    let id = answer(&stand, None).await;
    let stored = stand.until(id, MessageState::Unresolved).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (2, true));
    assert_eq!(stand.copies(id), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_doubt_whose_window_closes_is_never_sent_again() {
    let stand = Stand::start().await;
    stand.client_wrote(AWA, TimeDelta::zero()).await;
    let mut settings = quick();
    settings.doubt.service_ms = 2_000;
    let sender = stand.send(settings);
    stand.meta.script(Script::always(Fault::CutAfterAcceptance));
    let id = answer(&stand, None).await;
    stand.until(id, MessageState::Unknown).await;
    close_window(&stand).await;
    let stored = stand.until(id, MessageState::Unresolved).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (1, false));
    assert_eq!(stand.copies(id), 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_copy_that_may_not_leave_any_more_is_unresolved_and_not_expired() {
    let stand = Stand::start().await;
    stand.client_wrote(AWA, WINDOW).await;
    let id = accept(&stand, None).await;
    stand
        .sql("update messages set possible_duplicate = true, attempt = 1")
        .await;
    let sender = stand.send(quick());
    stand.publish(Lane::Transactional, &[id]).await;
    stand.until(id, MessageState::Unresolved).await;
    assert_eq!(
        ending(&stand, id).await,
        (None, json!({"reason": "not_sent_again"}))
    );
    assert_eq!(stand.copies(id), 0);
    sender.stop().await;
}
