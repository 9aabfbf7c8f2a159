//! A cheap load generator: one task per connection, bodies of one length.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail, ensure};
use meta_sim::sample;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Posts the messages with these numbers; each must be accepted.
pub(crate) async fn post(
    address: SocketAddr,
    connections: usize,
    messages: Range<u64>,
) -> anyhow::Result<()> {
    let next = Arc::new(AtomicU64::new(messages.start));
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        clients.spawn(client(address, Arc::clone(&next), messages.end));
    }
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    Ok(())
}

async fn client(address: SocketAddr, next: Arc<AtomicU64>, end: u64) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::with_capacity(4_096);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return Ok(());
        }
        stream.write_all(request(number).as_bytes()).await?;
        answer.clear();
        while !is_whole(&answer)? {
            let read = stream.read_buf(&mut answer).await?;
            ensure!(read > 0, "the connection ended without an answer");
        }
    }
}

fn request(number: u64) -> String {
    let body = format!(
        r#"{{"messaging_product":"whatsapp","recipient_type":"individual","to":"+226{number:08}","type":"template","biz_opaque_callback_data":"d1.0199f3a4-7c1e-7b2a-9a40-{number:012x}","template":{{"name":"ticket_de_caisse","language":{{"code":"fr"}},"components":[{{"type":"body","parameters":[{{"type":"text","text":"Awa"}},{{"type":"text","text":"T-{number:08}"}},{{"type":"text","text":"12 500"}}]}}]}}}}"#
    );
    format!(
        "POST /v25.0/{}/messages HTTP/1.1\r\nhost: graph\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        sample::HIGH_PHONE_NUMBER_ID,
        sample::TOKEN,
        body.len()
    )
}

/// Whether the answer has arrived; an error when it is not a 200.
fn is_whole(answer: &[u8]) -> anyhow::Result<bool> {
    let Some(end) = answer
        .windows(END_OF_HEAD.len())
        .position(|part| part == END_OF_HEAD)
    else {
        return Ok(false);
    };
    let (head, body) = answer.split_at(end + END_OF_HEAD.len());
    if !head.starts_with(b"HTTP/1.1 200") {
        bail!("refused: {}", String::from_utf8_lossy(answer));
    }
    Ok(body.len() >= content_length(head).context("the answer has no content length")?)
}

/// The value of `content-length` in a head.
pub(crate) fn content_length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let (_, value) = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    value.trim().parse().ok()
}
