//! What an operator does by hand.

use anyhow::Context;
use bootstrap::clock::SystemClock;
use common::clock::Clock;
use sealing::MasterKeys;
use secrecy::ExposeSecret;
use storage::{Login, Store};

use crate::cli::{Key, KeyCommand};
use crate::output;
use crate::settings::Settings;

/// Brings the database to this version.
pub(crate) async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    let admin = settings.admin_url()?;
    let own = |login| Ok((login, settings.database(login)?.url));
    let own: Vec<_> = Login::ALL
        .into_iter()
        .map(own)
        .collect::<anyhow::Result<_>>()?;
    let urls: Vec<_> = own
        .iter()
        .map(|(login, url)| (*login, url.expose_secret()))
        .collect();
    let ran = storage::migrate(admin.expose_secret(), &urls).await?;
    storage::set_retention(admin.expose_secret(), settings.janitor.retention()).await?;
    let said = match ran.len() {
        0 => "the database is at this version already".to_owned(),
        count => format!("the database is at this version now; migrations run: {count}"),
    };
    output::print(&said)
}

/// Makes a key and prints it once. It is the gateway's work, so it is done under the gateway's login.
pub(crate) async fn key(settings: &Settings, key: Key) -> anyhow::Result<()> {
    let KeyCommand::Create { name, .. } = key.command;
    let master =
        MasterKeys::parse(&settings.master_key()?).context("`sealing.master_key` is not a key")?;
    let store = Store::new(&settings.database(Login::Gateway)?, master)?;
    let made = storage::api_keys::create_platform(&store, &name, SystemClock.now())
        .await
        .context("the key was not made; is the database there and migrated?")?;
    output::print(made.text.expose_secret())
}
