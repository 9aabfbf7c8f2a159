//! Webhooks that an operator replays from quarantine: they are parsed again by this version.

use std::time::Duration;

use backon::Retryable;
use bootstrap::retry;
use bootstrap::shutdown::Shutdown;
use broker::{Consumer, Delivery, Queue};
use common::trace::TraceId;
use common::wire::QuarantinedWebhook;

use crate::intake::Intake;

/// Unacknowledged webhooks.
const PREFETCH: u16 = 8;

/// Consumes until shutdown. Webhooks that were not accepted by then are delivered again.
pub(crate) async fn run(consumer: Consumer, intake: Intake, shutdown: Shutdown) {
    let stop = shutdown.token();
    let mut webhooks = consumer.subscribe::<QuarantinedWebhook>(Queue::Webhooks, PREFETCH);
    let acknowledger = webhooks.acknowledger();
    while let Some(deliveries) = webhooks
        .next_batch(usize::from(PREFETCH), Duration::ZERO, &stop)
        .await
    {
        for delivery in deliveries {
            if stop
                .run_until_cancelled(take(&intake, &delivery))
                .await
                .is_none()
            {
                return;
            }
            acknowledger.ack([delivery]).await;
        }
    }
}

async fn take(intake: &Intake, delivery: &Delivery<QuarantinedWebhook>) {
    let trace_id = delivery.trace.unwrap_or_else(TraceId::random);
    let take = || intake.take_again(&delivery.payload, trace_id);
    // Its pauses do not end, so neither does it before the webhook is accepted.
    let _ = take.retry(retry::pauses()).await;
}
