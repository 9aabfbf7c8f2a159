//! The services as real child processes of the one binary, so that a test can freeze, kill and restart each of them.
//!
//! Every process keeps its ports and its log over all its lives. None outlives the test: a dropped child is killed, and
//! all of them stay in the test's process group, which a test runner ends as a whole.

mod life;
mod logs;
mod ports;
mod program;
mod scrape;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::Value;
use tokio::process::Command;

use crate::{eventually, http};
use life::Life;
use logs::Logs;
use ports::Ports;

pub(crate) use ports::free as free_addresses;
pub use scrape::Scrape;
pub use service::{Process, Service};

/// How long a service may take until it is ready: a debug build on a busy machine.
const START: Duration = Duration::from_secs(30);
/// How long a service may take to end after SIGTERM: its own 30 seconds, and a little for the signal and the reaping.
const STOP: Duration = Duration::from_secs(35);
/// How long a program may take that runs to its end.
const RUN: Duration = Duration::from_secs(60);

/// The processes of one product under test.
pub struct Services {
    logs: Logs,
    http: Client,
    settings: BTreeMap<String, String>,
    environment: BTreeMap<&'static str, PathBuf>,
    ports: Ports,
    running: BTreeMap<Process, Life>,
}

impl Services {
    /// Prepares the processes; none is started yet. Settings are by their key, such as `broker.url`.
    ///
    /// # Panics
    /// When there is no place for their logs.
    #[must_use]
    pub fn new(settings: BTreeMap<String, String>) -> Self {
        let ports = Ports::choose();
        let mut services = Self {
            logs: Logs::new(),
            http: http::client(),
            settings,
            environment: BTreeMap::new(),
            ports,
            running: BTreeMap::new(),
        };
        services.set("gateway.address", ports.gateway.to_string());
        services.set("ingest.address", ports.ingest.to_string());
        services
    }

    /// Changes a setting for the processes that are started from now on.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.settings.insert(key.to_owned(), value.into());
    }

    /// Takes a setting away for the processes that are started from now on.
    pub fn unset(&mut self, key: &str) {
        self.settings.remove(key);
    }

    /// Has the processes that are started from now on trust this authority (a PEM file) instead of the system's.
    pub fn trust(&mut self, authority: PathBuf) {
        self.environment.insert("SSL_CERT_FILE", authority);
    }

    /// Starts a service and waits until it is ready.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn start(&mut self, process: impl Into<Process>) {
        let process = process.into();
        self.spawn(process);
        self.ready(process).await;
    }

    /// Starts services together and waits until all are ready.
    ///
    /// # Panics
    /// When one does not become ready.
    pub async fn start_all(&mut self, services: &[Service]) {
        for service in services {
            self.spawn(*service);
        }
        for service in services {
            self.ready(*service).await;
        }
    }

    /// Starts a service without waiting for it.
    ///
    /// # Panics
    /// When it runs already, or the binary is not there.
    pub fn spawn(&mut self, process: impl Into<Process>) {
        let process = process.into();
        let log = self.logs.open(process.service);
        let mut command = self.command(&["run", process.service.name()]);
        command
            .env(
                program::variable("ops.address"),
                self.ports.ops(process).to_string(),
            )
            .stdout(log.try_clone().expect("the log can be written by two"))
            .stderr(log);
        let child = command.spawn().expect("the binary can be started");
        let before = self.running.insert(process, Life::new(child));
        assert!(before.is_none(), "{process} runs already");
    }

    /// Waits until a service is ready.
    ///
    /// # Panics
    /// When it ends instead, or takes too long.
    pub async fn ready(&mut self, process: impl Into<Process>) {
        let process = process.into();
        let url = self.ops_url(process, "/readyz");
        let (http, life) = (
            self.http.clone(),
            self.running.get_mut(&process).expect("it was started"),
        );
        eventually(&format!("{process} is ready"), START, async || {
            let ended = life.ended();
            assert!(ended.is_none(), "{process} ended at its start: {ended:?}");
            let answer = http.get(&url).send().await.ok()?;
            (answer.status() == StatusCode::OK).then_some(())
        })
        .await;
    }

    /// What a service says at `/readyz`, once it answers: its status and its words.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn readiness(&self, service: Service) -> (StatusCode, Value) {
        let url = self.ops_url(service, "/readyz");
        eventually(&format!("{} answers", service.name()), START, async || {
            let answer = self.http.get(&url).send().await.ok()?;
            Some((answer.status(), answer.json().await.ok()?))
        })
        .await
    }

    /// Ends a service at once, as a power cut does.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn kill_9(&mut self, process: impl Into<Process>) {
        self.take(process.into()).kill().await;
    }

    /// Asks a service to end (SIGTERM) and waits: how it ended, and after how long.
    ///
    /// # Panics
    /// When it does not run, or does not end in time.
    pub async fn terminate(&mut self, service: Service) -> (ExitStatus, Duration) {
        let since = Instant::now();
        let status = self.take(service.into()).terminate(STOP).await;
        let status =
            status.unwrap_or_else(|| panic!("{} did not end within {STOP:?}", service.name()));
        (status, since.elapsed())
    }

    /// Stops a service where it stands (SIGSTOP), so that what it has in hand can be looked at; see [`thaw`](Self::thaw).
    ///
    /// # Panics
    /// When it does not run.
    pub async fn freeze(&self, process: impl Into<Process>) {
        self.life(process.into()).freeze().await;
    }

    /// Lets a frozen service go on.
    ///
    /// # Panics
    /// When it does not run.
    pub fn thaw(&self, process: impl Into<Process>) {
        self.life(process.into()).thaw();
    }

    /// The operating system's id of a process; `None` when it does not run.
    #[must_use]
    pub fn process_id(&self, process: impl Into<Process>) -> Option<u32> {
        self.running.get(&process.into()).and_then(Life::process_id)
    }

    /// The local ports of a process's connections: with them a server knows which of its clients it is.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn local_ports(&self, process: impl Into<Process>) -> BTreeSet<u16> {
        let process = process.into();
        let process_id = self.process_id(process);
        life::local_ports(process_id.unwrap_or_else(|| panic!("{process} does not run")))
    }

    /// Requests at the service's public port that its process has taken from the network and not answered, when `open` is
    /// how many its clients wait for. Exact while it is frozen; what the process has not read yet does not count.
    #[must_use]
    pub fn unanswered_inside(&self, service: Service, open: usize) -> usize {
        open.saturating_sub(life::unread_connections(self.ports.public(service)))
    }

    /// A place at the service's public port.
    #[must_use]
    pub fn url(&self, service: Service, path: &str) -> String {
        format!("http://{}{path}", self.ports.public(service))
    }

    /// A place at the operations listener of a process.
    #[must_use]
    pub fn ops_url(&self, process: impl Into<Process>, path: &str) -> String {
        format!("http://{}{path}", self.ports.ops(process.into()))
    }

    /// The metrics of a process.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn scrape(&self, process: impl Into<Process>) -> Scrape {
        let answer = self
            .http
            .get(self.ops_url(process, "/metrics"))
            .send()
            .await;
        Scrape::new(
            answer
                .expect("metrics are answered")
                .text()
                .await
                .expect("metrics are text"),
        )
    }

    /// All that a service has logged in all its lives.
    ///
    /// # Panics
    /// When it has never been started.
    #[must_use]
    pub fn log(&self, service: Service) -> Vec<u8> {
        self.logs.read(service)
    }

    /// Runs the binary to its end, as an operator does: `djigbachats key create --platform`.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let running = self.command(arguments).output();
        let ended = tokio::time::timeout(RUN, running).await;
        ended
            .expect("the program ends")
            .expect("the binary can be started")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program::binary());
        command
            .args(arguments)
            .env_clear()
            .envs(
                self.settings
                    .iter()
                    .map(|(key, value)| (program::variable(key), value)),
            )
            .envs(&self.environment)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    fn life(&self, process: Process) -> &Life {
        self.running
            .get(&process)
            .unwrap_or_else(|| panic!("{process} does not run"))
    }

    fn take(&mut self, process: Process) -> Life {
        self.running
            .remove(&process)
            .unwrap_or_else(|| panic!("{process} does not run"))
    }
}
