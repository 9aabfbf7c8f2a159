//! What an operator does by hand.

use anyhow::Context;
use bootstrap::clock::SystemClock;
use common::clock::Clock;
use sealing::MasterKeys;
use secrecy::ExposeSecret;
use storage::Store;

use crate::cli::{Key, KeyCommand};
use crate::output;
use crate::settings::Settings;

/// Brings the database to this version.
pub(crate) async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    let database = settings.database()?;
    let admin = database.admin_url.as_ref().unwrap_or(&database.url);
    let ran = storage::migrate(admin.expose_secret(), database.url.expose_secret()).await?;
    let (days, media_days) = (
        settings.janitor.retention_days(),
        settings.janitor.media_retention_days(),
    );
    storage::set_retention(admin.expose_secret(), days, media_days).await?;
    let said = match ran.len() {
        0 => "the database is at this version already".to_owned(),
        count => format!("the database is at this version now; migrations run: {count}"),
    };
    output::print(&said)
}

/// Makes a key and prints it once.
pub(crate) async fn key(settings: &Settings, key: Key) -> anyhow::Result<()> {
    let KeyCommand::Create { name, .. } = key.command;
    let master =
        MasterKeys::parse(&settings.master_key()?).context("`sealing.master_key` is not a key")?;
    let store = Store::new(&settings.database()?, master)?;
    let made = storage::api_keys::create_platform(&store, &name, SystemClock.now())
        .await
        .context("the key was not made; is the database there and migrated?")?;
    output::print(made.text.expose_secret())
}
