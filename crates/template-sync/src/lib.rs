//! Templates: read from Meta and stored with what campaigns need; created, edited and deleted at Meta as businesses ask
//! for it. This service sends no messages.
//!
//! A run of one account may be repeated, concurrent or interrupted at any point: it writes only differences from Meta,
//! and a newer run supersedes an older one.

mod account;
mod call_budget;
mod compare;
mod jobs;
mod metrics;
mod publication;
mod reason;
mod schedule;
mod settings;
mod token_refused;

use bootstrap::Context;
use bootstrap::service::ServiceTasks;
use broker::Consumer;
use cloud_api::CloudApi;
use storage::Store;

pub use account::{Ending, Synchroniser};
pub use publication::Publisher;
pub use settings::Settings;

use crate::jobs::Jobs;
use crate::publication::Worker;
use crate::schedule::Schedule;

/// Runs the service until shutdown. It returns after the current runs have ended.
pub async fn run(
    settings: Settings,
    store: Store,
    cloud_api: CloudApi,
    consumer: Consumer,
    context: Context,
) {
    let synchroniser = Synchroniser::new(store.clone(), cloud_api.clone(), context.clock.clone());
    let publisher = Publisher::new(store.clone(), cloud_api, context.clock.clone(), &settings);
    let publications = Worker::new(publisher, &settings, &context);
    let jobs = Jobs::new(
        synchroniser.clone(),
        consumer,
        settings.concurrency,
        context.shutdown.clone(),
    );
    let schedule = Schedule::new(store, synchroniser, &settings, context.clone());
    let mut tasks = ServiceTasks::new("template-sync", &context);
    tasks.start("template-sync jobs", jobs, Jobs::run);
    tasks.start("template-sync schedule", schedule, Schedule::run);
    tasks.start("template-sync publications", publications, Worker::run);
    tasks.wait().await;
}
