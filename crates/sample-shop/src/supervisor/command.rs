//! Programs that run to their end.

use std::process::Stdio;
use std::time::Duration;

use super::program::{Program, rotate_log};
use crate::failure::Failure;
use crate::state_dir::StateDir;

const LONGEST: Duration = Duration::from_secs(120);

/// Runs a program to its end and gives what it printed, which is not written to the log: it may be a key.
///
/// # Errors
/// When it cannot be started, takes over two minutes or ends with an error.
pub(crate) async fn run_to_end(program: &Program, state: &StateDir) -> Result<String, Failure> {
    let log = state.log(program.name);
    let failed = |why: String| Failure::new(format!("{} {why}.", program.name)).log(&log);
    rotate_log(&log);
    let started = program
        .command(&log)
        .and_then(|mut command| command.stdout(Stdio::piped()).spawn());
    let child = started.map_err(|error| failed(format!("could not be started: {error}")))?;
    let Ok(ended) = tokio::time::timeout(LONGEST, child.wait_with_output()).await else {
        return Err(failed(format!(
            "did not end within {} s and was killed",
            LONGEST.as_secs()
        )));
    };
    let output = ended.map_err(|error| failed(format!("could not be waited for: {error}")))?;
    if !output.status.success() {
        return Err(
            failed(format!("failed ({})", output.status)).advice("read its log, then start again.")
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
