//! How many imports run at a time, however their clients behave.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::problem::{Problem, ProblemCode};

/// How many imports run at a time: each holds its file in memory.
const IMPORTS: usize = 4;
/// Seconds after which a permit may be free.
const PERMIT_SECONDS: u32 = 5;

/// The permits of imports.
pub(crate) struct Imports(Arc<Semaphore>);

/// The right to import, shared by all that works on one import: it is given back when the last of them has ended.
#[derive(Clone)]
pub(super) struct ImportPermit {
    _permit: Arc<OwnedSemaphorePermit>,
}

impl Default for Imports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(IMPORTS)))
    }
}

impl Imports {
    /// A permit, or the answer that too many imports run.
    pub(super) fn permit(&self) -> Result<ImportPermit, Problem> {
        let permit = Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            Problem::new(ProblemCode::Unavailable)
                .retry_after(PERMIT_SECONDS)
                .caused_by("too many imports run")
        })?;
        Ok(ImportPermit {
            _permit: Arc::new(permit),
        })
    }
}

impl ImportPermit {
    /// Does work for the processor on a thread of its own. The work has the permit: whoever no longer waits for it does not
    /// make way for another import before it has ended.
    pub(super) fn spawn_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let permit = self.clone();
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn work_that_nobody_waits_for_keeps_its_permit_until_it_has_ended() {
        let imports = Imports::default();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let permit = imports.permit().unwrap();
        let work = permit.spawn_blocking(move || ended.recv().is_ok());
        drop((permit, work));
        let others: Vec<_> = (1..IMPORTS).map(|_| imports.permit().unwrap()).collect();
        assert!(imports.permit().is_err());
        end.send(()).unwrap();
        let all = Arc::clone(&imports.0);
        drop(others);
        let whole = all.acquire_many(u32::try_from(IMPORTS).unwrap());
        let given_back = tokio::time::timeout(Duration::from_secs(10), whole).await;
        assert!(given_back.is_ok(), "the permits are given back");
    }
}
