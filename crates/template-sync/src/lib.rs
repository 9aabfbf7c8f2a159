//! Templates: read from Meta, kept beside what campaigns need. It sends no messages.
//!
//! A run of one account may be repeated, doubled or cut off at any point: it changes nothing but what Meta says is
//! different, and a newer run outdoes an older one.

mod account;
mod compare;
mod jobs;
mod metrics;
mod reason;
mod schedule;
mod settings;

use bootstrap::Context;
use bootstrap::task::supervise;
use broker::Consumer;
use cloud_api::CloudApi;
use storage::Store;

pub use account::{Ending, Synchroniser};
pub use settings::Settings;

use crate::jobs::Jobs;
use crate::schedule::Schedule;

/// Runs the service until shutdown. Runs under way end before it returns.
pub async fn run(
    settings: Settings,
    store: Store,
    cloud_api: CloudApi,
    consumer: Consumer,
    context: Context,
) {
    let synchroniser = Synchroniser::new(store.clone(), cloud_api, context.clock.clone());
    let jobs = Jobs::new(
        synchroniser.clone(),
        consumer,
        settings.concurrency,
        context.shutdown.clone(),
    );
    let schedule = Schedule::new(store, synchroniser, &settings, context.clone());
    let tasks = [
        supervise(
            "template-sync jobs",
            context.shutdown.clone(),
            None,
            move || jobs.clone().run(),
        ),
        supervise(
            "template-sync schedule",
            context.shutdown,
            None,
            move || schedule.clone().run(),
        ),
    ];
    for task in tasks {
        if let Err(error) = task.await {
            tracing::error!(%error, "a task of template-sync ended by itself");
        }
    }
}
