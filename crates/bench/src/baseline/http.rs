//! HTTP client and server: the generator against a server that reads the request and sends a small answer.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::{Context as _, Result, ensure};
use tokio::sync::oneshot;

use crate::generator::{self, Load, Requests, Tally};

/// As large as the answer to an accepted message.
const ANSWER: &str = r#"{"id":"0199a3c4-5d6e-7f80-9123-456789abcdef","state":"accepted","accepted_at":"2026-11-25T12:00:00.000Z"}"#;
const LONGEST_BODY: usize = 16 * 1024 * 1024;
/// As many as the product's listeners have on two cores.
const WORKERS: usize = 2;

struct BaselineServer {
    address: SocketAddr,
    handle: ServerHandle,
    thread: JoinHandle<()>,
}

/// Sends the product's requests to a baseline server.
///
/// # Errors
/// When the server cannot be started or does not answer a request.
pub(crate) async fn run(load: Load, requests: Arc<dyn Requests>) -> Result<Tally> {
    let server = BaselineServer::start(StatusCode::from_u16(load.success)?).await?;
    let load = Load {
        address: server.address,
        ..load
    };
    let tally = generator::run(load, requests).await;
    server.stop().await?;
    let tally = tally?;
    let failures = tally.failures();
    ensure!(
        failures.is_empty(),
        "the baseline server failed: {failures:?}"
    );
    Ok(tally)
}

impl BaselineServer {
    async fn start(status: StatusCode) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (started, starts) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("baseline-http".to_owned())
            .spawn(move || {
                actix_web::rt::System::new().block_on(serve(listener, status, started));
            })?;
        let handle = starts.await.context("the baseline server did not start")?;
        Ok(Self {
            address,
            handle,
            thread,
        })
    }

    async fn stop(self) -> Result<()> {
        self.handle.stop(false).await;
        let ended = tokio::task::spawn_blocking(move || self.thread.join()).await?;
        ensure!(ended.is_ok(), "the baseline server panicked");
        Ok(())
    }
}

async fn serve(listener: TcpListener, status: StatusCode, started: oneshot::Sender<ServerHandle>) {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::PayloadConfig::new(LONGEST_BODY))
            .default_service(web::to(move |_body: web::Bytes| {
                std::future::ready(HttpResponse::build(status).body(ANSWER))
            }))
    })
    .workers(WORKERS)
    .disable_signals()
    .listen(listener);
    // A failure reaches the caller as a closed channel or as unanswered requests.
    if let Ok(server) = server {
        let running = server.run();
        if started.send(running.handle()).is_ok() {
            drop(running.await);
        }
    }
}
