//! Files for messages: stored sealed, once for each key, and only if Meta accepts them.

use gateway::GatewaySettings;
use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Business, Harness, send};
use crate::shop::{Shop, campaign, ticket_with};

pub(crate) const PDF: &str = "application/pdf";

/// A PDF of this size, as far as its magic bytes are concerned.
pub(crate) fn pdf(bytes: usize) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7 boutique-faso ".to_vec();
    pdf.resize(bytes, b'x');
    pdf
}

/// Sends a file under an `Idempotency-Key`.
pub(crate) async fn post_file(
    harness: &Harness,
    key: &str,
    (idempotency_key, query): (&str, &str),
    content_type: &str,
    content: impl Into<Body>,
) -> Answer {
    let request = harness
        .request(Method::POST, &format!("/v1/media{query}"), key)
        .header("Idempotency-Key", idempotency_key)
        .header("Content-Type", content_type);
    send(request.body(content)).await
}

async fn post(
    harness: &Harness,
    business: &Business,
    content_type: &str,
    content: Vec<u8>,
) -> Answer {
    let key = Uuid::new_v4().to_string();
    post_file(harness, &business.key, (&key, ""), content_type, content).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_kept_sealed_and_shown_without_its_content() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    let (size, query) = (1_200_000, "?filename=ticket-Awa.pdf");
    let made = post_file(&harness, &business.key, ("1", query), PDF, pdf(size)).await;
    let made = made.expect(StatusCode::CREATED);
    assert_eq!(made["kind"], "document");
    assert_eq!(made["size_bytes"], size);
    assert_eq!(made["filename"], "ticket-Awa.pdf");
    let path = format!("/v1/media/{}", made["id"].as_str().unwrap());
    let shown = harness.get(&business.key, &path).await;
    assert_eq!(shown.expect(StatusCode::OK), made);
    let other = harness.business("Pharmacie").await;
    assert_eq!(
        harness.get(&other.key, &path).await.problem(404),
        "not_found"
    );

    let admin = harness.db.admin().await;
    let sql = "select count(*), bool_or(position('boutique-faso'::bytea in content_sealed) > 0), sum(length(content_sealed))
        from media_chunks";
    let row = admin.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get(1)), (3, false));
    assert!(row.get::<_, i64>(2) > i64::try_from(size).unwrap());
    let sql = "select position('Awa'::bytea in filename_sealed) from media";
    let place: i32 = admin.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(place, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_listed_newest_first() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    let mut kept = Vec::new();
    for name in ["a.pdf", "b.pdf", "c.pdf"] {
        let query = format!("?filename={name}");
        let made = post_file(&harness, &business.key, (name, &query), PDF, pdf(100)).await;
        kept.push(made.expect(StatusCode::CREATED));
    }
    kept.sort_by(|one, other| other["id"].as_str().cmp(&one["id"].as_str()));
    let page = harness.get(&business.key, "/v1/media?limit=2").await;
    let page = page.expect(StatusCode::OK);
    assert_eq!(page["items"], json!(kept[..2]));
    let next = format!(
        "/v1/media?limit=2&cursor={}",
        page["next_cursor"].as_str().unwrap()
    );
    let last = harness
        .get(&business.key, &next)
        .await
        .expect(StatusCode::OK);
    assert_eq!(last, json!({"items": [kept[2]], "next_cursor": null}));
    let other = harness.business("Pharmacie").await;
    let none = harness
        .get(&other.key, "/v1/media")
        .await
        .expect(StatusCode::OK);
    assert_eq!(none["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_call_keeps_one_file() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    let call = |query: &'static str, content_type: &'static str, content: Vec<u8>| {
        post_file(
            &harness,
            &business.key,
            ("vente 7", query),
            content_type,
            content,
        )
    };
    let first = call("", PDF, pdf(50_000)).await;
    first.expect(StatusCode::CREATED);
    let again = call("", PDF, pdf(50_000)).await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    for other in [
        call("?filename=a.pdf", PDF, pdf(50_000)).await,
        call("", PDF, pdf(50_001)).await,
        call("", "text/plain", b"Merci".to_vec()).await,
    ] {
        assert_eq!(other.problem(422), "idempotency_key_reused");
    }
    assert_eq!(files(&harness).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_meta_refuses_are_refused_with_a_clear_message() {
    let settings = GatewaySettings {
        max_media_bytes: 6_000_000,
        ..GatewaySettings::default()
    };
    let harness = Harness::start_with(settings).await;
    let business = harness.business("Boutique Faso").await;
    let jpeg = |bytes: usize| {
        let mut jpeg = b"\xff\xd8\xff\xe0".to_vec();
        jpeg.resize(bytes, 0);
        jpeg
    };
    for (content_type, content, status, code) in [
        ("application/zip", pdf(10), 415, "media_type_unsupported"),
        ("", pdf(10), 415, "media_type_unsupported"),
        (PDF, b"<html>".to_vec(), 415, "media_type_unsupported"),
        ("image/png", pdf(100), 415, "media_type_unsupported"),
        (PDF, Vec::new(), 422, "media_unreadable"),
        (PDF, pdf(6_000_001), 413, "body_too_large"),
        ("image/jpeg", jpeg(5_000_001), 413, "body_too_large"),
    ] {
        let answer = post(&harness, &business, content_type, content).await;
        assert_eq!(answer.problem(status), code, "{content_type}");
        assert!(answer.json()["detail"].is_string(), "{content_type}");
    }
    for query in ["?filename=", "?filename=a%2Fb.pdf", "?filename=a%0Ab.pdf"] {
        let answer = post_file(&harness, &business.key, ("1", query), PDF, pdf(10)).await;
        assert_eq!(answer.problem(400), "query_invalid", "{query}");
    }
    let request = harness.request(Method::POST, "/v1/media", &business.key);
    let keyless = send(request.header("Content-Type", PDF).body(pdf(10))).await;
    assert_eq!(keyless.problem(400), "idempotency_key_missing");
    assert_eq!(files(&harness).await, 0);
    let largest = post(&harness, &business, "image/jpeg", jpeg(5_000_000)).await;
    largest.expect(StatusCode::CREATED);
}

/// A message with a file in its header.
fn invoice(variables: &Value) -> Value {
    let mut body = ticket_with("variables", variables.clone());
    body["template"]["name"] = json!("facture");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_carries_a_file_of_its_business() {
    let shop = Shop::open().await;
    let id = upload_pdf(&shop.harness, &shop.business).await;
    let body = invoice(&json!({"header.document": id, "1": "Awa"}));
    shop.accepted(&body).await;
    let named = json!({"header.document": id, "header.filename": "Facture 12.pdf", "1": "Awa"});
    let bulk = json!({"messages": [body, invoice(&named)]});
    let answer = shop.post("/v1/messages/bulk", &bulk).await;
    answer.expect(StatusCode::ACCEPTED);
    let sql = format!("select count(*) from messages where media_id = '{id}'");
    assert_eq!(shop.count(&sql).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_sent_is_refused_by_its_variable() {
    let shop = Shop::open().await;
    let (harness, business) = (&shop.harness, &shop.business);
    let other = harness.business("Pharmacie").await;
    let foreign = upload_pdf(harness, &other).await;
    let text = post(harness, business, "text/plain", b"Merci".to_vec()).await;
    let text = text.expect(StatusCode::CREATED)["id"].clone();
    let pdf = upload_pdf(harness, business).await;
    let with = |id: &Value| json!({"header.document": id, "1": "Awa"});
    for (variables, code) in [
        (with(&json!(Uuid::now_v7())), "media_unknown"),
        (with(&json!(foreign)), "media_unknown"),
        (with(&text), "media_unsuitable"),
        (with(&json!("ticket.pdf")), "variables_invalid"),
        (json!({"1": "Awa"}), "variables_invalid"),
    ] {
        let refused = shop.post("/v1/messages", &invoice(&variables)).await;
        assert_eq!(refused.problem(refused.status.as_u16()), code);
        assert_eq!(refused.pointers(), ["/variables/header.document"], "{code}");
    }
    let mut late = invoice(&with(&json!(pdf)));
    late["expires_at"] = json!("2099-01-01T00:00:00Z");
    let refused = shop.post("/v1/messages", &late).await;
    assert_eq!(refused.problem(422), "body_invalid");
    assert_eq!(refused.pointers(), ["/expires_at"]);
    assert_eq!(shop.count("select count(*) from messages").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_has_one_file_for_all() {
    let shop = Shop::open().await;
    let id = upload_pdf(&shop.harness, &shop.business).await;
    let sources = json!({"header.document": {"text": id}, "1": {"column": "Prénom"}});
    let draft = shop
        .post("/v1/campaigns", &campaign("facture", &sources))
        .await;
    let draft = draft.expect(StatusCode::CREATED);
    let file = "Prénom;Téléphone\nAwa;70112233\nIssa;70112234\n";
    let report = shop.import(draft["id"].as_str().unwrap(), file.as_bytes());
    assert_eq!(report.await.expect(StatusCode::OK)["planned"], 2);
}

pub(crate) async fn files(harness: &Harness) -> i64 {
    let admin = harness.db.admin().await;
    let counted = admin.query_one("select count(*) from media", &[]).await;
    counted.unwrap().get(0)
}

/// Uploads a PDF for a business and returns its id.
pub(crate) async fn upload_pdf(harness: &Harness, business: &Business) -> String {
    let made = post(harness, business, PDF, pdf(20_000)).await;
    let made = made.expect(StatusCode::CREATED);
    made["id"].as_str().unwrap().to_owned()
}
