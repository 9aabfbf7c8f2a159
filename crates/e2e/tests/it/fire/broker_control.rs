//! The negative controls of what is done to the broker: the same once more, and a reaper that publishes nothing again in
//! time. What the broker has lost, or has not taken, then hangs.

use std::time::Duration;

use broker::Queue;
use testkit::{OwnServer, Service, eventually};

use super::arena::{Arena, PROGRESS};

/// Messages of a control.
const UNSWEPT: u32 = 50;
/// Who sends them.
const CLIENTS: usize = 4;
/// How long what hangs is waited for.
const STAND: Duration = Duration::from_secs(10);
/// Messages that the gateway could not publish.
const UNPUBLISHED: &str = "djigbachats_gateway_unpublished_messages_total";

/// Why nobody but the reaper could publish a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unpublished {
    /// Its job was lost with the broker's disk.
    Wiped,
    /// Its job was lost with its queue.
    Deleted,
    /// The broker stood still when it was accepted.
    Frozen,
    /// The broker took nothing when it was accepted.
    Alarmed,
    /// The broker was not there when it was accepted.
    Away,
}

/// Does it, without a reaper: the auditor sees that messages are stuck.
pub(super) async fn without_the_reaper(arena: &mut Arena, why: Unpublished) {
    let an_hour = (60 * 60 * 1_000).to_string();
    arena
        .stack
        .services
        .set("sender.reaper.lost_after_ms", an_hour);
    arena.stack.services.kill_9(Service::Sender).await;
    match why {
        Unpublished::Wiped | Unpublished::Deleted => {
            accept(arena).await;
            lose_jobs(arena, why).await;
            arena.stack.services.start(Service::Sender).await;
        }
        Unpublished::Frozen | Unpublished::Alarmed | Unpublished::Away => {
            arena.stack.services.start(Service::Sender).await;
            refuse_jobs(arena, why).await;
        }
    }
    arena.come_to_rest_or_stand(STAND).await;
    let what = format!(
        "{}, and a reaper that looks for lost jobs once an hour",
        why.told()
    );
    arena.sees(&what, "stuck").await;
}

/// Has messages accepted.
async fn accept(arena: &Arena) {
    let clients = arena.so_many(u64::from(UNSWEPT), Duration::ZERO);
    clients.send_all(CLIENTS).await;
}

/// The jobs of accepted messages are gone.
async fn lose_jobs(arena: &Arena, why: Unpublished) {
    if why == Unpublished::Deleted {
        for queue in [Queue::Send, Queue::SendCampaign] {
            arena.stack.broker.delete_queue(queue).await;
        }
        return;
    }
    OwnServer::RabbitMq.kill_9().await;
    OwnServer::RabbitMq.wipe().await;
    OwnServer::RabbitMq.start().await;
    arena.stack.broker.make().await;
}

/// Messages are accepted while no job can be published.
async fn refuse_jobs(arena: &Arena, why: Unpublished) {
    let before = unpublished(arena).await;
    match why {
        Unpublished::Frozen => OwnServer::RabbitMq.freeze().await,
        Unpublished::Alarmed => OwnServer::RabbitMq.memory_alarm().await,
        _ => OwnServer::RabbitMq.kill_9().await,
    }
    accept(arena).await;
    eventually("the gateway gives their jobs up", PROGRESS, async || {
        (unpublished(arena).await >= before + f64::from(UNSWEPT)).then_some(())
    })
    .await;
    match why {
        Unpublished::Frozen => OwnServer::RabbitMq.thaw().await,
        Unpublished::Alarmed => {
            // It would read what lies in its sockets when it is calm again.
            OwnServer::RabbitMq.kill_9().await;
            OwnServer::RabbitMq.start().await;
        }
        _ => OwnServer::RabbitMq.start().await,
    }
}

async fn unpublished(arena: &Arena) -> f64 {
    let metrics = arena.stack.services.scrape(Service::Gateway).await;
    metrics.sum(UNPUBLISHED, &[])
}

impl Unpublished {
    const fn told(self) -> &'static str {
        match self {
            Self::Wiped => "a wiped broker",
            Self::Deleted => "queues deleted with their jobs",
            Self::Frozen => "messages accepted while the broker stood still",
            Self::Alarmed => "messages accepted during an alarm",
            Self::Away => "messages accepted while the broker was away",
        }
    }
}
