//! A failure as a person meets it: what happened, what was kept, what to do, and the end of the log that knows more.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

const LINES_SHOWN: usize = 5;

/// Why the shop gives up.
#[derive(Debug)]
pub(crate) struct Failure {
    happened: String,
    kept: String,
    to_do: String,
    log: Option<(PathBuf, Vec<String>)>,
}

impl Failure {
    /// With the answers that fit most failures; the methods below give better ones.
    pub(crate) fn new(happened: impl Into<String>) -> Self {
        Self {
            happened: happened.into(),
            kept: "the database and the queues are as they were left.".to_owned(),
            to_do: "start again.".to_owned(),
            log: None,
        }
    }

    pub(crate) fn kept(mut self, kept: impl Into<String>) -> Self {
        self.kept = kept.into();
        self
    }

    pub(crate) fn advice(mut self, to_do: impl Into<String>) -> Self {
        self.to_do = to_do.into();
        self
    }

    /// Names a log, with its last lines of now: later ones tell of the stop that follows.
    pub(crate) fn log(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let lines = last_lines(&path);
        self.log = Some((path, lines));
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "failed:  {}", self.happened)?;
        writeln!(f, "kept:    {}", self.kept)?;
        write!(f, "to do:   {}", self.to_do)?;
        let Some((path, lines)) = &self.log else {
            return Ok(());
        };
        write!(f, "\nlog:     {}", path.display())?;
        for line in lines {
            write!(f, "\n         {line}")?;
        }
        Ok(())
    }
}

fn last_lines(path: &Path) -> Vec<String> {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
    let first = lines.len().saturating_sub(LINES_SHOWN);
    lines.into_iter().skip(first).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_three_things_and_shows_the_end_of_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sender.log");
        fs::write(&path, "1\n2\n3\n4\n5\n6\n7\n").unwrap();
        let text = Failure::new("it stopped.").log(&path).to_string();
        assert!(
            text.starts_with("failed:  it stopped.\nkept:    "),
            "{text}"
        );
        assert!(text.contains("\nto do:   start again.\n"), "{text}");
        assert!(
            text.ends_with("\n         3\n         4\n         5\n         6\n         7"),
            "{text}"
        );
    }

    #[test]
    fn a_log_that_is_not_there_is_only_named() {
        let text = Failure::new("it stopped.")
            .log("/nonexistent/sender.log")
            .to_string();
        assert!(text.ends_with("log:     /nonexistent/sender.log"), "{text}");
    }
}
