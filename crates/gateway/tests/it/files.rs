//! Files as messages: they must belong to the business, be unexpired and of a suitable type, and the customer service
//! window must be open.

use chrono::TimeDelta;
use common::ids::MediaId;
use meta_sim::sample;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::contents::{message_with, now, receive_from_awa, with};
use crate::media::{pdf, post_file, upload_pdf};
use crate::shop::{Shop, ticket};

/// A value that must not appear in an answer.
const SECRET: &str = "70990099";

/// Uploads a file and returns its id.
async fn kept(shop: &Shop, content_type: &str, content: Vec<u8>) -> Value {
    let key = Uuid::new_v4().to_string();
    let (harness, business) = (&shop.harness, &shop.business);
    let made = post_file(harness, &business.key, (&key, ""), content_type, content).await;
    made.expect(StatusCode::CREATED)["id"].clone()
}

async fn upload_text(shop: &Shop) -> Value {
    kept(shop, "text/plain", b"Merci".to_vec()).await
}

async fn upload_jpeg(shop: &Shop) -> Value {
    kept(shop, "image/jpeg", b"\xff\xd8\xff\xe0".to_vec()).await
}

async fn upload_video(shop: &Shop) -> Value {
    kept(shop, "video/3gpp", b"\0\0\0\x18ftyp3gp4".to_vec()).await
}

/// A file uploaded 31 days ago.
async fn upload_of_last_month(shop: &Shop) -> Value {
    let admin = shop.harness.db.admin().await;
    let month = "do $$ begin execute format('create table media_past partition of media for values from (%L) to (%L)',
        first_uuid_at(now() - interval '70 days'),
        (select first_uuid_at(min(first_day)) from partitions() where parent = 'media')); end $$";
    admin.batch_execute(month).await.unwrap();
    let id = MediaId::new(now(shop) - TimeDelta::days(31));
    let business: Uuid = shop.business.id.parse().unwrap();
    let row = "insert into media (business_id, id, mime_type, size_bytes, chunks) values ($1, $2, 'application/pdf', 9, 1)";
    admin
        .execute(row, &[&business, &id.as_uuid()])
        .await
        .unwrap();
    json!(id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_who_wrote_gets_files_with_captions() {
    let shop = Shop::open().await;
    let asked = receive_from_awa(&shop).await;
    let pdf = upload_pdf(&shop.harness, &shop.business).await;
    let reported = json!({"id": pdf, "caption": "Merci Awa !", "filename": "ticket-2041.pdf"});
    let receipt = with(message_with("document", reported), "reply_to", json!(asked));
    let first = shop.post_as("/v1/messages", "vente 7", &receipt).await;
    let id = first.expect(StatusCode::ACCEPTED)["id"].clone();
    let again = shop.post_as("/v1/messages", "vente 7", &receipt).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    let path = format!("/v1/messages/{}", id.as_str().unwrap());
    let shown = shop.get(&path).await.expect(StatusCode::OK);
    assert_eq!(
        (&shown["category"], &shown["template"]),
        (&json!("SERVICE"), &Value::Null)
    );
    let bulk = json!({"messages": [
        message_with("document", json!({"id": upload_text(&shop).await})),
        message_with("image", json!({"id": upload_jpeg(&shop).await, "caption": "La taille 42"})),
        message_with("video", json!({"id": upload_video(&shop).await})),
        ticket(),
    ]});
    let answer = shop.post("/v1/messages/bulk", &bulk).await;
    answer.expect(StatusCode::ACCEPTED);
    let sql = "select count(*) from messages where media_id is not null and template_id is null and category = 4
        and position('Awa'::bytea in content_sealed) = 0 and position('2041'::bytea in content_sealed) = 0
        and expires_at between now() + interval '23 hours' and now() + interval '24 hours'";
    assert_eq!(shop.count(sql).await, 4);
    let of_pdf = format!("select count(*) from messages where media_id = '{pdf}'");
    assert_eq!(shop.count(&of_pdf).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_sent_is_refused_by_its_id() {
    let shop = Shop::open().await;
    receive_from_awa(&shop).await;
    let own = json!(upload_pdf(&shop.harness, &shop.business).await);
    let pharmacy = shop.harness.business("Pharmacie").await;
    let foreign = json!(upload_pdf(&shop.harness, &pharmacy).await);
    let (jpeg, past) = (upload_jpeg(&shop).await, upload_of_last_month(&shop).await);
    for (kind, id, code) in [
        ("document", json!(Uuid::now_v7()), "media_unknown"),
        ("document", json!(Uuid::nil()), "media_unknown"),
        ("document", foreign, "media_unknown"),
        ("document", past, "media_expired"),
        ("document", jpeg.clone(), "media_unsuitable"),
        ("image", own.clone(), "media_unsuitable"),
        ("video", jpeg, "media_unsuitable"),
        ("document", json!("ticket.pdf"), "body_invalid"),
        ("document", json!("1037543291543636"), "body_invalid"),
    ] {
        let refused = shop
            .post("/v1/messages", &message_with(kind, json!({"id": id})))
            .await;
        assert_eq!(refused.problem(422), code, "{kind} {id}");
        assert_eq!(refused.pointers(), [format!("/{kind}/id")], "{code}");
    }
    let unsuitable = message_with("image", json!({"id": own}));
    let bulk = json!({"messages": [ticket(), unsuitable]});
    let refused = shop.post("/v1/messages/bulk", &bulk).await;
    assert_eq!(refused.problem(422), "messages_refused");
    assert_eq!(refused.pointers(), ["/messages/1/image/id"]);
    assert_eq!(shop.count("select count(*) from messages").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_file_is_reported_with_its_expiry_also_in_a_header() {
    let shop = Shop::open().await;
    receive_from_awa(&shop).await;
    let past = upload_of_last_month(&shop).await;
    let mut header = ticket();
    header["template"]["name"] = json!("facture");
    header["variables"] = json!({"header.document": past, "1": "Awa"});
    let yesterday = (now(&shop) - TimeDelta::days(1)).format("%Y-%m-%dT");
    for body in [message_with("document", json!({"id": past})), header] {
        let refused = shop.post("/v1/messages", &body).await;
        assert_eq!(refused.problem(422), "media_expired");
        let reported = refused.json();
        let place = reported["errors"][0]["detail"].as_str().unwrap();
        assert!(place.contains(&yesterday.to_string()), "{place}");
        let what_to_do = reported["detail"].as_str().unwrap();
        assert!(what_to_do.contains("POST /v1/media"), "{what_to_do}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_files_are_reported_with_pointers_without_the_value() {
    let shop = Shop::open().await;
    receive_from_awa(&shop).await;
    let (pdf, jpeg) = (
        kept(&shop, "application/pdf", pdf(50)).await,
        upload_jpeg(&shop).await,
    );
    let longest = "é".repeat(1_024);
    let document = |field: &str, value: &str| {
        let mut document = json!({"id": pdf});
        document[field] = json!(value);
        message_with("document", document)
    };
    for (body, pointer) in [
        (
            document("caption", &format!("{longest}.")),
            "/document/caption",
        ),
        (document("caption", " "), "/document/caption"),
        (
            document("filename", &format!("{SECRET}/a.pdf")),
            "/document/filename",
        ),
        (
            document("filename", &format!("{SECRET}\n.pdf")),
            "/document/filename",
        ),
        (
            document("filename", &SECRET.repeat(17)),
            "/document/filename",
        ),
        (document("link", SECRET), "/document/link"),
        (
            message_with("document", json!({"caption": SECRET})),
            "/document/id",
        ),
        (
            message_with("image", json!({"id": jpeg, "filename": SECRET})),
            "/image/filename",
        ),
        (
            with(document("caption", "Merci"), "image", json!({"id": jpeg})),
            "/image",
        ),
        (with(ticket(), "document", json!({"id": pdf})), "/document"),
    ] {
        let refused = shop.post("/v1/messages", &body).await;
        assert_eq!(refused.problem(422), "body_invalid", "{pointer}");
        assert_eq!(refused.pointers(), [pointer]);
        let said = String::from_utf8_lossy(&refused.body);
        assert!(!said.contains(SECRET), "{said}");
    }
    assert_eq!(shop.count("select count(*) from messages").await, 0);
    shop.accepted(&document("caption", &longest)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_the_window_files_are_refused_and_repeated_calls_are_replayed() {
    let shop = Shop::open().await;
    let pdf = upload_pdf(&shop.harness, &shop.business).await;
    let receipt = message_with("document", json!({"id": pdf}));
    let early = shop.post_as("/v1/messages", "vente 7", &receipt).await;
    assert_eq!(early.problem(422), "window_closed");
    assert_eq!(early.pointers(), ["/document"]);
    assert_eq!(shop.count("select count(*) from messages").await, 0);
    receive_from_awa(&shop).await;
    let first = shop.post_as("/v1/messages", "vente 7", &receipt).await;
    first.expect(StatusCode::ACCEPTED);
    let admin = shop.harness.db.admin().await;
    let close = "update service_windows set last_inbound_at = now() - interval '24 hours'";
    admin.batch_execute(close).await.unwrap();
    let late = shop.post("/v1/messages", &receipt).await;
    assert_eq!(late.problem(422), "window_closed");
    let again = shop.post_as("/v1/messages", "vente 7", &receipt).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
    let from = with(receipt, "from", json!(sample::HIGH_PHONE_NUMBER_ID));
    assert_eq!(
        shop.post("/v1/messages", &from).await.problem(422),
        "number_unknown"
    );
}
