//! A running simulator: its HTTP server and its webhook dispatcher on threads of their own, and the methods by which a
//! test controls and reads it.

mod templates;

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::middleware::NormalizePath;
use actix_web::web::{Data, PayloadConfig};
use actix_web::{App, HttpServer, web};
use tokio::sync::oneshot;

use crate::config::{SimConfig, WebhookBehaviour};
use crate::control::error::ControlError;
use crate::control::handshake::{self, HandshakeReport};
use crate::control::inbound::{self, FieldChange, Inbound};
use crate::control::numbers::{self, NumberChange};
use crate::control::preferences::{self, Preference};
use crate::control::resend::{self, Resend};
use crate::ledger::{AcceptedMessage, LedgerEntry, LedgerFileError, LedgerSummary, SendRate};
use crate::limits::Limits;
use crate::script::{Script, ScriptReport};
use crate::state::account::Account;
use crate::state::media::UploadedMedia;
use crate::state::sample::SampleError;
use crate::state::{State, StateError};
use crate::stats::Stats;
use crate::webhook::deliver;
use crate::{connection, control, graph, template_life};

const LONGEST_BODY: usize = 4 * 1_024 * 1_024;
const KEEP_ALIVE: Duration = Duration::from_secs(75);
const SHUTDOWN_SECONDS: u64 = 2;

/// Why a simulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("the simulator cannot listen on its address")]
    Listen(#[source] std::io::Error),
    /// A thread cannot be started.
    #[error("the simulator cannot start a thread")]
    Thread(#[source] std::io::Error),
    /// The client for webhooks cannot be built.
    #[error("the client for webhooks cannot be built")]
    Client(#[from] reqwest::Error),
    /// The ledger's file cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerFileError),
    /// The sample account cannot be read.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The server's thread ended before it served.
    #[error("the simulator's server ended before it began")]
    Ended,
}

/// A running simulator. Dropping it stops its tasks; `stop` also waits for them.
pub struct Simulator {
    state: Arc<State>,
    base_url: String,
    threads: Vec<Running>,
}

/// A thread with a runtime of its own.
struct Running {
    thread: JoinHandle<()>,
    ended: oneshot::Receiver<()>,
}

/// The address, once the server listens.
type Started = Result<String, StartError>;

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl Simulator {
    /// Starts a simulator, which is serving when this returns.
    ///
    /// # Errors
    /// When the address is taken or the ledger's file cannot be used.
    pub async fn start(config: SimConfig) -> Result<Self, StartError> {
        // Fails only when a provider is already installed, which is used then.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .pool_max_idle_per_host(config.webhook_concurrency)
            .build()?;
        let state = Arc::new(State::new(config, client)?);
        let (server, base_url) = serve(Arc::clone(&state)).await?;
        let dispatcher = dispatch(Arc::clone(&state))?;
        tracing::info!(base_url, "the simulated Meta listens");
        Ok(Self {
            state,
            base_url,
            threads: vec![server, dispatcher],
        })
    }

    /// `http://127.0.0.1:PORT`; Graph paths are below it, as `{base}/v25.0/…`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Sets the webhook URL, also for webhooks already scheduled; `None` drops them.
    pub fn set_webhook_url(&self, url: Option<String>) {
        self.state.set_webhook(url, None);
    }

    /// Changes the webhook behaviour of messages accepted from now on.
    pub fn set_behaviour(&self, behaviour: WebhookBehaviour) {
        self.state.set_behaviour(behaviour);
    }

    /// Changes the limits enforced from now on.
    pub fn set_limits(&self, limits: Limits) {
        self.state.set_limits(limits);
    }

    /// Merges an account in and returns it with the generated ids.
    ///
    /// # Errors
    /// When sample templates are asked for and cannot be read.
    pub fn put_account(&self, account: Account) -> Result<Account, ControlError> {
        Ok(self.state.put_account(account)?)
    }

    /// Adds a fault script and returns its number.
    pub fn script(&self, script: Script) -> u64 {
        self.state.scripts.add(script)
    }

    /// The scripts with their counts.
    #[must_use]
    pub fn scripts(&self) -> Vec<ScriptReport> {
        self.state.scripts.reports()
    }

    /// Removes all scripts.
    pub fn clear_scripts(&self) {
        self.state.scripts.clear();
    }

    /// A client writes; returns the message's wamid.
    ///
    /// # Errors
    /// When the number is unknown or no webhook is configured.
    pub fn inbound(&self, inbound: Inbound) -> Result<String, ControlError> {
        inbound::receive(&self.state, inbound)
    }

    /// Opens a client's window without a webhook; returns the message's wamid.
    ///
    /// # Errors
    /// When the number or the client is invalid.
    pub fn record_inbound(
        &self,
        phone_number_id: &str,
        from: &str,
    ) -> Result<String, ControlError> {
        inbound::record_inbound(&self.state, phone_number_id, from)
    }

    /// A client stops or resumes marketing messages inside WhatsApp.
    ///
    /// # Errors
    /// When the number is unknown or no webhook is configured.
    pub fn prefer(&self, preference: &Preference) -> Result<(), ControlError> {
        preferences::prefer(&self.state, preference)
    }

    /// Meta reports a change in any field.
    ///
    /// # Errors
    /// When no webhook is configured.
    pub fn report(&self, change: &FieldChange) -> Result<(), ControlError> {
        inbound::report(&self.state, change)
    }

    /// Changes the limits of a number and reports it as Meta does.
    ///
    /// # Errors
    /// When the number is unknown.
    pub fn change_number(&self, change: &NumberChange) -> Result<(), ControlError> {
        numbers::change(&self.state, change)
    }

    /// Posts webhooks again; returns the number of bodies or messages.
    pub fn resend(&self, wanted: &Resend) -> usize {
        resend::resend(&self.state, wanted)
    }

    /// Verifies the webhook address as Meta does.
    pub async fn handshake(&self) -> HandshakeReport {
        handshake::shake(&self.state).await
    }

    /// Every accepted POST, in order.
    #[must_use]
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.state.ledger.after(0, u64::MAX)
    }

    /// The accepted POSTs of one `biz_opaque_callback_data`.
    #[must_use]
    pub fn ledger_of(&self, biz_opaque_callback_data: &str) -> Vec<LedgerEntry> {
        self.state.ledger.of(biz_opaque_callback_data)
    }

    /// Every message with the count and times of its acceptances, in the order of first acceptance.
    #[must_use]
    pub fn accepted_messages(&self) -> Vec<AcceptedMessage> {
        self.state.ledger.messages(0, u64::MAX)
    }

    /// The maximum number of accepted POSTs of one number within any window of this length.
    #[must_use]
    pub fn send_rate(&self, phone_number_id: &str, window: Duration) -> SendRate {
        let window_ms = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
        self.state.ledger.send_rate(phone_number_id, window_ms)
    }

    /// How often one `biz_opaque_callback_data` was accepted.
    #[must_use]
    pub fn accepted_times(&self, biz_opaque_callback_data: &str) -> u32 {
        self.state.ledger.repetitions(biz_opaque_callback_data)
    }

    /// The summary of the ledger.
    #[must_use]
    pub fn summary(&self) -> LedgerSummary {
        self.state.ledger.summary()
    }

    /// Counters of the simulator.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.state.read_stats()
    }

    /// Every uploaded file, in order.
    #[must_use]
    pub fn media(&self) -> Vec<UploadedMedia> {
        self.state.media.all()
    }

    /// Ages every uploaded file: ids are valid for 30 days.
    pub fn age_media(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.state.media.age(millis);
    }

    /// Expires every paging cursor returned so far.
    pub fn expire_cursors(&self) {
        self.state.expire_cursors();
    }

    /// Waits until every scheduled webhook was answered 200 or parts up.
    pub async fn settled(&self) {
        self.state.delivery_queue.until_settled().await;
    }

    /// Resets to the sample account and an empty ledger.
    ///
    /// # Errors
    /// When the ledger's file cannot be truncated.
    pub fn reset(&self) -> Result<(), ControlError> {
        Ok(self.state.reset()?)
    }

    /// Stops serving and posting, and waits for every task and thread. Scheduled webhooks are dropped; the ledger's
    /// file is complete.
    pub async fn stop(mut self) {
        self.state.stopping.cancel();
        for running in self.threads.drain(..) {
            running.until_ended().await;
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.state.stopping.cancel();
    }
}

impl Running {
    fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<Self, StartError> {
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                work();
                // The receiver is gone after a drop.
                let _ = end.send(());
            })
            .map_err(StartError::Thread)?;
        Ok(Self { thread, ended })
    }

    async fn until_ended(self) {
        // An error means that the thread has already ended; a panic in it has been reported.
        let _ = self.ended.await;
        let _ = self.thread.join();
    }
}

/// Serves on a thread with a runtime of its own, independent of the caller's runtime.
async fn serve(state: Arc<State>) -> Result<(Running, String), StartError> {
    let (started, starts) = oneshot::channel::<Started>();
    let server = Running::start("meta-sim-http", move || {
        actix_web::rt::System::new().block_on(run(state, started));
    })?;
    let base_url = starts.await.map_err(|_| StartError::Ended)??;
    Ok((server, base_url))
}

/// Posts webhooks on a thread with a runtime of its own: passing a status between threads would cost more than posting
/// it.
fn dispatch(state: Arc<State>) -> Result<Running, StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StartError::Thread)?;
    Running::start("meta-sim-webhooks", move || {
        let time = template_life::keep_time(Arc::clone(&state));
        runtime.block_on(async { tokio::join!(deliver::dispatch(state), time) });
    })
}

async fn run(state: Arc<State>, started: oneshot::Sender<Started>) {
    let (listen, workers) = (state.config.listen, state.config.http_workers.max(1));
    let stopping = state.stopping.clone();
    let base_url_place = Arc::clone(&state);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::from(Arc::clone(&state)))
            .app_data(PayloadConfig::new(LONGEST_BODY))
            .wrap(NormalizePath::trim())
            .configure(control::routes)
            .configure(graph::routes)
            .default_service(web::to(graph::unknown_path))
    })
    .workers(workers)
    .keep_alive(KEEP_ALIVE)
    // A connection that a client keeps ready is not answered 408 just when it is used.
    .client_request_timeout(Duration::ZERO)
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .on_connect(connection::remember)
    .disable_signals()
    .bind(listen);
    let server = match server {
        Ok(server) => server,
        Err(error) => {
            let _ = started.send(Err(StartError::Listen(error)));
            return;
        }
    };
    let address = server.addrs().first().copied().unwrap_or(listen);
    let base_url = format!("http://{address}");
    let _ = base_url_place.base_url.set(base_url.clone());
    let running = server.run();
    let handle = running.handle();
    if started.send(Ok(base_url)).is_err() {
        return;
    }
    actix_web::rt::spawn(async move {
        stopping.cancelled().await;
        handle.stop(true).await;
    });
    if let Err(error) = running.await {
        tracing::error!(%error, "the simulator's server ended with an error");
    }
}

impl From<StateError> for StartError {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Ledger(error) => Self::Ledger(error),
            StateError::Sample(error) => Self::Sample(error),
        }
    }
}
