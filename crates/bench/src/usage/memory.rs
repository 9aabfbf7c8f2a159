//! Resident memory and its growth.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use procfs::process::{Process, Status};
use testkit::{Service, Stack};

use super::processes;
use crate::measured::{Sample, float};

const KIB_OF_A_MB: f64 = 1_000_000.0 / 1_024.0;

/// The resident memory of each running service, summed over its processes.
///
/// # Errors
/// When a process has ended.
pub(crate) fn resident_mb(stack: &Stack) -> Result<BTreeMap<String, f64>> {
    let mut resident = BTreeMap::new();
    for (service, process) in processes(stack) {
        let kib = status(process)?.vmrss.context("no resident memory")?;
        *resident.entry(service.name().to_owned()).or_default() += float(kib) / KIB_OF_A_MB;
    }
    Ok(resident)
}

/// The peak resident memory of a service.
///
/// # Errors
/// When it does not run.
pub(crate) fn peak_mb(stack: &Stack, service: Service) -> Result<f64> {
    let process = stack.services.process_id(service);
    let process = process.with_context(|| format!("{} does not run", service.name()))?;
    let kib = status(process)?.vmhwm.context("no peak of memory")?;
    Ok(float(kib) / KIB_OF_A_MB)
}

/// The sum over all services.
pub(crate) fn total_mb(sample: &Sample) -> f64 {
    sample.rss_mb.values().sum()
}

/// The slope of a regression line through the samples, without the first fifth of the time, in which caches fill.
pub(crate) fn growth_mb_per_minute(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> f64 {
    let from = samples.last().map_or(0.0, |last| last.seconds / 5.0);
    let settled: Vec<_> = samples
        .iter()
        .filter(|sample| sample.seconds >= from)
        .map(|sample| (sample.seconds, value(sample)))
        .collect();
    let count = float(u64::try_from(settled.len()).unwrap_or_default());
    let at = settled.iter().map(|(seconds, _)| seconds).sum::<f64>() / count;
    let level = settled.iter().map(|(_, mb)| mb).sum::<f64>() / count;
    let spread: f64 = settled
        .iter()
        .map(|(seconds, _)| (seconds - at).powi(2))
        .sum();
    let rise: f64 = settled
        .iter()
        .map(|(seconds, mb)| (seconds - at) * (mb - level))
        .sum();
    if spread > 0.0 {
        rise / spread * 60.0
    } else {
        0.0
    }
}

fn status(process: u32) -> Result<Status> {
    Ok(Process::new(i32::try_from(process)?)?.status()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(level: impl Fn(f64) -> f64) -> Vec<Sample> {
        let at = (0..60).map(|step| f64::from(step) * 10.0);
        let sample = |seconds| Sample {
            seconds,
            done: 0,
            rss_mb: BTreeMap::from([("gateway".to_owned(), level(seconds))]),
        };
        at.map(sample).collect()
    }

    #[test]
    fn growth_is_the_slope_after_caches_are_filled() {
        let grows = growth_mb_per_minute(&samples(|seconds| 100.0 + seconds / 10.0), total_mb);
        assert!((grows - 6.0).abs() < 1e-9, "{grows}");
        let filled = growth_mb_per_minute(&samples(|seconds| 100.0 + seconds.min(110.0)), total_mb);
        assert!(filled.abs() < 1e-9, "{filled}");
        assert_eq!(growth_mb_per_minute(&[], total_mb), 0.0);
    }

    #[test]
    fn the_first_fifth_is_measured_in_time_not_in_samples() {
        // Five samples a second while it fills for a minute, then one every ten seconds.
        let mut looks = samples(|seconds| 100.0 + seconds.min(60.0));
        let filling = (0..300)
            .map(|step| f64::from(step) / 5.0)
            .map(|seconds| Sample {
                seconds,
                done: 0,
                rss_mb: BTreeMap::from([("gateway".to_owned(), 100.0 + seconds)]),
            });
        looks.splice(0..7, filling);
        let growth = growth_mb_per_minute(&looks, total_mb);
        assert!(growth.abs() < 1e-9, "{growth}");
    }
}
