//! Payloads for the tests, and helpers that wait for them.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::clock::SystemClock;
use broker::{Broker, Delivery, Subscription};
use common::ids::{BusinessId, MessageId};
use common::message::Lane;
use common::wire::{DecodeError, MessageRef, SendMessages, Wire};
use testkit::TestBroker;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A job with a distinct number.
pub(crate) fn job(number: u128) -> SendMessages {
    SendMessages {
        lane: Lane::Transactional,
        phone_number_id: None,
        messages: vec![MessageRef {
            business_id: BusinessId::from_uuid(Uuid::from_u128(1)),
            message_id: MessageId::from_uuid(Uuid::from_u128(number)),
            trace_id: None,
        }],
    }
}

pub(crate) fn number(delivery: &Delivery<SendMessages>) -> u128 {
    delivery.payload.messages[0].message_id.as_uuid().as_u128()
}

pub(crate) fn connect(vhost: &TestBroker) -> Broker {
    vhost.connect(Arc::new(SystemClock))
}

/// The next batch, of at most `max`, within the limit.
pub(crate) async fn next<W: Wire>(
    subscription: &mut Subscription<W>,
    max: usize,
) -> Vec<Delivery<W>> {
    let never = CancellationToken::new();
    let batch = subscription.next_batch(max, Duration::from_millis(200), &never);
    let batch = tokio::time::timeout(LIMIT, batch).await;
    batch
        .expect("a delivery within the limit")
        .expect("nobody asked to stop")
}

/// Exactly `count` deliveries, in as many batches as it takes.
pub(crate) async fn take<W: Wire>(
    subscription: &mut Subscription<W>,
    count: usize,
) -> Vec<Delivery<W>> {
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(next(subscription, count - all.len()).await);
    }
    all
}

/// Bytes with the type name of a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AnyBytes(pub(crate) Vec<u8>);

impl Wire for AnyBytes {
    const NAME: &'static str = SendMessages::NAME;

    fn encode(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self(bytes.to_vec()))
    }
}
