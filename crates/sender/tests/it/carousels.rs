//! Messages with several files: all are uploaded before the message is claimed, and sent under Meta's ids.

use std::collections::BTreeSet;

use chrono::{DurationRound, SecondsFormat, TimeDelta};
use common::ids::{MediaId, MessageId};
use common::message::{HeldReason, Lane, MessageState};
use common::recipient::Recipient;
use common::template::{Category, TemplateShape, Variables, compose};
use meta_sim::{Endpoint, Fault, Match, Script, sample};
use serde_json::{Value, json};
use storage::messages::TemplateContent;
use testkit::eventually;
use worker_storage::accept::NewMessage;

use crate::campaigns::{draft_with, released, start};
use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

const TEMPLATE: &str = "1689556908129899";

/// A carousel of this many cards, each an image, a text and a quick reply.
fn carousel(cards: usize) -> Value {
    let card = json!({"components": [
        {"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Pour {{1}}"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Voir"}]}]});
    json!([
        {"type": "BODY", "text": "Bonjour {{1}}"}, {"type": "CAROUSEL", "cards": vec![card; cards]}
    ])
}

fn variables(images: &[MediaId]) -> Variables {
    let mut variables = Variables::from([("1".to_owned(), "Awa".to_owned())]);
    for (index, image) in images.iter().enumerate() {
        let of_card = |name: &str| format!("card.{index}.{name}");
        variables.insert(of_card("header.image"), image.to_string());
        variables.insert(of_card("1"), "Awa".to_owned());
        variables.insert(of_card("button.0.payload"), format!("robe-{index}"));
    }
    variables
}

async fn images(fixture: &Fixture, sizes: &[usize]) -> Vec<MediaId> {
    let mut images = Vec::new();
    for bytes in sizes {
        images.push(fixture.keep_file("image/png", *bytes).await);
    }
    images
}

/// A message to Awa with these images on its cards.
async fn order(fixture: &Fixture, images: &[MediaId]) -> MessageId {
    let template = carousel(images.len());
    let shape = TemplateShape::read(&template, "POSITIONAL", &Category::Marketing).unwrap();
    let composed = compose(&shape, &variables(images), fixture.now()).unwrap();
    let id = MessageId::new(fixture.now());
    let message = NewMessage {
        id,
        phone_number_id: sample::PHONE_NUMBER_ID.parse().unwrap(),
        template_id: Some(TEMPLATE.parse().unwrap()),
        recipient: Recipient::from_stored(AWA).unwrap(),
        content: TemplateContent {
            template: "nouveautes".to_owned(),
            language: "fr".to_owned(),
            components: composed.components,
        }
        .into(),
        category: Category::Marketing,
        media_ids: composed.media_ids,
        reference: None,
        expires_at: None,
        offer_ends_at: None,
        accepted_at: fixture.now(),
    };
    fixture.store(message).await;
    let lane = Lane::of_single(&Category::Marketing);
    fixture.publish(lane, &[id]).await;
    id
}

/// The sizes of the images on the cards of each accepted message, as Meta knows the files.
fn posted_sizes(fixture: &Fixture) -> Vec<Vec<u64>> {
    let uploaded = fixture.meta.media();
    let size = |card: &Value| {
        let id = &card["components"][0]["parameters"][0]["image"]["id"];
        let file = uploaded.iter().find(|media| *id == *media.id);
        u64::try_from(file.unwrap().file_size).unwrap()
    };
    let sizes = |body: Value| {
        let cards = body["template"]["components"][1]["cards"].clone();
        cards.as_array().unwrap().iter().map(size).collect()
    };
    let bodies = fixture.meta.ledger().into_iter().map(|entry| entry.body);
    bodies
        .map(|body| sizes(serde_json::from_str(body.unwrap().get()).unwrap()))
        .collect()
}

fn fault_on_uploads(code: i64) -> Script {
    let fault = Fault::Error {
        code,
        http_status: None,
        details: None,
    };
    Script::always(fault).matching(Match {
        endpoint: Endpoint::Media,
        ..Match::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn three_images_reach_meta_each_on_its_card() {
    let fixture = Fixture::start().await;
    fixture.put_template(TEMPLATE, &carousel(3)).await;
    let images = images(&fixture, &[1_001, 1_002, 1_003]).await;
    let sender = fixture.send(quick());
    let id = order(&fixture, &images).await;
    let sent = fixture.until(id, MessageState::Submitted).await;
    assert_eq!((sent.attempt, fixture.copies(id)), (1, 1));
    assert_eq!(fixture.events(id).await, ["message.submitted"]);
    assert_eq!(posted_sizes(&fixture), [[1_001, 1_002, 1_003]]);
    // The next message needs no upload, and an image may be on two cards.
    let again = [images[2], images[0], images[2]];
    let id = order(&fixture, &again).await;
    fixture.until(id, MessageState::Submitted).await;
    assert_eq!(posted_sizes(&fixture)[1], [1_003, 1_001, 1_003]);
    assert_eq!(fixture.meta.media().len(), 3);
    assert_eq!(fixture.due_rows().await, 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_waits_for_its_last_file() {
    let fixture = Fixture::start().await;
    fixture.put_template(TEMPLATE, &carousel(3)).await;
    let mut settings = quick();
    // Its sweep would find the message too: here the upload has to.
    settings.reaper.sweep_every_ms = 600_000;
    let files = images(&fixture, &[1_001, 1_002, 1_003]).await;
    let sender = fixture.send(settings);
    let first = order(&fixture, &files[..1].repeat(3)).await;
    fixture.until(first, MessageState::Submitted).await;
    fixture.meta.script(fault_on_uploads(131_000));
    let id = order(&fixture, &files).await;
    fixture.until_held(id, HeldReason::MediaNotUploaded).await;
    eventually("the other files were tried", TIMEOUT, async || {
        let reports = fixture.meta.scripts();
        reports.iter().any(|report| report.hits > 1).then_some(())
    })
    .await;
    assert_eq!(fixture.copies(id), 0);
    fixture.meta.clear_scripts();
    fixture
        .sql("update due_media_uploads set due_at = now()")
        .await;
    let sent = fixture.until(id, MessageState::Submitted).await;
    assert_eq!((sent.attempt, fixture.copies(id)), (1, 1));
    assert_eq!(posted_sizes(&fixture)[1], [1_001, 1_002, 1_003]);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refused_file_rejects_the_message() {
    let fixture = Fixture::start().await;
    fixture.put_template(TEMPLATE, &carousel(2)).await;
    let files = images(&fixture, &[1_001, 1_002]).await;
    let sender = fixture.send(quick());
    let first = order(&fixture, &files[..1].repeat(2)).await;
    fixture.until(first, MessageState::Submitted).await;
    fixture.meta.script(fault_on_uploads(131_053));
    let id = order(&fixture, &files).await;
    let rejected = fixture.until(id, MessageState::Rejected).await;
    assert_eq!((rejected.error_code, rejected.attempt), (Some(131_053), 0));
    assert_eq!((fixture.copies(id), fixture.due_rows().await), (0, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_uploads_the_images_of_its_cards_once() {
    let fixture = Fixture::without_throttles().await;
    fixture.put_template(TEMPLATE, &carousel(2)).await;
    let files = images(&fixture, &[1_001, 1_002]).await;
    let numbers: Vec<String> = (1..=40).map(|row| format!("+2267044{row:04}")).collect();
    let campaign = draft_with(&fixture, TEMPLATE, &numbers, &variables(&files)).await;
    start(&fixture, &campaign).await;
    let senders = [fixture.send(quick()), fixture.send(quick())];
    eventually("all are sent", TIMEOUT, async || {
        (fixture.meta.summary().accepted == 40).then_some(())
    })
    .await;
    for sender in senders {
        sender.stop().await;
    }
    let posted: BTreeSet<_> = posted_sizes(&fixture).into_iter().collect();
    assert_eq!(posted, BTreeSet::from([vec![1_001, 1_002]]));
    assert_eq!(fixture.meta.media().len(), 2);
    assert_eq!(fixture.meta.summary().repeated_opaque_ids, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_campaign_expires_with_its_offer() {
    let fixture = Fixture::start().await;
    let terms = json!({"text": "Vite", "has_expiration": true});
    let template = json!([
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": terms}, {"type": "BODY", "text": "Bonjour {{1}}"}
    ]);
    fixture.put_template(TEMPLATE, &template).await;
    let end = fixture.now() + TimeDelta::hours(5);
    let end = end.duration_trunc(TimeDelta::milliseconds(1)).unwrap();
    let variables = Variables::from([
        ("1".to_owned(), "Awa".to_owned()),
        (
            "offer.expires_at".to_owned(),
            end.to_rfc3339_opts(SecondsFormat::Millis, true),
        ),
    ]);
    let numbers = ["+22670440001".to_owned()];
    let campaign = draft_with(&fixture, TEMPLATE, &numbers, &variables).await;
    start(&fixture, &campaign).await;
    let sender = fixture.send(quick());
    eventually("it is sent", TIMEOUT, async || {
        (fixture.meta.summary().accepted == 1).then_some(())
    })
    .await;
    sender.stop().await;
    let body = fixture.meta.ledger().remove(0).body.unwrap();
    let body: Value = serde_json::from_str(body.get()).unwrap();
    let offer = &body["template"]["components"][1]["parameters"][0]["limited_time_offer"];
    assert_eq!(offer["expiration_time_ms"], end.timestamp_millis());
    let id = released(&fixture).await[0];
    let sql = "select expires_at from messages where id = $1";
    let row = fixture.admin.query_one(sql, &[&id.as_uuid()]).await;
    let expires_at: chrono::DateTime<chrono::Utc> = row.unwrap().get(0);
    assert_eq!(expires_at, end);
}
