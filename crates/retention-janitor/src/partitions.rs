//! Creates the partitions of coming months, and drops those past the retention limit.

use std::time::Duration;

use bootstrap::worker_loop::WorkerLoop;
use chrono::{DateTime, TimeDelta, Utc};
use common::retention::{self, Table};
use storage::{StorageError, Store};
use worker_storage::retention::{Partition, drop_partition, make_partitions, partitions};

use crate::Janitor;
use crate::metrics::Metrics;
use crate::settings::JanitorSettings;

const INTERVAL: Duration = Duration::from_secs(3600);
/// A locked table is tried again after this.
const SOON: Duration = Duration::from_secs(10);
/// Partitions are created this far ahead.
const AHEAD: TimeDelta = TimeDelta::days(62);
/// If fewer days are covered, `/readyz` fails: without a partition every accept fails.
const LEAST_COVERAGE: TimeDelta = TimeDelta::days(7);

/// Creates and drops partitions until shutdown.
pub(crate) async fn run(janitor: Janitor) -> Result<(), StorageError> {
    let Janitor {
        store,
        limits,
        context,
    } = janitor;
    let health = context.health.dependency("partitions");
    let mut rounds = WorkerLoop::new(&context.shutdown.token());
    let mut pause = INTERVAL;
    while rounds.next(pause).await {
        let now = context.clock.now();
        let done = round(&store, limits, now).await;
        match partitions(&store).await.map(|all| coverage(&all, now)) {
            Ok(coverage) if coverage >= LEAST_COVERAGE => health.ok(),
            Ok(coverage) => health.missing(format!(
                "the last partition ends in {} days",
                coverage.num_days()
            )),
            Err(error) => health.missing(error.to_string()),
        }
        pause = match done {
            Ok(()) => INTERVAL,
            Err(error) if error.is_unavailable() => SOON,
            Err(error) => return Err(error),
        };
    }
    Ok(())
}

async fn round(
    store: &Store,
    settings: JanitorSettings,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let made = make_partitions(store, now + AHEAD).await?;
    if made > 0 {
        tracing::info!(partitions = made, "made partitions");
    }
    for partition in partitions(store).await? {
        if is_past(&partition, settings, now) {
            drop_past(store, &partition).await?;
        }
    }
    Ok(())
}

async fn drop_past(store: &Store, partition: &Partition) -> Result<(), StorageError> {
    match drop_partition(store, partition).await {
        Ok(()) => {
            Metrics::get().partitions_dropped.inc();
            tracing::info!(partition = %partition.name, "dropped a partition that is past the retention limit");
        }
        Err(error) if error.is_unavailable() => return Err(error),
        Err(error) => tracing::error!(
            partition = %partition.name,
            %error,
            "a partition that is past the retention limit is kept; if `janitor.retention_days` was shortened, run \
             `djigbachats migrate` with the same setting"
        ),
    }
    Ok(())
}

/// A partition is dropped when its first day is as old as the period of its table, so that none of its rows is ever
/// older. A table without an entry in the registry keeps its partitions.
fn is_past(partition: &Partition, settings: JanitorSettings, now: DateTime<Utc>) -> bool {
    retention::table(&partition.parent)
        .and_then(Table::partition_category)
        .is_some_and(|category| {
            now - partition.first_day >= category.shortened_to(settings.retention())
        })
}

/// How long the partitions of every table last.
fn coverage(all: &[Partition], now: DateTime<Utc>) -> TimeDelta {
    let mut ends = std::collections::BTreeMap::new();
    for partition in all {
        let end = partition.first_day + chrono::Months::new(1);
        let latest = ends.entry(partition.parent.as_str()).or_insert(end);
        *latest = end.max(*latest);
    }
    ends.into_values()
        .min()
        .map_or(TimeDelta::zero(), |end| end - now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(parent: &str, day: &str) -> Partition {
        let first_day = format!("{day}T00:00:00Z").parse().unwrap();
        Partition {
            parent: parent.to_owned(),
            name: String::new(),
            first_day,
        }
    }

    #[test]
    fn the_table_with_the_least_coverage_counts() {
        let all = [
            partition("messages", "2026-11-01"),
            partition("messages", "2026-12-01"),
            partition("events", "2026-11-01"),
        ];
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        assert_eq!(coverage(&all, now), TimeDelta::days(8));
        assert_eq!(coverage(&[], now), TimeDelta::zero());
    }

    #[test]
    fn files_go_earlier_and_not_before_the_last_message_with_them_may_have_left() {
        let last_of_month = "2026-01-31T23:59:59Z".parse().unwrap();
        let needed = common::media::sendable_until(common::ids::MediaId::new(last_of_month));
        for parent in ["media", "media_chunks"] {
            let january = partition(parent, "2026-01-01");
            let is_past = |at| is_past(&january, JanitorSettings::default(), at);
            assert!(!is_past(needed.unwrap()), "{parent}");
            assert!(is_past("2026-03-12T00:00:00Z".parse().unwrap()), "{parent}");
        }
    }

    #[test]
    fn a_month_goes_on_the_day_its_first_day_reaches_the_limit_and_a_longer_limit_is_not_honoured()
    {
        let first = partition("messages", "2026-01-01");
        let longer = JanitorSettings {
            retention_days: 9999,
            ..JanitorSettings::default()
        };
        let at = |text: &str| text.parse().unwrap();
        assert!(!is_past(&first, longer, at("2026-12-17T23:59:59Z")));
        assert!(is_past(&first, longer, at("2026-12-18T00:00:00Z")));
    }

    #[test]
    fn a_table_that_is_not_in_the_registry_keeps_its_months() {
        let unlisted = partition("unlisted", "2016-01-01");
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        assert!(!is_past(&unlisted, JanitorSettings::default(), now));
    }

    #[test]
    fn a_month_that_still_takes_messages_is_kept_whatever_the_setting() {
        let none = JanitorSettings {
            retention_days: 0,
            ..JanitorSettings::default()
        };
        for parent in ["messages", "media"] {
            let january = partition(parent, "2026-01-01");
            let last = "2026-01-31T23:59:59Z".parse().unwrap();
            assert!(!is_past(&january, none, last), "{parent}");
        }
    }
}
