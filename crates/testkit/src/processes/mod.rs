//! The services as child processes of the built binary, so that a test can freeze, kill and restart each of them.
//!
//! Every process keeps its ports and its log across restarts. No process outlives the test: a dropped child is killed,
//! and all of them stay in the test's process group, which a test runner ends as a whole.

mod child_process;
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
use child_process::ChildProcess;
use logs::Logs;
use ports::Ports;

pub(crate) use ports::free as free_addresses;
pub use scrape::Scrape;
pub use service::{Process, Service};

/// Time limit until a service is ready: a debug build on a busy machine.
const START: Duration = Duration::from_secs(30);
/// Time limit of a service's exit after SIGTERM: its own 30 seconds, and a margin for the signal and the reaping.
const STOP: Duration = Duration::from_secs(35);
/// Time limit of a command that runs to its end.
const RUN: Duration = Duration::from_secs(60);

/// The processes of one product under test.
pub struct Services {
    logs: Logs,
    http: Client,
    settings: BTreeMap<String, String>,
    environment: BTreeMap<&'static str, PathBuf>,
    ports: Ports,
    running: BTreeMap<Process, ChildProcess>,
}

impl Services {
    /// Prepares the processes without starting any. Settings are given by key, such as `broker.url`.
    ///
    /// # Panics
    /// When the folder of their logs cannot be created.
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

    /// Changes a setting for processes started from now on.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.settings.insert(key.to_owned(), value.into());
    }

    /// Removes a setting for processes started from now on.
    pub fn unset(&mut self, key: &str) {
        self.settings.remove(key);
    }

    /// Makes processes started from now on trust this authority (a PEM file) instead of those of the system.
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
    /// When it runs already, or the binary does not exist.
    pub fn spawn(&mut self, process: impl Into<Process>) {
        let process = process.into();
        let log = self.logs.open(process.service);
        let mut command = self.command(&["run", process.service.name()]);
        command
            .env(
                program::variable("ops.address"),
                self.ports.ops(process).to_string(),
            )
            .stdout(log.try_clone().expect("the log file can be cloned"))
            .stderr(log);
        let child = command.spawn().expect("the binary can be started");
        let before = self.running.insert(process, ChildProcess::new(child));
        assert!(before.is_none(), "{process} runs already");
    }

    /// Waits until a service is ready.
    ///
    /// # Panics
    /// When it exits instead, or exceeds the time limit.
    pub async fn ready(&mut self, process: impl Into<Process>) {
        let process = process.into();
        let url = self.ops_url(process, "/readyz");
        let (http, child_process) = (
            self.http.clone(),
            self.running.get_mut(&process).expect("it was started"),
        );
        eventually(&format!("{process} is ready"), START, async || {
            let ended = child_process.ended();
            assert!(ended.is_none(), "{process} ended at its start: {ended:?}");
            let answer = http.get(&url).send().await.ok()?;
            (answer.status() == StatusCode::OK).then_some(())
        })
        .await;
    }

    /// The status and body of a service's `/readyz`, once it answers.
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

    /// Kills a service with SIGKILL.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn kill_9(&mut self, process: impl Into<Process>) {
        self.take(process.into()).kill().await;
    }

    /// Sends SIGTERM to a service and waits for its exit; returns the exit status and the time it took.
    ///
    /// # Panics
    /// When it does not run, or does not exit in time.
    pub async fn terminate(&mut self, service: Service) -> (ExitStatus, Duration) {
        let since = Instant::now();
        let status = self.take(service.into()).terminate(STOP).await;
        let status =
            status.unwrap_or_else(|| panic!("{} did not end within {STOP:?}", service.name()));
        (status, since.elapsed())
    }

    /// Suspends a service (SIGSTOP), so that its work in flight can be inspected; see [`thaw`](Self::thaw).
    ///
    /// # Panics
    /// When it does not run.
    pub async fn freeze(&self, process: impl Into<Process>) {
        self.child_process(process.into()).freeze().await;
    }

    /// Resumes a frozen service.
    ///
    /// # Panics
    /// When it does not run.
    pub fn thaw(&self, process: impl Into<Process>) {
        self.child_process(process.into()).thaw();
    }

    /// The process id of a process; `None` when it does not run.
    #[must_use]
    pub fn process_id(&self, process: impl Into<Process>) -> Option<u32> {
        self.running
            .get(&process.into())
            .and_then(ChildProcess::process_id)
    }

    /// The local ports of a process's connections, by which a server can identify it as a client.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn local_ports(&self, process: impl Into<Process>) -> BTreeSet<u16> {
        let process = process.into();
        let process_id = self.process_id(process);
        child_process::local_ports(process_id.unwrap_or_else(|| panic!("{process} does not run")))
    }

    /// Requests that the service has read from its public port and not answered, when its clients wait for `open`
    /// answers. Exact while the process is frozen; requests it has not read yet do not count.
    #[must_use]
    pub fn unanswered_inside(&self, service: Service, open: usize) -> usize {
        open.saturating_sub(child_process::unread_connections(
            self.ports.public(service),
        ))
    }

    /// A URL at the service's public port.
    #[must_use]
    pub fn url(&self, service: Service, path: &str) -> String {
        format!("http://{}{path}", self.ports.public(service))
    }

    /// A URL at the operations listener of a process.
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

    /// Everything that a service has logged, across restarts.
    ///
    /// # Panics
    /// When it was never started.
    #[must_use]
    pub fn log(&self, service: Service) -> Vec<u8> {
        self.logs.read(service)
    }

    /// Runs a command of the binary to its end, as an operator does: `djigbachats key create --platform`.
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

    fn child_process(&self, process: Process) -> &ChildProcess {
        self.running
            .get(&process)
            .unwrap_or_else(|| panic!("{process} does not run"))
    }

    fn take(&mut self, process: Process) -> ChildProcess {
        self.running
            .remove(&process)
            .unwrap_or_else(|| panic!("{process} does not run"))
    }
}
