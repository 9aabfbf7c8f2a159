//! Acks: as few frames as possible, and only on the channel that the delivery came from.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use lapin::Channel;
use lapin::options::BasicAckOptions;

use super::delivery::AckHandle;
use crate::metrics::Metrics;
use crate::topology::Queue;

/// Acks deliveries of one subscription from any task. Cloning is cheap.
#[derive(Clone)]
pub struct Acknowledger(Arc<Shared>);

struct Shared {
    queue: Queue,
    unacked: Mutex<Unacked>,
    /// Frames must be sent in the order in which they were planned: a `multiple` ack covers everything before it.
    sending: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Unacked {
    generation: u64,
    channel: Option<Channel>,
    tags: BTreeSet<u64>,
}

/// The frames that ack a number of deliveries.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// All deliveries up to this tag.
    up_to: Option<u64>,
    /// Single deliveries.
    single: Vec<u64>,
    /// How many handles can no longer be acked.
    refused: u64,
}

impl Acknowledger {
    pub(super) fn new(queue: Queue) -> Self {
        Self(Arc::new(Shared {
            queue,
            unacked: Mutex::default(),
            sending: tokio::sync::Mutex::default(),
        }))
    }

    /// Acks deliveries. Deliveries that can no longer be acked are counted, and RabbitMQ delivers them again.
    pub async fn ack<T: Into<AckHandle>>(&self, deliveries: impl IntoIterator<Item = T>) {
        let handles: Vec<AckHandle> = deliveries.into_iter().map(Into::into).collect();
        let sending = self.0.sending.lock().await;
        let (plan, channel) =
            self.with(|unacked| (unacked.plan(&handles), unacked.channel.clone()));
        let mut refused = plan.refused;
        let up_to = plan.up_to.map(|tag| (tag, true));
        let single = plan.single.iter().map(|tag| (*tag, false));
        for (tag, multiple) in up_to.into_iter().chain(single) {
            let acked = match &channel {
                Some(channel) => channel
                    .basic_ack(tag, BasicAckOptions { multiple })
                    .await
                    .is_ok(),
                None => false,
            };
            refused += u64::from(!acked);
        }
        drop(sending);
        let queue = [self.0.queue.name()];
        Metrics::get()
            .acks_refused
            .with_label_values(&queue)
            .inc_by(refused);
    }

    /// Registers a new connection: deliveries of older ones can no longer be acked.
    pub(super) fn begin_generation(&self, channel: Channel) {
        self.with(|unacked| {
            *unacked = Unacked {
                generation: unacked.generation + 1,
                channel: Some(channel),
                tags: BTreeSet::new(),
            };
        });
    }

    /// The connection was lost, so its deliveries can no longer be acked.
    pub(super) fn end_generation(&self) {
        self.with(|unacked| {
            unacked.channel = None;
            unacked.tags.clear();
        });
    }

    /// The handle of a delivery of the current connection.
    pub(super) fn handle(&self, tag: u64) -> AckHandle {
        self.with(|unacked| {
            unacked.tags.insert(tag);
            AckHandle {
                generation: unacked.generation,
                tag,
            }
        })
    }

    /// Whether the delivery can still be acked.
    pub(super) fn is_current(&self, handle: AckHandle) -> bool {
        self.with(|unacked| {
            unacked.generation == handle.generation && unacked.tags.contains(&handle.tag)
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Unacked) -> T) -> T {
        act(&mut self
            .0
            .unacked
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}

impl Unacked {
    /// Removes the handles and returns the frames that ack them.
    fn plan(&mut self, handles: &[AckHandle]) -> Plan {
        let mut plan = Plan::default();
        let mut taken = BTreeSet::new();
        for handle in handles {
            let known = handle.generation == self.generation && self.tags.remove(&handle.tag);
            if known {
                taken.insert(handle.tag);
            } else {
                plan.refused += 1;
            }
        }
        let first_left = self.tags.first().copied().unwrap_or(u64::MAX);
        plan.up_to = taken.range(..first_left).next_back().copied();
        plan.single = taken.range(first_left..).copied().collect();
        plan
    }
}

impl fmt::Debug for Acknowledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Acknowledger({})", self.0.queue.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn delivered(up_to: u64) -> Unacked {
        Unacked {
            generation: 1,
            channel: None,
            tags: (1..=up_to).collect(),
        }
    }

    fn handles(tags: impl IntoIterator<Item = u64>) -> Vec<AckHandle> {
        let handle = |tag| AckHandle { generation: 1, tag };
        tags.into_iter().map(handle).collect()
    }

    #[test]
    fn a_batch_without_gaps_takes_one_frame() {
        let mut unacked = delivered(10);
        let plan = unacked.plan(&handles([3, 1, 2]));
        assert_eq!((plan.up_to, plan.single.len()), (Some(3), 0));
    }

    #[test]
    fn a_ticket_of_an_older_connection_is_refused() {
        let mut unacked = delivered(3);
        let old = AckHandle {
            generation: 0,
            tag: 2,
        };
        let plan = unacked.plan(&[old]);
        assert_eq!((plan.up_to, plan.single.len(), plan.refused), (None, 0, 1));
    }

    proptest! {
        #[test]
        fn frames_ack_what_was_asked_for_and_nothing_else(
            rounds in prop::collection::vec(prop::collection::btree_set(1_u64..30, 0..12), 1..6),
        ) {
            let mut unacked = delivered(29);
            let mut at_the_broker: BTreeSet<u64> = (1..=29).collect();
            let mut left = at_the_broker.clone();
            for round in rounds {
                let plan = unacked.plan(&handles(round.iter().copied()));
                let known = round.iter().filter(|tag| left.remove(tag)).count();
                prop_assert_eq!(usize::try_from(plan.refused).unwrap(), round.len() - known);
                at_the_broker.retain(|tag| plan.up_to.is_none_or(|up_to| *tag > up_to));
                for tag in &plan.single {
                    prop_assert!(at_the_broker.remove(tag), "an unknown tag closes the channel");
                }
                prop_assert_eq!(&at_the_broker, &left);
            }
        }
    }
}
