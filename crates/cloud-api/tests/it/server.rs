//! A TCP server that sends scripted bytes, so that it can break off where a real server would not.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use cloud_api::{CloudApi, CloudApiSettings};
use common::secret::{AccessToken, AppSecret};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The server's action after it has read a request.
pub(crate) enum Reply {
    /// Answers with JSON and keeps the connection.
    Json(u16, Value),
    /// Answers with JSON and closes the connection without announcing it.
    JsonThenClose(u16, Value),
    /// Writes these bytes and closes the connection.
    Raw(String),
    /// Closes the connection with a reset.
    Reset,
    /// Sends nothing.
    Silence,
}

/// A received request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(replies.into_iter().collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&script), Arc::clone(&record)));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn api(&self) -> CloudApi {
        CloudApi::new(&settings(format!("http://{}", self.address))).unwrap()
    }
}

pub(crate) fn settings(base_url: String) -> CloudApiSettings {
    CloudApiSettings {
        base_url,
        api_version: "v25.0".to_owned(),
        app_id: "670843887433847".parse().unwrap(),
        app_secret: AppSecret::new("test_app_secret".to_owned()),
        appsecret_proof: true,
        connect_timeout_ms: 500,
        request_timeout_ms: 10_000,
    }
}

pub(crate) fn token() -> AccessToken {
    AccessToken::new("EAAG-test-token".to_owned())
}

async fn converse(
    mut stream: TcpStream,
    script: Arc<Mutex<VecDeque<Reply>>>,
    record: Arc<Mutex<Vec<Seen>>>,
) {
    while let Some(seen) = read_request(&mut stream).await {
        record.lock().unwrap().push(seen);
        let reply = script
            .lock()
            .unwrap()
            .pop_front()
            .expect("one reply for each request");
        match reply {
            Reply::Json(status, body) => stream
                .write_all(json(status, &body).as_bytes())
                .await
                .unwrap(),
            Reply::JsonThenClose(status, body) => {
                return stream
                    .write_all(json(status, &body).as_bytes())
                    .await
                    .unwrap();
            }
            Reply::Raw(bytes) => return stream.write_all(bytes.as_bytes()).await.unwrap(),
            Reply::Reset => return stream.set_zero_linger().unwrap(),
            Reply::Silence => std::future::pending().await,
        }
    }
}

fn json(status: u16, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        if let Some(seen) = whole_request(&bytes) {
            return Some(seen);
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn whole_request(bytes: &[u8]) -> Option<Seen> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        })
        .unwrap_or(0);
    if body.len() < length {
        return None;
    }
    let mut start = head.lines().next()?.split(' ');
    let (method, target) = (start.next()?, start.next()?);
    let url = reqwest::Url::parse(&format!("http://server{target}")).ok()?;
    Some(Seen {
        method: method.to_owned(),
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        head: head.to_owned(),
        body: body.to_owned(),
    })
}
