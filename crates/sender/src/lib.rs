//! The sender: decides whether a message may be sent now, and posts it to Meta.
//!
//! Jobs contain ids of messages; Postgres decides. A claim locks a message, the POST follows at once, and its outcome
//! is recorded; a crash in between leaves an expired lease. The reaper and the dispatch of campaigns run here too, in
//! one process at a time. The sender holds no data that is stored nowhere else.

mod backoff;
mod breaker;
mod breaker_probe;
mod campaign_breaker;
mod consumer;
mod dispatch;
mod in_doubt;
mod job_age;
mod jobs;
mod lease;
mod metrics;
mod number_refresh;
mod pair_rate_limit;
mod post;
mod reaper;
mod result_writer;
mod send_rate;
mod settings;
mod uploads;
mod worker_failure;

use std::sync::Arc;
use std::time::Duration;

use bootstrap::Context;
use bootstrap::health_check;
use bootstrap::service::ServiceTasks;
use broker::{Broker, BrokerSettingsError, Consumer, Publisher};
use cloud_api::CloudApi;
use common::clock::SharedClock;
use common::message::Lane;
use common::template::Category;
use sealing::{KeyError, MasterKeys, OpaqueSigner};
use storage::{StorageError, Store};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use settings::{
    BreakerSettings, CampaignBreakerSettings, DispatchSettings, InDoubtSettings, LaneSlots,
    MarketingSettings, MediaSettings, MessagingLimitSettings, NumberRefreshSettings,
    PairRateLimitSettings, ReaperSettings, SenderSettings, Settings,
};

use crate::breaker_probe::BreakerProbe;
use crate::campaign_breaker::CampaignBreaker;
use crate::consumer::JobConsumer;
use crate::dispatch::CampaignDispatch;
use crate::job_age::JobAge;
use crate::metrics::Metrics;
use crate::number_refresh::NumberRefresh;
use crate::post::Poster;
use crate::reaper::Reaper;
use crate::uploads::Uploads;

/// The reaper, the dispatch, the two breakers, the number refresh and the claims of three lanes hold a connection each
/// while they wait for another; results and uploads need one too.
const LEAST_CONNECTIONS: usize = 11;
/// The part of the process's own deadline that is left for the last recording.
const LAST_RECORDING: Duration = Duration::from_secs(8);

/// Why the sender cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// A key is invalid.
    #[error("the setting `{setting}` cannot be used")]
    Key {
        /// The setting.
        setting: &'static str,
        /// The error of the key.
        #[source]
        source: KeyError,
    },
    /// The database's address is invalid.
    #[error("database.urls.sender cannot be used")]
    Database(#[source] StorageError),
    /// The broker's address is invalid.
    #[error("the broker's settings cannot be used")]
    Broker(#[from] BrokerSettingsError),
    /// The client of Meta's API cannot be created.
    #[error("the client of Meta's API cannot be created")]
    CloudApi(#[from] cloud_api::NewError),
    /// A slot may be further ahead than the time for which a claimed message is kept.
    #[error(
        "the setting `send_horizon_ms` ({send_horizon_ms}) must not be more than `post_within_ms` ({post_within_ms})"
    )]
    Horizon {
        /// The setting.
        send_horizon_ms: u64,
        /// What it must not exceed.
        post_within_ms: u64,
    },
    /// The result writer failed, so nothing may be posted any more.
    #[error("the result writer failed; messages that were posted and not recorded are in doubt")]
    Recorder,
}

/// The state that all workers of the sender share.
pub(crate) struct SenderContext {
    pub(crate) settings: SenderSettings,
    pub(crate) store: Store,
    pub(crate) publisher: Publisher,
    pub(crate) consumer: Consumer,
    pub(crate) clock: SharedClock,
    pub(crate) stop: CancellationToken,
    /// Notified when a claim of this process requested an upload.
    pub(crate) upload_wanted: Notify,
}

/// Runs the sender until the process is asked to stop: then nothing more is claimed, messages that were not posted are
/// given back, POSTs in flight are awaited, and their results are recorded.
///
/// # Errors
/// When a setting cannot be used, or the result writer failed.
pub async fn run(mut settings: Settings, context: Context) -> Result<(), SenderError> {
    settings.sender.check()?;
    let key = |setting| move |source| SenderError::Key { setting, source };
    let master = MasterKeys::parse(&settings.master_key).map_err(key("master_key"))?;
    let signer = OpaqueSigner::new(&settings.opaque_key).map_err(key("opaque_key"))?;
    let connections = &mut settings.database.worker_connections;
    *connections = LEAST_CONNECTIONS.max(*connections);
    let store = Store::new(&settings.database, master).map_err(SenderError::Database)?;
    let api = CloudApi::new(&settings.cloud_api)?;
    let rabbitmq = context.health.dependency("rabbitmq");
    let clock = Arc::clone(&context.clock);
    let broker = Broker::connect(&settings.broker, "sender", clock, move |state| {
        rabbitmq.report(state);
    })?;
    Metrics::get();
    let shared = Arc::new(SenderContext {
        settings: settings.sender,
        store,
        publisher: broker.publisher(),
        consumer: broker.consumer(),
        clock: Arc::clone(&context.clock),
        stop: context.shutdown.token(),
        upload_wanted: Notify::new(),
    });
    work(&shared, api, signer, &context).await
}

/// Starts the workers and waits until they end.
async fn work(
    shared: &Arc<SenderContext>,
    api: CloudApi,
    signer: OpaqueSigner,
    context: &Context,
) -> Result<(), SenderError> {
    let (answers, recording) = mpsc::channel(shared.settings.record_buffer.max(1));
    let mut recorder = tokio::spawn(result_writer::run(Arc::clone(shared), recording));
    let poster = Arc::new(Poster::new(
        Arc::clone(shared),
        api.clone(),
        signer,
        answers,
    ));
    let workers = start_workers(shared, &poster, &api, context);
    let is_recording = tokio::select! {
        biased;
        () = shared.stop.cancelled() => true,
        // Its channel is never closed before the stop, so it panicked.
        _ = &mut recorder => false,
    };
    context.shutdown.trigger();
    let deadline = Instant::now() + shared.settings.drain();
    if tokio::time::timeout_at(deadline, workers.wait())
        .await
        .is_err()
    {
        tracing::warn!("workers did not end in time; the next sender resumes their work");
    }
    if !poster.drain(deadline).await {
        tracing::warn!("POSTs were still in flight at the end; their leases end in doubt");
    }
    // The result writer ends when the last poster is dropped.
    drop(poster);
    if !is_recording {
        return Err(SenderError::Recorder);
    }
    if tokio::time::timeout(LAST_RECORDING, recorder)
        .await
        .is_err()
    {
        tracing::warn!("results were not recorded before the end; their leases end in doubt");
    }
    Ok(())
}

/// All workers. A worker that panics is restarted; its unfinished work is found in the database or delivered again.
fn start_workers(
    shared: &Arc<SenderContext>,
    poster: &Arc<Poster>,
    api: &CloudApi,
    context: &Context,
) -> ServiceTasks {
    let mut workers = ServiceTasks::new("sender", context);
    let job_age = Arc::new(JobAge::default());
    for lane in Lane::ALL {
        let state = (Arc::clone(shared), Arc::clone(poster), Arc::clone(&job_age));
        workers.start(
            lane_worker(lane),
            state,
            move |(shared, poster, job_age)| JobConsumer::new(lane, shared, poster, job_age).run(),
        );
    }
    let shared = || Arc::clone(shared);
    workers.start("sender.reaper", (shared(), job_age), |(shared, job_age)| {
        Reaper::new(shared, job_age).run()
    });
    workers.start("sender.dispatch", shared(), |shared| {
        CampaignDispatch::new(shared).run()
    });
    workers.start(
        "sender.uploads",
        (shared(), api.clone()),
        |(shared, api)| Uploads::new(shared, api).run(),
    );
    workers.start(
        "sender.breaker_probe",
        (shared(), api.clone()),
        |(shared, api)| BreakerProbe::new(shared, api).run(),
    );
    workers.start(
        "sender.number_refresh",
        (shared(), api.clone()),
        |(shared, api)| NumberRefresh::new(shared, api).run(),
    );
    workers.start("sender.campaign_breaker", shared(), |shared| {
        CampaignBreaker::new(shared).run()
    });
    let postgres = context.health.dependency("postgres");
    let watched = (shared().store.clone(), postgres, context.shutdown.clone());
    workers.start(
        "sender.postgres",
        watched,
        |(store, postgres, shutdown)| async move {
            health_check::watch(&postgres, &shutdown, || store.ping()).await;
        },
    );
    workers
}

/// The name of the worker that consumes a lane's jobs.
const fn lane_worker(lane: Lane) -> &'static str {
    match lane {
        Lane::Otp => "sender.otp",
        Lane::Transactional => "sender.transactional",
        Lane::Campaign => "sender.campaign",
    }
}

/// The category as a label of metrics.
pub(crate) const fn category_label(category: &Category) -> &'static str {
    match category {
        Category::Authentication => "authentication",
        Category::Utility => "utility",
        Category::Marketing => "marketing",
        Category::Service => "service",
        Category::Other(_) => "other",
    }
}
