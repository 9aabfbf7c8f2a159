//! An audience whose import has not ended. If it ends early (the file cannot be read, the client disconnects), the
//! audience is discarded, so that no personal data of it is kept.

use common::clock::SharedClock;
use common::ids::AudienceId;
use storage::{BusinessScope, audiences};

use crate::state::AppState;

/// Discards the audience when it is dropped before the import is finished.
pub(super) struct Unfinished {
    scope: BusinessScope,
    clock: SharedClock,
    audience_id: Option<AudienceId>,
}

impl Unfinished {
    pub(super) fn new(state: &AppState, scope: &BusinessScope, audience_id: AudienceId) -> Self {
        Self {
            scope: scope.clone(),
            clock: state.clock.clone(),
            audience_id: Some(audience_id),
        }
    }

    /// Marks the import as finished: the audience is kept.
    pub(super) fn finish(mut self) {
        self.audience_id = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let runtime = tokio::runtime::Handle::try_current();
        if let (Some(audience_id), Ok(runtime)) = (self.audience_id, runtime) {
            let (scope, now) = (self.scope.clone(), self.clock.now());
            runtime.spawn(async move {
                // The janitor deletes what cannot be discarded now.
                if let Err(error) = audiences::discard(&scope, audience_id, now).await {
                    tracing::warn!(%error, "an unfinished audience was not discarded; the janitor deletes it later");
                }
            });
        }
    }
}
