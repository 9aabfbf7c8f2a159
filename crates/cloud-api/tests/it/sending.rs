//! The known outcome for a message after each way in which its POST can end, and that it is posted once.

use std::time::Duration;

use cloud_api::{CloudApi, Endpoint, ErrorClass, OutgoingContent, OutgoingMessage, SendReport};
use common::message::PostOutcome;
use common::recipient::Recipient;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::server::{Reply, Server, settings, token};

/// The recipient of the tests.
pub(crate) fn awa() -> Recipient {
    Recipient::from_stored("+22670112233").unwrap()
}

const AMPLE: Duration = Duration::from_secs(20);

pub(crate) fn components() -> Value {
    json!([{"type": "body", "parameters": [{"type": "text", "text": "Aminata"}]}])
}

pub(crate) async fn send(api: &CloudApi, timeout: Duration) -> SendReport {
    let components = components();
    let message = OutgoingMessage {
        recipient: &awa(),
        content: OutgoingContent::Template {
            name: "carte_fidelite",
            language: "fr",
            components: &components,
        },
        reply_to: None,
        opaque_id: "d1.00ff",
        endpoint: Endpoint::Messages,
    };
    api.send_message(
        &token(),
        &"106540352242922".parse().unwrap(),
        &message,
        timeout,
    )
    .await
}

pub(crate) fn accepted() -> Value {
    json!({"messaging_product": "whatsapp", "messages": [{"id": "wamid.HBgL"}]})
}

#[tokio::test]
async fn the_message_travels_with_its_token_in_the_header_and_the_proof_in_the_query() {
    let server = Server::start([Reply::Json(200, accepted())]).await;
    let report = send(&server.api(), AMPLE).await;
    assert_eq!(report.outcome, PostOutcome::Submitted);
    let [seen] = server.seen().try_into().unwrap();
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str()),
        ("POST", "/v25.0/106540352242922/messages")
    );
    assert!(seen.head.contains("authorization: Bearer EAAG-test-token"));
    // HMAC-SHA256 of the token with the app's secret, from `openssl dgst -sha256 -hmac test_app_secret`.
    assert_eq!(
        seen.query,
        [("appsecret_proof".to_owned(), PROOF.to_owned())]
    );
    assert_eq!(
        seen.json(),
        json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "+22670112233",
            "type": "template",
            "template": {"name": "carte_fidelite", "language": {"code": "fr"}, "components": components()},
            "biz_opaque_callback_data": "d1.00ff",
        })
    );
}

const PROOF: &str = "2f7554f648c84e9d31c8e6d491723cce9d6d1b2d525020b10bb09a31434d7239";

#[tokio::test]
async fn the_proof_can_be_switched_off() {
    let server = Server::start([Reply::Json(200, accepted())]).await;
    let mut settings = settings(format!("http://{}", server.address));
    settings.appsecret_proof = false;
    send(&CloudApi::new(&settings).unwrap(), AMPLE).await;
    assert_eq!(server.seen()[0].query, []);
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_accepted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let api = CloudApi::new(&settings(format!("http://{address}"))).unwrap();
    let report = send(&api, AMPLE).await;
    assert_eq!(report.outcome, PostOutcome::NotAccepted);
    assert_eq!(
        (report.class, report.http_status),
        (Some(ErrorClass::Unreachable), None)
    );
}

#[tokio::test]
async fn a_failed_tls_handshake_proves_that_nothing_was_accepted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream
                .write_all(b"HTTP/1.1 400 this is not TLS\r\n\r\n")
                .await
                .unwrap();
        }
    });
    let api = CloudApi::new(&settings(format!("https://{address}"))).unwrap();
    assert_eq!(send(&api, AMPLE).await.outcome, PostOutcome::NotAccepted);
}

#[tokio::test]
async fn a_tls_handshake_that_takes_too_long_proves_that_nothing_was_accepted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let api = CloudApi::new(&settings(format!("https://{address}"))).unwrap();
    assert_eq!(send(&api, AMPLE).await.outcome, PostOutcome::NotAccepted);
    drop(listener);
}

#[tokio::test]
async fn a_reset_after_the_request_is_doubt_and_the_request_is_not_repeated() {
    let server = Server::start([Reply::Reset]).await;
    let report = send(&server.api(), AMPLE).await;
    assert_eq!(
        (report.outcome, report.class),
        (PostOutcome::Doubt, Some(ErrorClass::Doubt))
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_reset_on_a_connection_that_was_used_before_is_doubt_and_not_repeated() {
    let server = Server::start([Reply::Json(200, accepted()), Reply::Reset]).await;
    let api = server.api();
    assert_eq!(send(&api, AMPLE).await.outcome, PostOutcome::Submitted);
    assert_eq!(send(&api, AMPLE).await.outcome, PostOutcome::Doubt);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn messages_get_through_although_the_server_closes_each_connection() {
    let server = Server::start((0..20).map(|_| Reply::JsonThenClose(200, accepted()))).await;
    let api = server.api();
    for _ in 0..20 {
        let report = send(&api, AMPLE).await;
        // The close may be noticed only while the next request is being written, which leaves it in doubt.
        assert!(matches!(
            report.outcome,
            PostOutcome::Submitted | PostOutcome::Doubt
        ));
    }
    assert!(server.seen().len() <= 20);
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_doubt() {
    let server = Server::start([Reply::Silence]).await;
    let report = send(&server.api(), Duration::from_millis(200)).await;
    assert_eq!(
        (report.outcome, report.http_status),
        (PostOutcome::Doubt, None)
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_doubt_unless_the_status_was_429() {
    let cut = |status: &str| {
        Reply::Raw(format!(
            "HTTP/1.1 {status}\r\ncontent-length: 90\r\n\r\n{{\"messages\":[{{"
        ))
    };
    for (status, expected) in [
        ("200 OK", PostOutcome::Doubt),
        ("400 Bad Request", PostOutcome::Doubt),
        ("429 Too Many Requests", PostOutcome::NotAccepted),
    ] {
        let server = Server::start([cut(status)]).await;
        let report = send(&server.api(), AMPLE).await;
        assert_eq!(report.outcome, expected, "{status}");
        assert!(report.http_status.is_some());
    }
}

#[tokio::test]
async fn a_gateways_error_page_is_doubt() {
    let page = "<html>502 Bad Gateway</html>";
    let reply = format!(
        "HTTP/1.1 502 Bad Gateway\r\ncontent-length: {}\r\n\r\n{page}",
        page.len()
    );
    let server = Server::start([Reply::Raw(reply)]).await;
    let report = send(&server.api(), AMPLE).await;
    assert_eq!(
        (report.outcome, report.http_status),
        (PostOutcome::Doubt, Some(502))
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start([Reply::Json(200, accepted())]).await;
    let reply = format!(
        "HTTP/1.1 307 X\r\nlocation: http://{}/stolen\r\ncontent-length: 0\r\n\r\n",
        elsewhere.address
    );
    let server = Server::start([Reply::Raw(reply)]).await;
    assert_eq!(send(&server.api(), AMPLE).await.outcome, PostOutcome::Doubt);
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn a_refusal_of_meta_is_reported_with_its_code() {
    let body = json!({"error": {"code": 131_026, "type": "OAuthException", "fbtrace_id": "Az8"}});
    let server = Server::start([Reply::Json(400, body)]).await;
    let report = send(&server.api(), AMPLE).await;
    assert_eq!(report.outcome, PostOutcome::Rejected);
    assert_eq!(report.class, Some(ErrorClass::PermanentRecipient));
    assert_eq!(report.error.unwrap().code, 131_026);
}

#[tokio::test]
async fn a_token_that_no_header_can_hold_is_not_sent() {
    let server = Server::start([]).await;
    let token = common::secret::AccessToken::new("EAAG\nX-Evil: 1".to_owned());
    let components = json!([]);
    let message = OutgoingMessage {
        recipient: &awa(),
        content: OutgoingContent::Template {
            name: "a",
            language: "fr",
            components: &components,
        },
        reply_to: None,
        opaque_id: "d1.00",
        endpoint: Endpoint::Messages,
    };
    let report = server
        .api()
        .send_message(&token, &"1".parse().unwrap(), &message, AMPLE)
        .await;
    assert_eq!(report.outcome, PostOutcome::NotAccepted);
    assert!(server.seen().is_empty());
}
