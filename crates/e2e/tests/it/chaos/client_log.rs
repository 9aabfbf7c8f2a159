//! The clients' own log of acknowledged calls. A line is on the disk before its client continues; lines that wait
//! together share one fsync.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use e2e::audit::Acknowledgement;
use tokio::sync::{mpsc, oneshot};

/// An append-only log. Clones write to the same file.
#[derive(Clone)]
pub(super) struct ClientLog {
    path: PathBuf,
    lines: mpsc::UnboundedSender<Line>,
}

struct Line {
    text: Vec<u8>,
    written: oneshot::Sender<()>,
}

impl ClientLog {
    pub(super) fn create(path: PathBuf) -> Self {
        let file = File::create(&path).unwrap();
        let (lines, waiting) = mpsc::unbounded_channel();
        std::thread::spawn(move || write_all(file, waiting));
        Self { path, lines }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an acknowledgement; it is on the disk when this returns.
    pub(super) async fn write(&self, acknowledgement: &Acknowledgement) {
        let mut text = serde_json::to_vec(acknowledgement).unwrap();
        text.push(b'\n');
        let (written, is_written) = oneshot::channel();
        assert!(self.lines.send(Line { text, written }).is_ok());
        is_written.await.unwrap();
    }
}

fn write_all(mut file: File, mut waiting: mpsc::UnboundedReceiver<Line>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut together = vec![first];
        while let Ok(line) = waiting.try_recv() {
            together.push(line);
        }
        let text: Vec<u8> = together
            .iter()
            .flat_map(|line| line.text.iter().copied())
            .collect();
        file.write_all(&text).unwrap();
        file.sync_data().unwrap();
        for line in together {
            // A client that ended meanwhile does not wait.
            let _ = line.written.send(());
        }
    }
}
