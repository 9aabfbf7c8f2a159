//! The one writer to the terminal. Lines go above the progress bar while there is one; a closed pipe is no error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;

/// Cloning is cheap; all clones write to the same terminal.
#[derive(Clone, Default)]
pub(crate) struct Screen {
    bar: Arc<Mutex<Option<ProgressBar>>>,
}

impl Screen {
    /// Writes to standard output.
    pub(crate) fn say(&self, text: impl Display) {
        self.above_the_bar(|| write(io::stdout().lock(), &text));
    }

    /// Writes to standard error.
    pub(crate) fn complain(&self, text: impl Display) {
        self.above_the_bar(|| write(io::stderr().lock(), &text));
    }

    /// Whether a person looks on, so that a bar can move.
    pub(crate) fn is_live(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Shows a bar below what is said from now on, or ends it.
    pub(crate) fn set_bar(&self, bar: Option<ProgressBar>) {
        let before = std::mem::replace(
            &mut *self.bar.lock().unwrap_or_else(PoisonError::into_inner),
            bar,
        );
        if let Some(before) = before {
            before.finish_and_clear();
        }
    }

    fn above_the_bar(&self, write: impl FnOnce()) {
        match &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

fn write(mut to: impl Write, text: &impl Display) {
    // Nobody reads any more: the work goes on all the same.
    let _ = writeln!(to, "{text}");
    let _ = to.flush();
}
