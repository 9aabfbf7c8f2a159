//! A shop in Ouagadougou that does the product's main job through its public API, and the sandbox that it does it in.
//!
//! It uses no crate of the product. It starts the services and Meta's simulator, connects a number, sends a campaign to the
//! clients of a spreadsheet, and shows what became of each row; it fails when one row is in no place or in two.

mod api;
mod failure;
mod journey;
mod options;
mod ports;
mod programs;
mod progress;
mod random;
mod screen;
mod secrets;
mod settings_file;
mod signals;
mod simulator;
mod state_dir;
mod supervisor;
mod table;
mod tally;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio::time::Instant;

use crate::api::Api;
use crate::failure::Failure;
use crate::journey::{Doors, Journey};
use crate::options::Options;
use crate::ports::{Ports, url};
use crate::programs::Programs;
use crate::screen::Screen;
use crate::secrets::Secrets;
use crate::signals::Signals;
use crate::simulator::Simulator;
use crate::state_dir::StateDir;
use crate::supervisor::{SERVICES, Supervisor, run_to_end};

/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest call takes the file of clients.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How the work ended.
enum End {
    /// All of it was done.
    Done,
    /// A signal came before.
    Interrupted,
}

// One thread: the processes die with the thread that started them.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let screen = Screen::default();
    match run(&Options::parse(), &screen).await {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(failure) => {
            screen.complain(format_args!("\n{failure}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options, screen: &Screen) -> Result<End, Failure> {
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new(format!("signals cannot be listened to: {error}.")))?;
    let file = std::fs::read(&options.clients).map_err(|error| {
        Failure::new(format!(
            "the clients' file {} cannot be read: {error}.",
            options.clients.display()
        ))
        .kept("nothing was started.")
        .advice("name a CSV file with --clients.")
    })?;
    let state = Arc::new(StateDir::open(&options.state_dir)?);
    let mut supervisor = Supervisor::new(Arc::clone(&state), screen.clone()).await;
    let mut ended = tokio::select! {
        result = work(options, file, &state, &mut supervisor, screen) => result.map(|()| End::Done),
        () = signals.next() => Ok(End::Interrupted),
    };
    screen.set_bar(None);
    if matches!(ended, Ok(End::Done)) && !options.once {
        signals.next().await;
    }
    if !stop(&mut supervisor, &mut signals, screen).await {
        ended = ended.and(Ok(End::Interrupted));
    }
    ended
}

/// Starts everything and does the shop's work.
async fn work(
    options: &Options,
    file: Vec<u8>,
    state: &Arc<StateDir>,
    supervisor: &mut Supervisor,
    screen: &Screen,
) -> Result<(), Failure> {
    let since = Instant::now();
    let secrets = Secrets::keep(state)?;
    let ports = Ports::keep(state)?;
    let programs = Programs::prepare(options, state, &secrets, &ports)?;
    let said = run_to_end(&programs.migrate(), state).await?;
    screen.say(format_args!("Database: {}.", said.trim()));
    for program in programs.kept_running() {
        supervisor.start(program);
    }
    let http = http_client()?;
    supervisor.await_ready(&http).await?;
    screen.say(format_args!(
        "Services: {} and the simulated Meta are ready ({:.1} s); logs: {}.",
        SERVICES.join(", "),
        since.elapsed().as_secs_f64(),
        state.path("logs").display()
    ));
    let api = Api::new(http.clone(), url(ports.api), state.log("gateway"));
    let simulator = Simulator::new(http, url(ports.simulator));
    let mut doors = Doors {
        api: api.base().to_owned(),
        ops: SERVICES.into_iter().zip(ports.ops.map(url)).collect(),
        ledger: simulator.ledger_url(),
        logs: state.path("logs").display().to_string(),
        key: String::new(),
    };
    let journey = Journey {
        api,
        simulator,
        screen: screen.clone(),
        state: Arc::clone(state),
        key_command: programs.platform_key(),
        clients: options.clients.clone(),
        file,
        prove: options.once,
    };
    doors.key = journey.run().await?;
    if supervisor.restarts() > 0 {
        screen.say(format_args!(
            "Processes that were started again on the way: {}.",
            supervisor.restarts()
        ));
    }
    if !options.once {
        screen.say(doors.text());
    }
    Ok(())
}

/// Ends all processes; a signal meanwhile kills them. Says whether all could finish their work.
async fn stop(supervisor: &mut Supervisor, signals: &mut Signals, screen: &Screen) -> bool {
    if supervisor.is_idle() {
        return true;
    }
    screen.say("Stopping: each process finishes what it holds.");
    let finished = tokio::select! {
        () = supervisor.stop() => true,
        () = signals.next() => false,
    };
    if finished {
        screen.say("Everything is stopped; the data stays.");
    } else {
        supervisor.kill().await;
        screen.say("Everything was killed; what was under way goes on at the next start.");
    }
    finished
}

fn http_client() -> Result<reqwest::Client, Failure> {
    // Fails only when the process has one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| Failure::new(format!("no HTTP client can be made: {error}.")))
}
