//! A permit for CPU work off the threads that answer calls. The work holds it, not the call that started the work.

use std::sync::Arc;

use fair_share::Permit;
use tokio::task::JoinHandle;

/// A permit that is shared by all tasks of one piece of work. It is released when the last of them has ended.
#[derive(Clone)]
pub(crate) struct WorkPermit {
    _permit: Arc<Permit>,
}

impl From<Permit> for WorkPermit {
    fn from(permit: Permit) -> Self {
        Self {
            _permit: Arc::new(permit),
        }
    }
}

impl WorkPermit {
    /// Runs CPU work on a blocking thread. The work holds the permit, so that a caller that stops waiting does not let
    /// other work start before this has ended.
    pub(crate) fn spawn_blocking<T: Send + 'static>(
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

    use fair_share::FairShare;

    use super::*;

    #[tokio::test]
    async fn work_that_nobody_waits_for_keeps_its_permit_until_it_has_ended() {
        let shares = FairShare::new(2, 1);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let permit = WorkPermit::from(shares.try_acquire("one", 1).unwrap());
        let work = permit.spawn_blocking(move || ended.recv().is_ok());
        drop((permit, work));
        assert!(shares.try_acquire("one", 1).is_err());
        end.send(()).unwrap();
        let next = shares.acquire("one", Duration::from_secs(10)).await;
        assert!(next.is_ok(), "the permit is given back");
    }
}
