//! Free-form messages: they are sent while the client's window is open, and never afterwards.

use chrono::TimeDelta;
use common::content::FreeForm;
use common::ids::MessageId;
use common::message::{HeldReason, Lane, MessageState, WINDOW};
use common::recipient::Recipient;
use common::template::Category;
use meta_sim::{Endpoint, Fault, Match, Script, sample};
use serde_json::{Value, json};
use storage::messages::MessageContent;
use worker_storage::accept::NewMessage;

use crate::fixture::{AWA, Fixture, quick};

/// Accepts a text for Awa, quoting her message if given, and publishes it.
async fn answer(fixture: &Fixture, quoted: Option<String>) -> MessageId {
    let id = accept(fixture, quoted).await;
    fixture.publish(Lane::Transactional, &[id]).await;
    id
}

async fn accept(fixture: &Fixture, quoted: Option<String>) -> MessageId {
    accept_content(fixture, json!({"text": {"body": "Oui"}}), quoted).await
}

async fn accept_content(fixture: &Fixture, content: Value, quoted: Option<String>) -> MessageId {
    accept_for(fixture, AWA, content, quoted).await
}

async fn accept_for(
    fixture: &Fixture,
    client: &str,
    content: Value,
    quoted: Option<String>,
) -> MessageId {
    let content: FreeForm = serde_json::from_value(content).unwrap();
    let media_ids = content.media().map(|(_, id)| id).into_iter().collect();
    let content = MessageContent {
        reply_to_wamid: quoted,
        ..content.into()
    };
    let id = MessageId::new(fixture.now());
    let message = NewMessage {
        id,
        phone_number_id: sample::PHONE_NUMBER_ID.parse().unwrap(),
        template_id: None,
        category: Category::Service,
        recipient: Recipient::from_stored(client).unwrap(),
        content,
        media_ids,
        reference: None,
        expires_at: None,
        offer_ends_at: None,
        accepted_at: fixture.now(),
    };
    fixture.store(message).await;
    id
}

/// The expiry reason of a message, and the data of its last event.
async fn ending(fixture: &Fixture, id: MessageId) -> (Option<i16>, Value) {
    let sql = "select m.expired_reason, e.data from messages m join events e on e.message_id = m.id
        where m.id = $1 order by e.number desc limit 1";
    let row = fixture
        .admin
        .query_one(sql, &[&id.as_uuid()])
        .await
        .unwrap();
    (row.get(0), row.get(1))
}

async fn close_window(fixture: &Fixture) {
    fixture
        .sql("update service_windows set last_inbound_at = now() - interval '24 hours'")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_who_wrote_gets_a_text_that_quotes_the_question() {
    let fixture = Fixture::start().await;
    let asked = fixture.client_wrote(AWA, TimeDelta::zero()).await;
    // An opt-out covers marketing, not a reply to a client who writes.
    fixture.opt_out(AWA).await;
    let sender = fixture.send(quick());
    let id = answer(&fixture, Some(asked.clone())).await;
    fixture.until(id, MessageState::Submitted).await;
    assert_eq!(fixture.copies(id), 1);
    let [entry] = &fixture.meta.ledger_of(&fixture.opaque_id(id, 1))[..] else {
        panic!("not exactly one entry in the ledger")
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

/// A client whose number WhatsApp hides gets a reply by user id, in `recipient`: in `to` Meta would take it for digits.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_a_number_is_answered_by_user_id() {
    const USER: &str = "BF.13491208655302741918";
    let fixture = Fixture::start().await;
    let asked = fixture.client_wrote(USER, TimeDelta::zero()).await;
    let sender = fixture.send(quick());
    let text = json!({"text": {"body": "Oui"}});
    let id = accept_for(&fixture, USER, text, Some(asked.clone())).await;
    fixture.publish(Lane::Transactional, &[id]).await;
    fixture.until(id, MessageState::Submitted).await;
    let [entry] = &fixture.meta.ledger_of(&fixture.opaque_id(id, 1))[..] else {
        panic!("not exactly one entry in the ledger")
    };
    let body: Value = serde_json::from_str(entry.body.as_ref().unwrap().get()).unwrap();
    assert_eq!((&body["recipient"], body.get("to")), (&json!(USER), None));
    assert_eq!(body["context"], json!({"message_id": asked}));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_window_closed_expires_with_the_reason() {
    let fixture = Fixture::start().await;
    fixture.client_wrote(AWA, TimeDelta::zero()).await;
    let id = accept(&fixture, None).await;
    close_window(&fixture).await;
    let sender = fixture.send(quick());
    fixture.publish(Lane::Transactional, &[id]).await;
    let stored = fixture.until(id, MessageState::Expired).await;
    assert_eq!(stored.attempt, 0);
    assert_eq!(fixture.events(id).await, ["message.expired"]);
    assert_eq!(
        ending(&fixture, id).await,
        (Some(3), json!({"reason": "window_closed"}))
    );
    assert_eq!((fixture.copies(id), fixture.due_rows().await), (0, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_with_metas_id_and_its_caption() {
    let fixture = Fixture::start().await;
    let asked = fixture.client_wrote(AWA, TimeDelta::zero()).await;
    let file = fixture.keep_pdf(40_000).await;
    let ticket =
        json!({"document": {"id": file, "caption": "Merci Awa !", "filename": "ticket.pdf"}});
    let sender = fixture.send(quick());
    let id = accept_content(&fixture, ticket, Some(asked.clone())).await;
    fixture.publish(Lane::Transactional, &[id]).await;
    let sent = fixture.until(id, MessageState::Submitted).await;
    assert_eq!((fixture.copies(id), sent.attempt), (1, 1));
    let [uploaded] = &fixture.meta.media()[..] else {
        panic!("not uploaded exactly once")
    };
    let opaque_id = fixture.opaque_id(id, 1);
    let [entry] = &fixture.meta.ledger_of(&opaque_id)[..] else {
        panic!("not exactly one entry in the ledger")
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
    let fixture = Fixture::start().await;
    fixture.client_wrote(AWA, TimeDelta::zero()).await;
    let failure = Fault::Error {
        code: 131_000,
        http_status: None,
        details: None,
    };
    let uploads = Match {
        endpoint: Endpoint::Media,
        ..Match::default()
    };
    fixture
        .meta
        .script(Script::always(failure).matching(uploads));
    let file = fixture.keep_pdf(40_000).await;
    let sender = fixture.send(quick());
    let id = accept_content(&fixture, json!({"document": {"id": file}}), None).await;
    fixture.publish(Lane::Transactional, &[id]).await;
    fixture.until_held(id, HeldReason::MediaNotUploaded).await;
    close_window(&fixture).await;
    fixture.meta.clear_scripts();
    fixture.until(id, MessageState::Expired).await;
    assert_eq!(
        ending(&fixture, id).await,
        (Some(3), json!({"reason": "window_closed"}))
    );
    assert_eq!((fixture.copies(id), fixture.meta.media().len()), (0, 1));
    assert_eq!(fixture.due_rows().await, 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_who_never_wrote_to_the_number_gets_no_text() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    let id = answer(&fixture, None).await;
    fixture.until(id, MessageState::Expired).await;
    assert_eq!(fixture.copies(id), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_answer_ends_with_the_window_and_not_later() {
    let fixture = Fixture::start().await;
    fixture.sql("update phone_numbers set connection = 2").await;
    fixture.client_wrote(AWA, TimeDelta::zero()).await;
    let sender = fixture.send(quick());
    let id = answer(&fixture, None).await;
    fixture.until_held(id, HeldReason::NumberStopped).await;
    close_window(&fixture).await;
    fixture
        .sql("update messages set expires_at = now(); update due_messages set due_at = now()")
        .await;
    fixture.until(id, MessageState::Expired).await;
    assert_eq!(
        ending(&fixture, id).await,
        (Some(3), json!({"reason": "window_closed"}))
    );
    assert_eq!(fixture.due_rows().await, 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_doubt_is_sent_once_more_while_the_window_is_open() {
    let fixture = Fixture::start().await;
    fixture.client_wrote(AWA, TimeDelta::zero()).await;
    let mut settings = quick();
    settings.in_doubt.service_ms = 300;
    let sender = fixture.send(settings);
    fixture
        .meta
        .script(Script::always(Fault::CutAfterAcceptance));
    let id = answer(&fixture, None).await;
    let stored = fixture.until(id, MessageState::Unresolved).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (2, true));
    assert_eq!(fixture.copies(id), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_doubt_whose_window_closes_is_never_sent_again() {
    let fixture = Fixture::start().await;
    fixture.client_wrote(AWA, TimeDelta::zero()).await;
    let mut settings = quick();
    settings.in_doubt.service_ms = 2_000;
    let sender = fixture.send(settings);
    fixture
        .meta
        .script(Script::always(Fault::CutAfterAcceptance));
    let id = answer(&fixture, None).await;
    fixture.until(id, MessageState::Unknown).await;
    close_window(&fixture).await;
    let stored = fixture.until(id, MessageState::Unresolved).await;
    assert_eq!((stored.attempt, stored.possible_duplicate), (1, false));
    assert_eq!(fixture.copies(id), 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_copy_that_may_not_be_sent_is_unresolved_and_not_expired() {
    let fixture = Fixture::start().await;
    fixture.client_wrote(AWA, WINDOW).await;
    let id = accept(&fixture, None).await;
    fixture
        .sql("update messages set possible_duplicate = true, attempt = 1")
        .await;
    let sender = fixture.send(quick());
    fixture.publish(Lane::Transactional, &[id]).await;
    fixture.until(id, MessageState::Unresolved).await;
    assert_eq!(
        ending(&fixture, id).await,
        (None, json!({"reason": "not_sent_again"}))
    );
    assert_eq!(fixture.copies(id), 0);
    sender.stop().await;
}
