//! A closed loop of HTTP/1.1 requests: every connection sends its next request once its last was answered.
//!
//! It shares the processors with the measured system, so it does as little as possible: one thread, kept connections,
//! prebuilt bytes. Its own cost shows when it runs against a baseline server ([`crate::baseline::http`]).

mod connection;
mod response;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::join_all;
use hdrhistogram::Histogram;

use crate::measured::{microseconds, per_second};
pub(crate) use connection::Connection;

/// Time limit for the last answers.
const LAST_ANSWERS: Duration = Duration::from_secs(60);

/// A source of requests.
pub(crate) trait Requests: Send + Sync + 'static {
    /// Appends the request with this ordinal, head and body.
    fn write(&self, ordinal: u64, into: &mut Vec<u8>);
}

/// The parameters of a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    /// The status of a successful answer.
    pub(crate) success: u16,
    /// Warm-up, before the measurement.
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// The results of a load.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Successes, including those of the warm-up.
    pub(crate) answered: u64,
    /// Successes while measuring.
    pub(crate) measured: u64,
    /// Their latencies in microseconds.
    pub(crate) microseconds: Histogram<u64>,
    /// Other answers by status.
    pub(crate) refused: BTreeMap<u16, u64>,
    /// Why connections ended without an answer.
    pub(crate) broken: Vec<String>,
    /// Duration of the measurement.
    pub(crate) took: Duration,
}

impl Tally {
    /// Successes per second.
    pub(crate) fn rate(&self) -> f64 {
        per_second(self.measured, self.took)
    }

    /// Failures, as text.
    pub(crate) fn failures(&self) -> Vec<String> {
        let refused = self
            .refused
            .iter()
            .map(|(status, count)| format!("{count} requests were answered {status}"));
        let broken = self
            .broken
            .iter()
            .map(|reason| format!("a request was not answered: {reason}"));
        refused.chain(broken).collect()
    }

    fn new(took: Duration) -> Result<Self> {
        Ok(Self {
            answered: 0,
            measured: 0,
            microseconds: microseconds()?,
            refused: BTreeMap::new(),
            broken: Vec::new(),
            took,
        })
    }
}

/// Sends until the time is over and all requests are answered.
///
/// # Errors
/// When a connection is refused.
pub(crate) async fn run(load: Load, requests: Arc<dyn Requests>) -> Result<Tally> {
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(send_all(load, requests.as_ref()))
    })
    .await?
}

async fn send_all(load: Load, requests: &dyn Requests) -> Result<Tally> {
    let mut connections = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        connections.push(Connection::open(load.address).await?);
    }
    ensure!(!connections.is_empty(), "a load needs a connection");
    let started = Instant::now();
    let from = started + load.warm_up;
    let clock = Clock {
        from,
        until: from + load.measured,
    };
    let (next, tally) = (
        Cell::new(0),
        Rc::new(RefCell::new(Tally::new(load.measured)?)),
    );
    let loops = connections
        .into_iter()
        .map(|connection| run_connection(connection, load.success, requests, clock, &next, &tally));
    let limit = load.warm_up + load.measured + LAST_ANSWERS;
    tokio::time::timeout(limit, join_all(loops))
        .await
        .context("requests were not answered within a minute")?;
    Ok(tally.replace(Tally::new(load.measured)?))
}

#[derive(Clone, Copy)]
struct Clock {
    from: Instant,
    until: Instant,
}

async fn run_connection(
    mut connection: Connection,
    success: u16,
    requests: &dyn Requests,
    clock: Clock,
    next: &Cell<u64>,
    tally: &RefCell<Tally>,
) {
    let mut request = Vec::new();
    loop {
        let sent = Instant::now();
        if sent >= clock.until {
            return;
        }
        request.clear();
        requests.write(next.replace(next.get() + 1), &mut request);
        let answer = connection.send(&request).await;
        let answered = Instant::now();
        let mut tally = tally.borrow_mut();
        match answer {
            Ok(status) if status == success => {
                tally.answered += 1;
                if (clock.from..clock.until).contains(&answered) {
                    tally.measured += 1;
                    let took = u64::try_from((answered - sent).as_micros()).unwrap_or(u64::MAX);
                    tally.microseconds.saturating_record(took);
                }
            }
            Ok(status) => *tally.refused.entry(status).or_default() += 1,
            Err(error) => {
                tally.broken.push(format!("{error:#}"));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    struct Short;

    impl Requests for Short {
        fn write(&self, ordinal: u64, into: &mut Vec<u8>) {
            into.extend_from_slice(format!("GET /{ordinal} HTTP/1.1\r\n\r\n").as_bytes());
        }
    }

    /// A server that sends these answers on every connection, one per request, and then closes it.
    async fn answering(answers: &'static [&'static str]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut request = [0; 512];
                    for answer in answers {
                        if stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                            stream.write_all(answer.as_bytes()).await.unwrap();
                        }
                    }
                });
            }
        });
        address
    }

    async fn tally(answers: &'static [&'static str]) -> Tally {
        let load = Load {
            address: answering(answers).await,
            connections: 3,
            success: 200,
            warm_up: Duration::ZERO,
            measured: Duration::from_secs(60),
        };
        run(load, Arc::new(Short)).await.unwrap()
    }

    #[tokio::test]
    async fn refused_and_unanswered_requests_are_reported() {
        const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        let tally = tally(&[OK, BUSY, OK]).await;
        assert_eq!((tally.answered, tally.measured), (6, 6));
        assert_eq!(tally.refused, BTreeMap::from([(503, 3)]));
        assert_eq!(tally.broken.len(), 3);
        let failures = tally.failures();
        assert_eq!(failures.len(), 4);
        assert!(
            failures.contains(&"3 requests were answered 503".to_owned()),
            "{failures:?}"
        );
    }
}
