//! What is kept between two starts: secrets, ports, keys, settings, logs, pids. Only its owner may read it, and only one
//! shop at a time works in it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// The folder, held until this is dropped.
pub(crate) struct StateDir {
    root: PathBuf,
    _lock: File,
}

impl StateDir {
    /// Makes the folder when it is not there, and takes it.
    ///
    /// # Errors
    /// When it cannot be written, or another shop works in it.
    pub(crate) fn open(root: &Path) -> Result<Self, Failure> {
        let refused = |error: io::Error| cannot("use", root, &error);
        for folder in [root.to_owned(), root.join("logs"), root.join("pids")] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(refused)?;
        }
        fs::set_permissions(root, Permissions::from_mode(0o700)).map_err(refused)?;
        let root = root.canonicalize().map_err(refused)?;
        let lock = File::create(root.join("lock")).map_err(refused)?;
        if lock.try_lock().is_err() {
            let happened = format!("another sample-shop is at work in {}.", root.display());
            return Err(Failure::new(happened)
                .kept("it goes on undisturbed.")
                .advice("end it with Ctrl-C, or give this one another --state-dir."));
        }
        Ok(Self { root, _lock: lock })
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The log of a process.
    pub(crate) fn log(&self, process: &str) -> PathBuf {
        self.root.join("logs").join(format!("{process}.log"))
    }

    /// The file that holds the pid of a process while it runs.
    pub(crate) fn pid(&self, process: &str) -> PathBuf {
        self.root.join("pids").join(process)
    }

    /// What was written under the name, if anything.
    ///
    /// # Errors
    /// When the file cannot be read or is not what was written.
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        let path = self.path(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(cannot("read", &path, &error)),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            Failure::new(format!(
                "{} is not what this program wrote: {error}",
                path.display()
            ))
            .advice("restore it, or delete the folder and begin with an empty database.")
        })
    }

    /// Writes a value for the next start.
    ///
    /// # Errors
    /// When it cannot be written; what was there before is left.
    pub(crate) fn write(&self, name: &str, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| cannot("write", &self.path(name), &error.into()))?;
        self.write_text(name, &text)
    }

    /// Writes a text that only the owner may read.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn write_text(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.path(name);
        replace(&path, text).map_err(|error| cannot("write", &path, &error))
    }
}

/// All of the new text, or the old one, whenever the machine stops.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_added_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, path)
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot {what} {}: {error}.", path.display()))
        .kept("nothing was changed.")
        .advice("see that this user may write there and that the disk has room, then start again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_there_at_the_next_start_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("run");
        StateDir::open(&root)
            .unwrap()
            .write("ports.json", &[1, 2])
            .unwrap();
        let again = StateDir::open(&root).unwrap();
        assert_eq!(
            again.read::<Vec<u16>>("ports.json").unwrap(),
            Some(vec![1, 2])
        );
        assert_eq!(again.read::<Vec<u16>>("absent.json").unwrap(), None);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&again.path("ports.json")), 0o600);
        assert_eq!(mode(again.root()), 0o700);
    }

    #[test]
    fn two_shops_do_not_work_in_one_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = StateDir::open(folder.path()).unwrap();
        assert!(StateDir::open(folder.path()).is_err());
        drop(first);
        assert!(StateDir::open(folder.path()).is_ok());
    }
}
