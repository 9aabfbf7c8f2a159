//! How far behind each lane is: the age of the youngest of its latest jobs.
//!
//! A queue is first in, first out, so what arrives now is as old as the queue is long. It is the age of the job and not of
//! its messages: one that is published again because its job was lost is old, and must not pass for a long queue, or the
//! next loss would be noticed later still.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use common::message::Lane;

/// The youngest ages since the last look.
#[derive(Debug, Default)]
pub(crate) struct JobAge(Mutex<[Option<Duration>; 3]>);

impl JobAge {
    /// A job of the lane arrived that is so old.
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

    /// The age of the lane that is most behind; the next look begins anew.
    pub(crate) fn take(&self) -> Duration {
        let mut ages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *ages)
            .into_iter()
            .flatten()
            .max()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
