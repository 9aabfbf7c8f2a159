//! Applies the retention limits: deletes expired rows, drops old partitions, and creates the coming ones in time.
//!
//! Every step may be repeated and may be interrupted anywhere. Several janitors can run at the same time.

mod error;
mod metrics;
mod partitions;
mod purge;
mod settings;

use bootstrap::Context;
use bootstrap::service::ServiceTasks;
use sealing::MasterKeys;
use storage::Store;

pub use error::JanitorError;
pub use settings::{JanitorSettings, Settings};

/// Runs the service until shutdown.
///
/// # Errors
/// When a setting is invalid.
pub async fn run(settings: Settings, context: Context) -> Result<(), JanitorError> {
    let master = MasterKeys::parse(&settings.master_key).map_err(JanitorError::MasterKey)?;
    let store = Store::new(&settings.database, master)?;
    let postgres = context.health.dependency("postgres");
    let limits = settings.janitor;
    let mut tasks = ServiceTasks::new("retention-janitor", &context);
    let janitor = Janitor {
        store,
        limits,
        context,
    };
    tasks.start("janitor.partitions", janitor.clone(), partitions::run);
    tasks.start(
        "janitor.purge",
        (janitor.clone(), postgres),
        |(janitor, postgres)| purge::run(janitor, postgres),
    );
    tasks.start("janitor.audiences", janitor.clone(), purge::audiences);
    tasks.start("janitor.count", janitor, purge::count);
    tasks.wait().await;
    Ok(())
}

/// What every task of the janitor works with. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Janitor {
    pub(crate) store: Store,
    pub(crate) limits: JanitorSettings,
    pub(crate) context: Context,
}
