//! Calls against a server that answers what it is told to.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;

/// Answers one call after the other, each on a connection of its own; gives what came in.
async fn serve(answers: Vec<String>) -> (Api, JoinHandle<Vec<String>>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4_096];
            let length = stream.read(&mut request).await.unwrap();
            requests.push(String::from_utf8_lossy(&request[..length]).into_owned());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        requests
    });
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    (
        Api::new(http, base, "gateway.log".into()).with_key("djb_1"),
        served,
    )
}

fn answer(status: &str, headers: &str, body: &Value) -> String {
    let body = body.to_string();
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn idempotency_key(request: &str) -> &str {
    let line = request
        .lines()
        .find(|line| line.starts_with("idempotency-key: "))
        .unwrap();
    line.split_once(": ").unwrap().1
}

#[tokio::test]
async fn a_creating_call_is_repeated_with_the_same_key_until_it_is_answered() {
    let soon = "Retry-After: 0\r\n";
    let (api, served) = serve(vec![
        String::new(),
        answer("503 Service Unavailable", soon, &json!({})),
        answer("409 Conflict", soon, &json!({})),
        answer("201 Created", "", &json!({"id": "b1"})),
    ])
    .await;
    let made: Business = api
        .post("/v1/businesses", &json!({"name": "Boutique Faso"}))
        .await
        .unwrap();
    assert_eq!(made.id, "b1");
    let requests = served.await.unwrap();
    assert_eq!(requests.len(), 4);
    for request in &requests {
        assert!(
            request.starts_with("POST /v1/businesses HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request.contains("authorization: Bearer djb_1\r\n"),
            "{request}"
        );
        assert_eq!(idempotency_key(request), idempotency_key(&requests[0]));
    }
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let problem = json!({"type": "urn:djigbachats:problem:wrong_state", "title": "Not now"});
    let (api, served) = serve(vec![answer("409 Conflict", "", &problem)]).await;
    let refused = api
        .get::<Value>("/v1/campaigns/c1?cursor=x")
        .await
        .unwrap_err();
    assert!(refused.is("wrong_state"));
    assert_eq!(
        refused.to_string(),
        "GET /v1/campaigns/c1 was answered 409 Conflict: Not now"
    );
    assert_eq!(served.await.unwrap().len(), 1);
}
