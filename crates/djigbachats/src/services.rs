//! Running services in one process: one clock, one health, one shutdown and one operations listener for all of them.

use std::sync::Arc;

use anyhow::Context as _;
use bootstrap::Context;
use bootstrap::ops::Ops;
use bootstrap::shutdown::Shutdown;
use broker::Broker;
use cloud_api::CloudApi;
use projector::Projector;
use sealing::{MasterKeys, OpaqueSigner, TransitKey};
use storage::{Login, Store};
use tokio::task::JoinSet;

use crate::cli::Service;
use crate::settings::Settings;

/// The services and the operations listener, while they run.
type Running = JoinSet<anyhow::Result<()>>;

/// Runs services until SIGTERM or until one of them cannot go on.
pub(crate) async fn run(settings: &Settings, named: &[Service]) -> anyhow::Result<()> {
    check(settings, named)?;
    bootstrap::logs::init(&settings.logs).context("the logs cannot be set up")?;
    bootstrap::panics::install_hook();
    let context = Context::new(Shutdown::on_signals().context("signals cannot be listened to")?);
    let services = Service::expand(named);
    let documented = services
        .contains(&Service::Gateway)
        .then(|| settings.gateway.clone());
    let ops = Ops::bind(
        &settings.ops,
        context.health.clone(),
        context.shutdown.clone(),
        Arc::new(move |routes| {
            if let Some(gateway) = &documented {
                gateway::operations(gateway, routes);
            }
        }),
    )
    .with_context(|| {
        format!(
            "the operations listener cannot have {}; change `ops.address`",
            settings.ops.address
        )
    })?;
    tracing::info!(address = %ops.address(), "operations listener");
    let mut running = Running::new();
    spawn(&mut running, ops.serve());
    for service in services {
        start(settings, service, &context, &mut running)?;
    }
    let drained = context
        .shutdown
        .run_until_shutdown(end_together(&mut running, &context))
        .await;
    drained.unwrap_or_else(|| {
        anyhow::bail!("stopped before all work under way had ended; it goes on at the next start")
    })
}

/// Whether the settings that the services need are there.
pub(crate) fn check(settings: &Settings, named: &[Service]) -> anyhow::Result<()> {
    for service in Service::expand(named) {
        match service {
            Service::Gateway => {
                settings
                    .database(Login::Gateway)
                    .and(settings.master_key())?;
                settings.broker().and(settings.meta())?;
                settings.transit_key().and(settings.opaque_key())?;
            }
            Service::TemplateSync => {
                settings
                    .database(Login::TemplateSync)
                    .and(settings.master_key())?;
                settings.broker().and(settings.meta())?;
            }
            Service::Sender => drop(sender_settings(settings)?),
            Service::WebhookIngest => drop(ingest_settings(settings)?),
            Service::RetentionJanitor => drop(janitor_settings(settings)?),
            Service::All => {}
        }
    }
    Ok(())
}

/// Waits for all; the first that ends stops the others.
async fn end_together(running: &mut Running, context: &Context) -> anyhow::Result<()> {
    let mut first_error = Ok(());
    while let Some(ended) = running.join_next().await {
        context.shutdown.trigger();
        let result = ended.unwrap_or_else(|error| Err(error.into()));
        if let (Err(error), Ok(())) = (result, &first_error) {
            tracing::error!(
                error = format!("{error:#}"),
                "a service ended with an error; the others are stopped"
            );
            first_error = Err(error);
        }
    }
    first_error
}

fn start(
    settings: &Settings,
    service: Service,
    context: &Context,
    running: &mut Running,
) -> anyhow::Result<()> {
    let context = context.clone();
    match service {
        Service::Gateway => start_gateway(settings, context, running)?,
        Service::Sender => spawn(running, sender::run(sender_settings(settings)?, context)),
        Service::WebhookIngest => {
            spawn(
                running,
                webhook_ingest::run(ingest_settings(settings)?, context),
            );
        }
        Service::RetentionJanitor => {
            spawn(
                running,
                retention_janitor::run(janitor_settings(settings)?, context),
            );
        }
        Service::TemplateSync => start_template_sync(settings, context, running)?,
        Service::All => {}
    }
    Ok(())
}

/// The API and the projector, which share a login, and so the connections to Postgres.
fn start_gateway(
    settings: &Settings,
    context: Context,
    running: &mut Running,
) -> anyhow::Result<()> {
    let master =
        MasterKeys::parse(&settings.master_key()?).context("`sealing.master_key` is not a key")?;
    let store = Store::new(&settings.database(Login::Gateway)?, master)?;
    let transit = TransitKey::parse(&settings.transit_key()?)
        .context("`sealing.transit_key` is not a key")?;
    let signer =
        OpaqueSigner::new(&settings.opaque_key()?).context("`sealing.opaque_key` is not a key")?;
    let rabbitmq = context.health.dependency("rabbitmq");
    let broker = Broker::connect(
        &settings.broker()?,
        "gateway",
        context.clock.clone(),
        move |state| rabbitmq.report(state),
    )?;
    let api = gateway::Settings {
        gateway: settings.gateway.clone(),
        cloud_api: settings.meta()?,
    };
    let projector = Projector::new(store.clone(), &broker, transit, signer, context.clone());
    running.spawn(async move {
        projector.run().await;
        Ok(())
    });
    running.spawn(async move { Ok(gateway::run(api, store, broker.publisher(), context).await?) });
    Ok(())
}

fn spawn<E: Into<anyhow::Error> + Send + 'static>(
    running: &mut Running,
    service: impl Future<Output = Result<(), E>> + Send + 'static,
) {
    running.spawn(async move { service.await.map_err(Into::into) });
}

fn start_template_sync(
    settings: &Settings,
    context: Context,
    running: &mut Running,
) -> anyhow::Result<()> {
    let master =
        MasterKeys::parse(&settings.master_key()?).context("`sealing.master_key` is not a key")?;
    let store = Store::new(&settings.database(Login::TemplateSync)?, master)?;
    let cloud_api = CloudApi::new(&settings.meta()?)?;
    let rabbitmq = context.health.dependency("rabbitmq");
    let broker = Broker::connect(
        &settings.broker()?,
        "template-sync",
        context.clock.clone(),
        move |state| rabbitmq.report(state),
    )?;
    let own = settings.template_sync;
    running.spawn(async move {
        template_sync::run(own, store, cloud_api, broker.consumer(), context).await;
        Ok(())
    });
    Ok(())
}

fn sender_settings(settings: &Settings) -> anyhow::Result<sender::Settings> {
    Ok(sender::Settings {
        sender: settings.sender.clone(),
        database: settings.database(Login::Sender)?,
        broker: settings.broker()?,
        cloud_api: settings.meta()?,
        master_key: settings.master_key()?,
        opaque_key: settings.opaque_key()?,
    })
}

fn ingest_settings(settings: &Settings) -> anyhow::Result<webhook_ingest::Settings> {
    Ok(webhook_ingest::Settings {
        ingest: settings.ingest()?,
        broker: settings.broker()?,
        app_secret: settings.meta()?.app_secret,
        transit_key: settings.transit_key()?,
    })
}

fn janitor_settings(settings: &Settings) -> anyhow::Result<retention_janitor::Settings> {
    Ok(retention_janitor::Settings {
        janitor: settings.janitor,
        database: settings.database(Login::RetentionJanitor)?,
        master_key: settings.master_key()?,
    })
}
