//! Negative controls of the broker faults: the same fault again with a reaper that republishes nothing in time.
//! Messages whose jobs the broker lost or rejected are then stuck.

use std::time::Duration;

use broker::Queue;
use testkit::{OwnServer, Service, eventually};

use super::fixture::{Fixture, PROGRESS};

/// Messages of a control.
const MESSAGES: u32 = 50;
/// Clients that send them.
const CLIENTS: usize = 4;
/// Idle timeout after which messages count as stuck.
const STUCK_AFTER: Duration = Duration::from_secs(10);
/// Messages that the gateway could not publish.
const UNPUBLISHED: &str = "djigbachats_gateway_unpublished_messages_total";

/// Why only the reaper can publish a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unpublished {
    /// Its campaign_load was lost with the broker's disk.
    Wiped,
    /// Its campaign_load was lost with its queue.
    Deleted,
    /// The broker was frozen when it was accepted.
    Frozen,
    /// The broker blocked publishers when it was accepted.
    Alarmed,
    /// The broker was down when it was accepted.
    Away,
}

/// Repeats the fault without a reaper: the auditor detects stuck messages.
pub(super) async fn control_without_reaper(fixture: &mut Fixture, why: Unpublished) {
    let an_hour = (60 * 60 * 1_000).to_string();
    fixture
        .stack
        .services
        .set("sender.reaper.lost_after_ms", an_hour);
    fixture.stack.services.kill_9(Service::Sender).await;
    match why {
        Unpublished::Wiped | Unpublished::Deleted => {
            accept(fixture).await;
            lose_jobs(fixture, why).await;
            fixture.stack.services.start(Service::Sender).await;
        }
        Unpublished::Frozen | Unpublished::Alarmed | Unpublished::Away => {
            fixture.stack.services.start(Service::Sender).await;
            refuse_jobs(fixture, why).await;
        }
    }
    fixture.settle_within(STUCK_AFTER).await;
    let what = format!(
        "{}, and a reaper that looks for lost jobs once an hour",
        why.description()
    );
    fixture.assert_auditor_detects(&what, "stuck").await;
}

/// Has messages accepted.
async fn accept(fixture: &Fixture) {
    let clients = fixture.bounded_clients(u64::from(MESSAGES), Duration::ZERO);
    clients.send_all(CLIENTS).await;
}

/// Loses the jobs of accepted messages.
async fn lose_jobs(fixture: &Fixture, why: Unpublished) {
    if why == Unpublished::Deleted {
        for queue in [Queue::Send, Queue::SendCampaign] {
            fixture.stack.broker.delete_queue(queue).await;
        }
        return;
    }
    OwnServer::RabbitMq.kill_9().await;
    OwnServer::RabbitMq.wipe().await;
    OwnServer::RabbitMq.start().await;
    fixture.stack.broker.make().await;
}

/// Has messages accepted while no campaign_load can be published.
async fn refuse_jobs(fixture: &Fixture, why: Unpublished) {
    let before = unpublished(fixture).await;
    match why {
        Unpublished::Frozen => OwnServer::RabbitMq.freeze().await,
        Unpublished::Alarmed => OwnServer::RabbitMq.memory_alarm().await,
        _ => OwnServer::RabbitMq.kill_9().await,
    }
    accept(fixture).await;
    eventually(
        "the gateway gives up publishing their jobs",
        PROGRESS,
        async || (unpublished(fixture).await >= before + f64::from(MESSAGES)).then_some(()),
    )
    .await;
    match why {
        Unpublished::Frozen => OwnServer::RabbitMq.thaw().await,
        Unpublished::Alarmed => {
            // Otherwise it would process the publishes buffered in its sockets once the alarm ends.
            OwnServer::RabbitMq.kill_9().await;
            OwnServer::RabbitMq.start().await;
        }
        _ => OwnServer::RabbitMq.start().await,
    }
}

async fn unpublished(fixture: &Fixture) -> f64 {
    let metrics = fixture.stack.services.scrape(Service::Gateway).await;
    metrics.sum(UNPUBLISHED, &[])
}

impl Unpublished {
    const fn description(self) -> &'static str {
        match self {
            Self::Wiped => "a wiped broker",
            Self::Deleted => "queues deleted with their jobs",
            Self::Frozen => "messages accepted while the broker was frozen",
            Self::Alarmed => "messages accepted during an alarm",
            Self::Away => "messages accepted while the broker was down",
        }
    }
}
