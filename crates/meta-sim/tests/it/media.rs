//! Files: types and sizes, and that an id belongs to one number and lives for 30 days.

use std::time::Duration;

use meta_sim::{Endpoint, Fault, Match, Script, sample};
use serde_json::{Value, json};

use crate::fixture::Fixture;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn ticket(media_id: &str) -> Value {
    let components = json!([
        {"type": "header", "parameters": [{"type": "document", "document": {"id": media_id, "filename": "t.pdf"}}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Awa"}]},
    ]);
    json!({
        "messaging_product": "whatsapp", "to": "+22670000001", "type": "template",
        "template": {"name": "ticket_pdf", "language": {"code": "fr"}, "components": components},
    })
}

#[tokio::test]
async fn types_and_sizes_are_checked() {
    let fixture = Fixture::start().await;
    let (pdf, png) = ("application/pdf", "image/png");
    for (mime_type, bytes, taken) in [
        (pdf, 1, true),
        (png, 5_000_000, true),
        (png, 5_000_001, false),
        (pdf, 0, false),
        ("application/zip", 10, false),
        ("image/svg+xml", 10, false),
    ] {
        let (status, body) = fixture.upload(mime_type, vec![b'x'; bytes]).await;
        assert_eq!(status == 200, taken, "{mime_type} {bytes}: {body}");
        assert!(taken || body["error"]["code"] == 100, "{body}");
    }
    let kept = fixture.sim.media();
    assert_eq!(kept.len(), 2);
    assert_eq!((kept[0].mime_type.as_str(), kept[0].file_size), (pdf, 1));
}

#[tokio::test]
async fn an_id_belongs_to_one_number_and_expires_after_thirty_days() {
    let fixture = Fixture::start().await;
    let id = fixture.uploaded("application/pdf", b"%PDF-1.7").await;
    fixture.accepted(&ticket(&id)).await;
    let of_other = format!("/v25.0/{}/messages", sample::HIGH_PHONE_NUMBER_ID);
    let (status, body) = fixture.post(&of_other, &ticket(&id)).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(100)));
    assert_eq!(
        fixture.refused(&ticket("1558000000000000")).await,
        (400, 100)
    );
    fixture.sim.age_media(DAY * 29);
    fixture.accepted(&ticket(&id)).await;
    fixture.sim.age_media(DAY);
    assert_eq!(fixture.refused(&ticket(&id)).await, (400, 100));
}

#[tokio::test]
async fn the_header_of_a_document_takes_pdf_alone() {
    let fixture = Fixture::start().await;
    let text = fixture.uploaded("text/plain", b"Merci").await;
    assert_eq!(fixture.refused(&ticket(&text)).await, (400, 132_012));
}

#[tokio::test]
async fn uploads_match_scripts_of_their_own() {
    let fixture = Fixture::start().await;
    let fault = Fault::Error {
        code: 131_000,
        http_status: None,
        details: None,
    };
    let uploads = Match {
        endpoint: Endpoint::Media,
        ..Match::default()
    };
    let script = Script::always(fault).matching(uploads).times(1);
    fixture.sim.script(script);
    let (status, _) = fixture.upload("application/pdf", b"%PDF".to_vec()).await;
    assert_eq!(status, 500);
    fixture.uploaded("application/pdf", b"%PDF").await;
    assert_eq!(fixture.sim.media().len(), 1);
}

#[tokio::test]
async fn a_file_is_looked_up_downloaded_and_deleted() {
    let fixture = Fixture::start().await;
    let id = fixture.uploaded("image/png", b"a picture").await;
    let node = format!("/v25.0/{id}");
    let (status, file) = fixture.get(&node).await;
    assert_eq!(status, 200, "{file}");
    assert_eq!(file["mime_type"], "image/png");
    assert_eq!(file["file_size"], 9);
    let url = file["url"].as_str().unwrap();
    let get = async |url: &str, token: &str| {
        let response = fixture
            .http
            .get(url)
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap())
    };
    assert_eq!(get(url, sample::TOKEN).await.1, b"a picture".as_slice());
    assert_eq!(get(url, "EAAnobody").await.0, 401);
    let forged = url.replace("&ext=", "&ext=9");
    assert_eq!(get(&forged, sample::TOKEN).await.0, 404);
    let (number, other) = (sample::PHONE_NUMBER_ID, sample::HIGH_PHONE_NUMBER_ID);
    assert_eq!(
        fixture
            .get(&format!("{node}?phone_number_id={number}"))
            .await
            .0,
        200
    );
    assert_eq!(
        fixture
            .get(&format!("{node}?phone_number_id={other}"))
            .await
            .0,
        400
    );
    let delete = async || {
        let request = fixture
            .http
            .delete(fixture.url(&node))
            .bearer_auth(sample::TOKEN);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(delete().await, 200);
    assert_eq!(delete().await, 400);
    assert_eq!(get(url, sample::TOKEN).await.0, 404);
    assert_eq!(fixture.sim.media().len(), 0);
    fixture.stop().await;
}

#[tokio::test]
async fn a_form_may_name_the_product_in_the_query_and_the_type_beside_the_file() {
    let fixture = Fixture::start().await;
    let form = reqwest::multipart::Form::new()
        .text("type", "image/png")
        .part(
            "file",
            reqwest::multipart::Part::bytes(b"a picture".to_vec()),
        );
    let path = format!(
        "/v25.0/{}/media?messaging_product=whatsapp",
        sample::PHONE_NUMBER_ID
    );
    let request = fixture
        .http
        .post(fixture.url(&path))
        .bearer_auth(sample::TOKEN);
    let response = request.multipart(form).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(fixture.sim.media()[0].mime_type, "image/png");
    fixture.stop().await;
}
