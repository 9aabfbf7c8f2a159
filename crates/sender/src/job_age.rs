//! The backlog of each lane: the age of the youngest of its latest jobs.
//!
//! A queue is first in, first out, so the age of an arriving job is the length of the queue. The job's age counts, not
//! that of its messages: a message that is published again because its job was lost is old, and would look like a long
//! queue, so that the next loss would be noticed even later.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use chrono::{DateTime, Utc};
use common::ids::time_of_uuid;
use common::message::Lane;
use common::wire::MessageRef;

/// The youngest ages since the last read.
#[derive(Debug, Default)]
pub(crate) struct JobAge(Mutex<[Option<Duration>; 3]>);

impl JobAge {
    /// Records a job of the lane with its age.
    pub(crate) fn note(&self, lane: Lane, age: Duration) {
        let mut ages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(youngest) = Lane::ALL
            .iter()
            .position(|known| *known == lane)
            .and_then(|at| ages.get_mut(at))
        {
            *youngest = Some(youngest.map_or(age, |known| known.min(age)));
        }
    }

    /// The age of the lane with the longest backlog; resets the record.
    pub(crate) fn take(&self) -> Duration {
        let mut ages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *ages)
            .into_iter()
            .flatten()
            .max()
            .unwrap_or_default()
    }
}

/// How long ago a job was published, by its timestamp in seconds; the time of a message that was accepted later is more
/// exact. `None` when neither is available.
pub(crate) fn age(
    published_at: Option<DateTime<Utc>>,
    messages: &[MessageRef],
    now: DateTime<Utc>,
) -> Option<Duration> {
    let accepted = messages
        .iter()
        .filter_map(|message| time_of_uuid(message.message_id.as_uuid()));
    let youngest = accepted.chain(published_at).max()?;
    Some((now - youngest).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use common::ids::{BusinessId, MessageId};
    use uuid::{NoContext, Timestamp, Uuid};

    use super::*;

    fn accepted_at(milliseconds: u64) -> MessageRef {
        let seconds = milliseconds / 1_000;
        let rest = u32::try_from(milliseconds % 1_000).unwrap() * 1_000_000;
        MessageRef {
            business_id: BusinessId::from_uuid(Uuid::from_u128(1)),
            message_id: MessageId::from_uuid(Uuid::new_v7(Timestamp::from_unix(
                NoContext, seconds, rest,
            ))),
            trace_id: None,
        }
    }

    #[test]
    fn a_message_published_again_does_not_make_its_job_old() {
        let at = |milliseconds| DateTime::from_timestamp_millis(milliseconds);
        let now = at(1_000_000_700).unwrap();
        let old = [accepted_at(999_000_000)];
        assert_eq!(
            age(at(999_998_000), &old, now),
            Some(Duration::from_millis(2_700))
        );
        let fresh = [accepted_at(999_000_000), accepted_at(1_000_000_400)];
        assert_eq!(
            age(at(1_000_000_000), &fresh, now),
            Some(Duration::from_millis(300))
        );
        assert_eq!(age(None, &[], now), None);
    }

    #[test]
    fn the_youngest_job_of_a_lane_counts_and_the_lane_that_is_most_behind() {
        let ages = JobAge::default();
        ages.note(Lane::Campaign, Duration::from_secs(900));
        ages.note(Lane::Campaign, Duration::from_secs(2));
        ages.note(Lane::Otp, Duration::from_secs(1));
        assert_eq!(ages.take(), Duration::from_secs(2));
        assert_eq!(ages.take(), Duration::ZERO);
    }
}
