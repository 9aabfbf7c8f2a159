//! Publishing messages that may be claimed again: a job contains their ids and nothing else.
//!
//! A job that the broker rejects is not lost: each of its messages has a timer or is behind the watermark, so the
//! reaper publishes it again.

use std::collections::BTreeMap;

use broker::{Publisher, Queue};
use common::message::Lane;
use common::wire::{MessageRef, SendMessages};
use worker_storage::transitions::MessageKeys;

use crate::metrics::Metrics;

/// The maximum number of messages of one job.
const JOB_MESSAGES: usize = 500;

/// Publishes jobs for the messages; `cause` is the label of the metric.
pub(crate) async fn publish<'a>(
    publisher: &Publisher,
    subjects: impl IntoIterator<Item = &'a MessageKeys>,
    cause: &'static str,
) {
    let mut jobs: BTreeMap<_, Vec<MessageRef>> = BTreeMap::new();
    for subject in subjects {
        // Messages of campaigns come in batches: with the number in the job, the claim needs no look-up of it.
        let number = (subject.lane == Lane::Campaign).then(|| subject.phone_number_id.clone());
        jobs.entry((subject.lane, number))
            .or_default()
            .push(subject.job());
    }
    let metrics = Metrics::get();
    for ((lane, phone_number_id), messages) in jobs {
        for chunk in messages.chunks(JOB_MESSAGES) {
            let count = u64::try_from(chunk.len()).unwrap_or_default();
            let job = SendMessages {
                lane,
                phone_number_id: phone_number_id.clone(),
                messages: chunk.to_vec(),
            };
            match publisher.publish(Queue::of_lane(lane), &job, None).await {
                Ok(()) => metrics
                    .republished
                    .with_label_values(&[cause])
                    .inc_by(count),
                Err(error) => {
                    metrics.publish_failures.inc();
                    tracing::warn!(
                        %error,
                        lane = lane.as_str(),
                        messages = count,
                        "a job was not published; the reaper tries again"
                    );
                }
            }
        }
    }
}
