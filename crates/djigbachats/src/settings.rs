//! The settings of the binary: a section for each part. A section that a service needs and that is absent is named.

use std::path::Path;

use anyhow::Context;
use bootstrap::logs::LogSettings;
use bootstrap::ops::OpsSettings;
use bootstrap::settings::{PREFIX, load};
use broker::BrokerSettings;
use cloud_api::CloudApiSettings;
use gateway::GatewaySettings;
use retention_janitor::JanitorSettings;
use secrecy::SecretString;
use sender::SenderSettings;
use serde::Deserialize;
use storage::{DatabaseSettings, Login, StorageSettings};
use webhook_ingest::IngestSettings;

/// All settings. What a service does not need may be absent where only that service runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    #[serde(default)]
    pub(crate) logs: LogSettings,
    #[serde(default)]
    pub(crate) ops: OpsSettings,
    #[serde(default)]
    database: DatabaseSettings,
    broker: Option<BrokerSettings>,
    meta: Option<CloudApiSettings>,
    ingest: Option<IngestSettings>,
    #[serde(default)]
    sealing: SealingSettings,
    #[serde(default)]
    pub(crate) gateway: GatewaySettings,
    #[serde(default)]
    pub(crate) sender: SenderSettings,
    #[serde(default)]
    pub(crate) template_sync: template_sync::Settings,
    #[serde(default)]
    pub(crate) janitor: JanitorSettings,
}

/// Settings of the section `sealing`: keys of the form `<id>:<base64 of 32 bytes>`, several separated by commas, the one
/// in use first.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealingSettings {
    /// Seals the keys of businesses. Without it nothing that is stored can be read.
    master_key: Option<SecretString>,
    /// Seals what crosses the broker between webhook-ingest and gateway.
    transit_key: Option<SecretString>,
    /// Signs the ids that travel to Meta and back.
    opaque_key: Option<SecretString>,
}

impl Settings {
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        load(file, PREFIX).context("the settings cannot be used; nothing was started")
    }

    pub(crate) fn database(&self, login: Login) -> anyhow::Result<StorageSettings> {
        needed(self.database.of(login).as_ref(), login.setting())
    }

    pub(crate) fn admin_url(&self) -> anyhow::Result<SecretString> {
        needed(self.database.admin_url.as_ref(), "database.admin_url")
    }

    pub(crate) fn broker(&self) -> anyhow::Result<BrokerSettings> {
        needed(self.broker.as_ref(), "broker.url")
    }

    pub(crate) fn meta(&self) -> anyhow::Result<CloudApiSettings> {
        needed(self.meta.as_ref(), "meta.app_id")
    }

    pub(crate) fn ingest(&self) -> anyhow::Result<IngestSettings> {
        needed(self.ingest.as_ref(), "ingest.verify_token")
    }

    pub(crate) fn master_key(&self) -> anyhow::Result<SecretString> {
        needed(self.sealing.master_key.as_ref(), "sealing.master_key")
    }

    pub(crate) fn transit_key(&self) -> anyhow::Result<SecretString> {
        needed(self.sealing.transit_key.as_ref(), "sealing.transit_key")
    }

    pub(crate) fn opaque_key(&self) -> anyhow::Result<SecretString> {
        needed(self.sealing.opaque_key.as_ref(), "sealing.opaque_key")
    }
}

fn needed<T: Clone>(section: Option<&T>, key: &str) -> anyhow::Result<T> {
    section.cloned().with_context(|| {
        let variable = format!("{PREFIX}__{}", key.to_uppercase().replace('.', "__"));
        format!("the setting `{key}` is missing: set {variable} (or {variable}_FILE with the path of a file) or write it into the settings file")
    })
}
