//! One run: copies the templates of one account from Meta to the database.

use cloud_api::{ApiError, CloudApi, TemplateNode};
use common::clock::SharedClock;
use common::ids::TemplateId;
use common::template::TemplateWarning;
use storage::templates::Template;
use storage::{StorageError, Store};
use worker_storage::template_publications::calls_resume_at;
use worker_storage::template_sync::{self, Account, StoredToken, SyncRun};

use crate::compare::compare;
use crate::metrics::Metrics;
use crate::reason;
use crate::{call_budget, token_refused};

/// How many templates a log line names.
const MOST_NAMED: usize = 20;

/// Synchronises accounts. Cloning is cheap.
#[derive(Clone)]
pub struct Synchroniser {
    store: Store,
    cloud_api: CloudApi,
    clock: SharedClock,
}

/// The result of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The stored templates are those that Meta listed.
    Written,
    /// A newer run began meanwhile and writes its own result.
    Superseded,
    /// There is no such account, or it has no token.
    NotConnected,
    /// Meta did not list the templates; the reason is stored with the account.
    Failed,
    /// Meta takes no calls for the account for a while: it was not called, and the run is repeated.
    Postponed,
}

impl Ending {
    /// The value in metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Superseded => "superseded",
            Self::NotConnected => "not_connected",
            Self::Failed => "failed",
            Self::Postponed => "postponed",
        }
    }
}

impl Synchroniser {
    /// A synchroniser with these dependencies.
    #[must_use]
    pub const fn new(store: Store, cloud_api: CloudApi, clock: SharedClock) -> Self {
        Self {
            store,
            cloud_api,
            clock,
        }
    }

    /// Synchronises an account now, whenever it was last synchronised.
    ///
    /// # Errors
    /// When the database is not available; the run may be repeated.
    pub async fn synchronise(&self, account: &Account) -> Result<Ending, StorageError> {
        match template_sync::begin(&self.store, account, self.clock.now()).await? {
            Some(run) => self.carry_out(&run).await,
            None => Ok(Ending::NotConnected),
        }
    }

    /// Carries out a run that was started.
    ///
    /// # Errors
    /// When the database is not available; the run may be repeated.
    pub async fn carry_out(&self, run: &SyncRun) -> Result<Ending, StorageError> {
        let Some(stored) = template_sync::token(&self.store, &run.account).await? else {
            template_sync::fail(&self.store, run, reason::NOT_CONNECTED).await?;
            return Ok(Ending::NotConnected);
        };
        let now = self.clock.now();
        if let Some(until) = calls_resume_at(&self.store, &run.account, now).await? {
            template_sync::fail(&self.store, run, &reason::of_pause(until)).await?;
            return Ok(Ending::Postponed);
        }
        let (token, waba_id) = (&stored.token, &run.account.waba_id);
        let listed = self.cloud_api.templates(token, waba_id).await;
        match call_budget::noted(&self.store, &run.account, listed, self.clock.now()).await? {
            Ok(nodes) => self.write(run, nodes).await,
            Err(error) => {
                self.fail(run, &stored, &error).await?;
                Ok(Ending::Failed)
            }
        }
    }

    async fn write(&self, run: &SyncRun, nodes: Vec<TemplateNode>) -> Result<Ending, StorageError> {
        let (listed, now) = (nodes.len(), self.clock.now());
        report_unreadable(run, &nodes);
        let (mut sendable, mut changed): (Vec<TemplateId>, usize) = (Vec::new(), 0);
        let mut without_opt_out = Vec::new();
        let written = template_sync::write(&self.store, run, now, |known| {
            let changes = compare(&run.account, nodes, known, now);
            let can_be_sent = changes
                .listed
                .iter()
                .filter(|template| template.status.is_sendable());
            sendable = can_be_sent
                .map(|template| template.template_id.clone())
                .collect();
            changed = changes.entries.len();
            without_opt_out = unrecognised_opt_outs(&changes.listed);
            changes
        });
        if !written.await? {
            return Ok(Ending::Superseded);
        }
        let released = template_sync::release_held(&self.store, &run.account, &sendable).await?;
        let metrics = Metrics::get();
        metrics
            .changes
            .inc_by(u64::try_from(changed).unwrap_or(u64::MAX));
        metrics.released.inc_by(released);
        report_unrecognised(run, &without_opt_out);
        tracing::info!(
            business.id = %run.account.business_id,
            waba.id = %run.account.waba_id,
            listed,
            changed,
            released_messages = released,
            "templates synchronised"
        );
        Ok(Ending::Written)
    }

    async fn fail(
        &self,
        run: &SyncRun,
        stored: &StoredToken,
        error: &ApiError,
    ) -> Result<(), StorageError> {
        tracing::warn!(
            business.id = %run.account.business_id,
            waba.id = %run.account.waba_id,
            class = error.class().as_str(),
            %error,
            "templates could not be synchronised"
        );
        template_sync::fail(&self.store, run, &reason::of_failure(error)).await?;
        // Other refusals may concern only the reading of templates: sending detects its own.
        if error.is_token_refused() {
            let now = self.clock.now();
            token_refused::stop_numbers(&self.store, &run.account, stored, error, now).await?;
        }
        Ok(())
    }
}

/// Templates whose entries in Meta's list are odd keep what is stored of them.
fn report_unreadable(run: &SyncRun, nodes: &[TemplateNode]) {
    let unreadable = nodes.iter().filter(|node| !node.is_readable());
    let ids: Vec<&str> = unreadable.map(|node| node.id.as_str()).collect();
    if !ids.is_empty() {
        let named: Vec<&str> = ids.iter().take(MOST_NAMED).copied().collect();
        tracing::warn!(
            business.id = %run.account.business_id,
            waba.id = %run.account.waba_id,
            count = ids.len(),
            templates = named.join(","),
            "templates have entries in Meta's list that cannot be read; what is stored of them is kept"
        );
    }
}

/// The templates that may be sent and have quick-reply buttons none of which would be recognised as an opt-out.
fn unrecognised_opt_outs(listed: &[Template]) -> Vec<TemplateId> {
    let is_reported = |template: &&Template| {
        let warnings = template.warnings();
        template.status.is_sendable() && warnings.contains(&TemplateWarning::OptOutNotRecognised)
    };
    let reported = listed.iter().filter(is_reported);
    reported
        .map(|template| template.template_id.clone())
        .collect()
}

/// One log line for the account and not one for each template, because every run writes it again.
fn report_unrecognised(run: &SyncRun, template_ids: &[TemplateId]) {
    if template_ids.is_empty() {
        return;
    }
    Metrics::get()
        .unrecognised_opt_outs
        .inc_by(u64::try_from(template_ids.len()).unwrap_or(u64::MAX));
    let named = template_ids.iter().take(MOST_NAMED);
    let ids: Vec<&str> = named.map(TemplateId::as_str).collect();
    tracing::warn!(
        business.id = %run.account.business_id,
        waba.id = %run.account.waba_id,
        count = template_ids.len(),
        templates = ids.join(","),
        "marketing templates have buttons of which none is recognised as an opt-out; they can be sent, but a \
         customer who taps such a button is not opted out. Their owner should label the button \"Stop promotions\" \
         or similar"
    );
}
