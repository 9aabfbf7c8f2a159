//! The updates of one kind in a batch, each with the event that it was read from.

use broker::Queue;
use common::wire::Event;
use storage::StorageError;

use crate::Projector;
use crate::retry::{self, Stopping};

/// Updates in one transaction.
const TRANSACTION: usize = 500;

/// A kind of updates, and how it is applied.
pub(crate) trait Kind {
    /// What an event is read into.
    type Update: Send + Sync;
    /// The name in metrics and logs.
    const NAME: &'static str;
    /// The queue of its events, to which replayed ones return.
    const QUEUE: Queue;

    /// Applies updates in one transaction.
    fn apply(
        projector: &Projector,
        updates: &[Self::Update],
    ) -> impl Future<Output = Result<(), StorageError>> + Send;
}

/// The updates of one kind.
pub(crate) struct Updates<'e, K: Kind> {
    updates: Vec<K::Update>,
    events: Vec<&'e Event>,
}

impl<K: Kind> Default for Updates<'_, K> {
    fn default() -> Self {
        Self {
            updates: Vec::new(),
            events: Vec::new(),
        }
    }
}

impl<'e, K: Kind> Updates<'e, K> {
    /// Adds an update and its event.
    pub(crate) fn push(&mut self, update: K::Update, event: &'e Event) {
        self.updates.push(update);
        self.events.push(event);
    }

    /// Adds an update, or quarantines its event; returns how many were quarantined.
    pub(crate) async fn take(
        &mut self,
        projector: &Projector,
        update: Result<K::Update, &'static str>,
        event: &'e Event,
    ) -> Result<usize, Stopping> {
        match update {
            Ok(update) => {
                self.push(update, event);
                Ok(0)
            }
            Err(reason) => {
                retry::quarantine::<K>(projector, event, reason).await?;
                Ok(1)
            }
        }
    }

    /// Applies all of them in their order; returns how many were quarantined.
    pub(crate) async fn apply(self, projector: &Projector) -> Result<usize, Stopping> {
        let mut unapplied = 0;
        let updates = self.updates.chunks(TRANSACTION);
        for (updates, events) in updates.zip(self.events.chunks(TRANSACTION)) {
            unapplied += retry::apply::<K>(projector, updates, events).await?;
        }
        Ok(unapplied)
    }
}
