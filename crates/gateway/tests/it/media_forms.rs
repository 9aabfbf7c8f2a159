//! Files uploaded as part of a form.

use gateway::GatewaySettings;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Harness, send};
use crate::media::{PDF, files, pdf, post_file};

/// A form with one file in the part of this name.
fn form(part: &str, file: Part) -> Form {
    Form::new().part(part.to_owned(), file)
}

async fn post_form(harness: &Harness, key: &str, query: &str, form: Form) -> Answer {
    let request = harness
        .request(Method::POST, &format!("/v1/media{query}"), key)
        .header("Idempotency-Key", Uuid::new_v4().to_string());
    send(request.multipart(form)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_brings_a_file_with_its_name_and_type() {
    let harness = Harness::start().await;
    let key = harness.business("Boutique Faso").await.key;
    let file = |name: &str, kind: &str| {
        let part = Part::bytes(pdf(50_000)).file_name(name.to_owned());
        if kind.is_empty() {
            part
        } else {
            part.mime_str(kind).unwrap()
        }
    };
    for (file, query, name) in [
        (file("ticket-2041.pdf", PDF), "", json!("ticket-2041.pdf")),
        (
            file("ticket.pdf", PDF),
            "?filename=Votre%20ticket.pdf",
            json!("Votre ticket.pdf"),
        ),
        // Clients that do not send the type, and clients that send the path of the file.
        (file("ticket.PDF", ""), "", json!("ticket.PDF")),
        (
            file("ticket.pdf", "application/octet-stream"),
            "",
            json!("ticket.pdf"),
        ),
        (
            file("C:\\caisse\\Reçu 12.pdf", PDF),
            "",
            json!("Reçu 12.pdf"),
        ),
        (
            Part::bytes(pdf(50_000)).mime_str(PDF).unwrap(),
            "",
            Value::Null,
        ),
    ] {
        let made = post_form(&harness, &key, query, form("file", file)).await;
        let made = made.expect(StatusCode::CREATED);
        assert_eq!(made["filename"], name);
        assert_eq!(
            (&made["content_type"], &made["size_bytes"]),
            (&json!(PDF), &json!(50_000))
        );
        let shown = harness
            .get(&key, &format!("/v1/media/{}", made["id"].as_str().unwrap()))
            .await;
        assert_eq!(shown.expect(StatusCode::OK), made);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_and_a_body_with_the_same_file_are_the_same_call() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    let query = "?filename=a.pdf";
    let first = post_file(
        &harness,
        &business.key,
        ("vente 7", query),
        PDF,
        pdf(50_000),
    )
    .await;
    first.expect(StatusCode::CREATED);
    let file = Part::bytes(pdf(50_000))
        .file_name("a.pdf")
        .mime_str(PDF)
        .unwrap();
    let request = harness
        .request(Method::POST, "/v1/media", &business.key)
        .header("Idempotency-Key", "vente 7");
    let again = send(request.multipart(form("file", file))).await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(files(&harness).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_valid_file_is_refused_with_a_clear_message() {
    let harness = Harness::start().await;
    let key = harness.business("Boutique Faso").await.key;
    let good = || Part::bytes(pdf(100)).mime_str(PDF).unwrap();
    let unnamed = Part::bytes(pdf(100));
    let odd_name = good().file_name("x".repeat(200));
    for (form, status, code, pointer) in [
        (Form::new(), 422, "media_unreadable", None),
        (
            form("document", good()),
            422,
            "body_invalid",
            Some("/document"),
        ),
        (
            form("file", good()).part("file", good()),
            422,
            "body_invalid",
            Some("/file"),
        ),
        (
            form("file", good()).text("type", PDF),
            422,
            "body_invalid",
            Some("/type"),
        ),
        (form("file", odd_name), 422, "body_invalid", Some("/file")),
        (form("file", unnamed), 415, "media_type_unsupported", None),
        (
            form("file", Part::bytes(Vec::new()).mime_str(PDF).unwrap()),
            422,
            "media_unreadable",
            None,
        ),
        (
            form("file", Part::bytes(pdf(9)).mime_str("image/png").unwrap()),
            415,
            "media_type_unsupported",
            None,
        ),
    ] {
        let refused = post_form(&harness, &key, "", form).await;
        assert_eq!(refused.problem(status), code);
        let pointers: Vec<String> = pointer.into_iter().map(str::to_owned).collect();
        assert_eq!(refused.pointers(), pointers, "{code}");
    }
    assert_eq!(files(&harness).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_breaks_off_is_refused() {
    let harness = Harness::start().await;
    let key = harness.business("Boutique Faso").await.key;
    for (content_type, body) in [
        ("multipart/form-data", pdf(10)),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Disposition: form-data; name=\"file\"".to_vec(),
        ),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF"
                .to_vec(),
        ),
    ] {
        let refused = post_file(&harness, &key, ("1", ""), content_type, body).await;
        assert_eq!(refused.problem(422), "media_unreadable");
    }
    assert_eq!(files(&harness).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_may_hold_a_file_of_the_largest_size_and_none_larger() {
    let settings = GatewaySettings {
        max_media_bytes: 6_000_000,
        ..GatewaySettings::default()
    };
    let harness = Harness::start_with(settings).await;
    let key = harness.business("Boutique Faso").await.key;
    let file = |bytes, media_type: &str| Part::bytes(bytes).mime_str(media_type).unwrap();
    let mut jpeg = b"\xff\xd8\xff\xe0".to_vec();
    jpeg.resize(5_000_001, 0);
    for too_large in [file(pdf(6_100_000), PDF), file(jpeg, "image/jpeg")] {
        let refused = post_form(&harness, &key, "", form("file", too_large)).await;
        assert_eq!(refused.problem(413), "body_too_large");
    }
    assert_eq!(files(&harness).await, 0);
    let largest = form("file", file(pdf(6_000_000), PDF));
    let kept = post_form(&harness, &key, "", largest).await;
    kept.expect(StatusCode::CREATED);
}
