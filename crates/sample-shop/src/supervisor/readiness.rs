//! Waits until a process can do its work, and says what it lacks.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::Kept;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::state_dir::StateDir;

const LONGEST: Duration = Duration::from_secs(60);
/// What is not ready after this is worth a line.
const QUIET: Duration = Duration::from_secs(4);
const PAUSE: Duration = Duration::from_millis(100);
/// A process that ends this often before it is ready will not come up.
const MOST_RESTARTS: u32 = 3;

/// The body of `/readyz`.
#[derive(Deserialize)]
struct Check {
    missing: Vec<Missing>,
}

#[derive(Deserialize)]
struct Missing {
    dependency: String,
    reason: String,
}

/// Waits for one process, at most until [`LONGEST`] after the start of all.
pub(super) async fn wait(
    kept: &Kept,
    since: Instant,
    http: &reqwest::Client,
    state: &StateDir,
    screen: &Screen,
) -> Result<(), Failure> {
    let mut said = String::new();
    loop {
        let Err(lacking) = ask(kept, http).await else {
            return Ok(());
        };
        let failed = |what: String| {
            let happened = format!("{} {what}: {lacking}.", kept.name);
            Failure::new(happened)
                .advice("read its log, mend what is missing, then start again.")
                .log(state.log(kept.name))
        };
        if kept.restarts.load(Ordering::Relaxed) >= MOST_RESTARTS {
            return Err(failed("ends each time it is started".to_owned()));
        }
        if since.elapsed() > LONGEST {
            return Err(failed(format!(
                "is not ready after {} s",
                LONGEST.as_secs()
            )));
        }
        if since.elapsed() > QUIET && said != lacking {
            screen.say(format_args!("Waiting for {}: {lacking}.", kept.name));
            said = lacking;
        }
        sleep(PAUSE).await;
    }
}

/// `Err` says what is missing.
async fn ask(kept: &Kept, http: &reqwest::Client) -> Result<(), String> {
    let answer = http
        .get(&kept.ready_url)
        .send()
        .await
        .map_err(|_| "it does not answer yet".to_owned())?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let body = answer.bytes().await.unwrap_or_default();
    Err(lacking(&body).unwrap_or_else(|| format!("it answers {status}")))
}

fn lacking(body: &[u8]) -> Option<String> {
    let check: Check = serde_json::from_slice(body).ok()?;
    let missing = check
        .missing
        .iter()
        .map(|missing| format!("{} ({})", missing.dependency, missing.reason));
    let missing: Vec<_> = missing.collect();
    (!missing.is_empty()).then(|| format!("it lacks {}", missing.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_reason() {
        let body = br#"{"ready":false,"missing":[
            {"dependency":"postgres","since":"2026-11-23T12:00:00Z","reason":"connection refused"},
            {"dependency":"rabbitmq","since":"2026-11-23T12:00:00Z","reason":"not reached yet"}]}"#;
        let expected = "it lacks postgres (connection refused), rabbitmq (not reached yet)";
        assert_eq!(lacking(body).as_deref(), Some(expected));
        assert_eq!(lacking(b"<html>"), None);
    }
}
