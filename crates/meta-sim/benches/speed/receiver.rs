//! A webhook receiver that answers 200 and counts the statuses.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::load::content_length;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const STATUS: &[u8] = b"\"status\":";

pub(crate) struct Receiver {
    pub(crate) url: String,
    counts: Arc<Counts>,
}

struct Counts {
    started: Instant,
    first: OnceLock<Instant>,
    /// Microseconds after `started`.
    last_us: AtomicU64,
    statuses: AtomicU64,
    connections: AtomicU64,
}

impl Receiver {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let counts = Arc::new(Counts {
            started: Instant::now(),
            first: OnceLock::new(),
            last_us: AtomicU64::new(0),
            statuses: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        });
        let counting = Arc::clone(&counts);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counting.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(receive(stream, Arc::clone(&counting)));
            }
        });
        Ok(Self { url, counts })
    }

    pub(crate) fn statuses(&self) -> u64 {
        self.counts.statuses.load(Ordering::Relaxed)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn between_first_and_last(&self) -> Duration {
        let counts = &self.counts;
        let last = counts.started + Duration::from_micros(counts.last_us.load(Ordering::Relaxed));
        let first = counts.first.get().copied().unwrap_or(last);
        last.saturating_duration_since(first)
    }
}

async fn receive(mut stream: TcpStream, counts: Arc<Counts>) -> std::io::Result<()> {
    let mut got = Vec::with_capacity(16_384);
    loop {
        while let Some(length) = whole(&got) {
            let request = got.drain(..length).collect::<Vec<u8>>();
            counts.count(&request);
            stream.write_all(OK).await?;
        }
        if stream.read_buf(&mut got).await? == 0 {
            return Ok(());
        }
    }
}

/// The length of the first request, once it is complete.
fn whole(got: &[u8]) -> Option<usize> {
    let end = got
        .windows(END_OF_HEAD.len())
        .position(|part| part == END_OF_HEAD)?;
    let (head, body) = got.split_at(end + END_OF_HEAD.len());
    let length = content_length(head)?;
    (body.len() >= length).then_some(head.len() + length)
}

impl Counts {
    fn count(&self, request: &[u8]) {
        let now = Instant::now();
        self.first.get_or_init(|| now);
        let since = u64::try_from((now - self.started).as_micros()).unwrap_or(u64::MAX);
        self.last_us.fetch_max(since, Ordering::Relaxed);
        let found = request.windows(STATUS.len()).filter(|part| *part == STATUS);
        let found = u64::try_from(found.count()).unwrap_or_default();
        self.statuses.fetch_add(found, Ordering::Relaxed);
    }
}
