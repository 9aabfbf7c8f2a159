//! The loop that carries out publications until shutdown.

use std::time::Duration;

use bootstrap::Context;
use tokio::task::{JoinError, JoinSet};
use worker_storage::template_publications::ClaimedPublication;

use super::Publisher;
use crate::settings::Settings;

/// How often the database is queried for due publications.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The loop. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Worker {
    publisher: Publisher,
    concurrency: usize,
    context: Context,
}

impl Worker {
    pub(crate) fn new(publisher: Publisher, settings: &Settings, context: &Context) -> Self {
        Self {
            publisher,
            concurrency: settings.publications.max(1),
            context: context.clone(),
        }
    }

    /// Claims and carries out until shutdown; running attempts end first.
    pub(crate) async fn run(self) -> Result<(), JoinError> {
        let mut tasks = JoinSet::new();
        while !self.context.shutdown.is_triggered() {
            self.claim(&mut tasks).await;
            tokio::select! {
                Some(ended) = tasks.join_next() => ended?,
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.context.shutdown.triggered() => {}
            }
        }
        while let Some(ended) = tasks.join_next().await {
            ended?;
        }
        Ok(())
    }

    async fn claim(&self, tasks: &mut JoinSet<()>) {
        let free = self.concurrency.saturating_sub(tasks.len());
        if free == 0 {
            return;
        }
        if let Err(error) = self.publisher.report_overdue().await {
            tracing::warn!(%error, "the oldest publication of a template could not be read");
        }
        match self.publisher.claim(free).await {
            Ok(claimed) => {
                for claimed in claimed {
                    tasks.spawn(carry_out(self.publisher.clone(), claimed));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "publications of templates could not be claimed");
            }
        }
    }
}

async fn carry_out(publisher: Publisher, claimed: ClaimedPublication) {
    let attempt = tokio::time::timeout(publisher.longest_attempt(), publisher.carry_out(&claimed));
    let reason = match attempt.await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(late) => late.to_string(),
    };
    tracing::warn!(
        business.id = %claimed.account.business_id,
        waba.id = %claimed.account.waba_id,
        publication.id = %claimed.publication_id,
        reason,
        "an attempt at a publication of a template was interrupted; it is repeated when its lease ends"
    );
}
