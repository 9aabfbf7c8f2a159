//! Messages other than templates, their answers, and the call for marketing.

use meta_sim::sample;
use serde_json::{Value, json};

use crate::fixture::{Fixture, template, text};

const AWA: &str = "+22670000001";

fn message(kind: &str, content: Value) -> Value {
    let mut message = json!({"messaging_product": "whatsapp", "to": AWA, "type": kind});
    message[kind] = content;
    message
}

fn interactive(kind: &str, action: Value) -> Value {
    let mut content = json!({"type": kind, "body": {"text": "Que voulez-vous ?"}});
    content["action"] = action;
    message("interactive", content)
}

fn buttons(replies: &[(&str, &str)]) -> Value {
    let button =
        |(id, title): &(&str, &str)| json!({"type": "reply", "reply": {"id": id, "title": title}});
    interactive(
        "button",
        json!({"buttons": replies.iter().map(button).collect::<Vec<_>>()}),
    )
}

fn list(sections: Value) -> Value {
    let mut action = json!({"button": "Choisir"});
    action["sections"] = sections;
    interactive("list", action)
}

fn link(url: &str) -> Value {
    let parameters = json!({"display_text": "Suivre", "url": url});
    interactive(
        "cta_url",
        json!({"name": "cta_url", "parameters": parameters}),
    )
}

fn rows(count: usize) -> Value {
    (0..count)
        .map(|id| json!({"id": id.to_string(), "title": "Facture"}))
        .collect()
}

async fn fixture_with_open_window() -> Fixture {
    let fixture = Fixture::start().await;
    let _ = fixture
        .sim
        .record_inbound(sample::PHONE_NUMBER_ID, AWA)
        .unwrap();
    fixture
}

#[tokio::test]
async fn each_kind_is_accepted_within_its_limits() {
    let fixture = fixture_with_open_window().await;
    for good in [
        message(
            "text",
            json!({"body": "é".repeat(4_096), "preview_url": true}),
        ),
        message(
            "location",
            json!({"latitude": 12.37, "longitude": -1.52, "name": "Boutique Faso"}),
        ),
        buttons(&[("1", "Oui"), ("2", "Non"), ("3", "Peut-être")]),
        list(json!([{"title": "Assistance", "rows": rows(10)}])),
        link("https://boutique.example"),
    ] {
        let (status, answer) = fixture.send(&good).await;
        assert_eq!(status, 200, "{good}: {answer}");
    }
    fixture.stop().await;
}

#[tokio::test]
async fn content_beyond_a_limit_is_refused() {
    let fixture = fixture_with_open_window().await;
    let two = |rows: Value| json!([{"title": "A", "rows": rows}, {"title": "B", "rows": [{"id": "0", "title": "B"}]}]);
    for wrong in [
        message("text", json!({"body": ""})),
        message("text", json!({"body": "é".repeat(4_097)})),
        message("text", json!({"body": "a", "colour": "red"})),
        message("location", json!({"latitude": 91, "longitude": 0})),
        message("location", json!({"latitude": 12})),
        interactive("fax", json!({})),
        buttons(&[]),
        buttons(&[("1", "1"), ("2", "2"), ("3", "3"), ("4", "4")]),
        buttons(&[("1", "Oui"), ("1", "Non")]),
        buttons(&[("1", "Oui"), ("2", "Oui")]),
        buttons(&[("1", &"o".repeat(21))]),
        buttons(&[(&"1".repeat(257), "Oui")]),
        list(json!([])),
        list(json!([{"rows": rows(11)}])),
        list(json!([{"rows": rows(1)}, {"rows": rows(1)}])),
        list(two(rows(10))),
        list(two(rows(1))),
        link("boutique.example"),
    ] {
        let (status, code) = fixture.refused(&wrong).await;
        assert!(
            status == 400 && [100, 131_009].contains(&code),
            "{code}: {wrong}"
        );
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_file_of_the_number_is_taken_with_a_caption_and_a_document_with_a_name() {
    let fixture = fixture_with_open_window().await;
    let pdf = fixture.uploaded("application/pdf", b"%PDF-1.7").await;
    let png = fixture.uploaded("image/png", b"png").await;
    let mp4 = fixture.uploaded("video/mp4", b"mp4").await;
    let longest = "é".repeat(1_024);
    let of_other = "1558000000000000";
    let link = "https://boutique.example/robe.png";
    for (kind, content, taken) in [
        (
            "document",
            json!({"id": pdf, "caption": longest, "filename": "ticket.pdf"}),
            true,
        ),
        ("document", json!({"id": pdf}), true),
        ("image", json!({"id": png, "caption": longest}), true),
        ("image", json!({"link": link}), true),
        ("video", json!({"id": mp4}), true),
        (
            "document",
            json!({"id": pdf, "caption": format!("{longest}.")}),
            false,
        ),
        ("document", json!({"id": pdf, "name": "ticket.pdf"}), false),
        ("document", json!({"id": of_other}), false),
        ("document", json!({"filename": "ticket.pdf"}), false),
        ("image", json!({"id": png, "filename": "robe.png"}), false),
        ("image", json!({"id": png, "link": link}), false),
        ("image", json!({"id": pdf}), false),
        ("video", json!({"id": png}), false),
    ] {
        let message = message(kind, content);
        let (status, answer) = fixture.send(&message).await;
        assert_eq!(status == 200, taken, "{message}: {answer}");
        let code = answer["error"]["code"].as_i64();
        assert!(
            taken || matches!(code, Some(100 | 131_009)),
            "{message}: {answer}"
        );
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_file_that_another_number_uploaded_is_refused() {
    let fixture = fixture_with_open_window().await;
    let other = sample::HIGH_PHONE_NUMBER_ID;
    let _ = fixture.sim.record_inbound(other, AWA).unwrap();
    let pdf = fixture.uploaded("application/pdf", b"%PDF-1.7").await;
    let ticket = message("document", json!({"id": pdf}));
    fixture.accepted(&ticket).await;
    let (status, answer) = fixture
        .post(&format!("/v25.0/{other}/messages"), &ticket)
        .await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(100)));
    fixture.stop().await;
}

#[tokio::test]
async fn only_a_message_of_the_same_conversation_can_be_quoted() {
    let fixture = Fixture::start().await;
    let asked = fixture
        .sim
        .record_inbound(sample::PHONE_NUMBER_ID, AWA)
        .unwrap();
    let of_another = fixture
        .sim
        .record_inbound(sample::PHONE_NUMBER_ID, "+22670000002")
        .unwrap();
    let answer = |id: &str| {
        let mut message = text(AWA);
        message["context"] = json!({"message_id": id});
        message
    };
    let ours = fixture.accepted(&answer(&asked)).await;
    fixture.accepted(&answer(&ours)).await;
    for wrong in [of_another.as_str(), "wamid.HBgL", ""] {
        assert_eq!(
            fixture.refused(&answer(wrong)).await,
            (400, 131_009),
            "{wrong}"
        );
    }
    let mut reaction = message("reaction", json!({"message_id": asked, "emoji": "👍"}));
    reaction["context"] = json!({"message_id": asked});
    assert_eq!(fixture.refused(&reaction).await, (400, 100));
    fixture.stop().await;
}

#[tokio::test]
async fn marketing_has_a_call_of_its_own() {
    let fixture = fixture_with_open_window().await;
    let path = format!("/v25.0/{}/marketing_messages", sample::PHONE_NUMBER_ID);
    let texts = ["Awa", "FASO25"].map(|text| json!({"type": "text", "text": text}));
    let mut offer = template(
        "offre_fidelite",
        &json!([{"type": "body", "parameters": texts}]),
    );
    offer["product_policy"] = json!("STRICT");
    offer["message_activity_sharing"] = json!(false);
    let (status, answer) = fixture.post(&path, &offer).await;
    assert_eq!(status, 200, "{answer}");
    fixture.settled().await;
    let statuses = fixture.inbox.statuses().await;
    assert!(
        statuses
            .iter()
            .any(|status| status["pricing"]["category"] == "marketing_lite")
    );
    // The ordinary call does not have its fields.
    assert_eq!(fixture.refused(&offer).await, (400, 100));
    let refused =
        async |message: &Value| fixture.post(&path, message).await.1["error"]["code"].as_i64();
    let ticket = crate::fixture::receipt(AWA, "ticket");
    assert_eq!(refused(&ticket).await, Some(134_100));
    assert_eq!(refused(&text(AWA)).await, Some(134_100));
    offer["product_policy"] = json!("OTHER");
    assert_eq!(refused(&offer).await, Some(100));
    fixture.stop().await;
}
