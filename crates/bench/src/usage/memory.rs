//! Resident memory, and whether it grows.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use procfs::process::{Process, Status};
use testkit::{Service, Stack};

use crate::measured::{Sample, float};

const KIB_OF_A_MB: f64 = 1_000_000.0 / 1_024.0;

/// The resident memory of each running service.
///
/// # Errors
/// When a service has ended.
pub(crate) fn resident_mb(stack: &Stack) -> Result<BTreeMap<String, f64>> {
    let mut resident = BTreeMap::new();
    for service in Service::ALL {
        if stack.services.process_id(service).is_some() {
            let kib = status(stack, service)?
                .vmrss
                .context("no resident memory")?;
            resident.insert(service.name().to_owned(), float(kib) / KIB_OF_A_MB);
        }
    }
    Ok(resident)
}

/// The most that a service ever had.
///
/// # Errors
/// When it does not run.
pub(crate) fn peak_mb(stack: &Stack, service: Service) -> Result<f64> {
    let kib = status(stack, service)?.vmhwm.context("no peak of memory")?;
    Ok(float(kib) / KIB_OF_A_MB)
}

/// All services together.
pub(crate) fn total_mb(sample: &Sample) -> f64 {
    sample.rss_mb.values().sum()
}

/// The slope of the line through the samples, the first fifth left out, when everything fills for the first time.
pub(crate) fn growth_mb_per_minute(samples: &[Sample]) -> f64 {
    let settled = samples.get(samples.len() / 5..).unwrap_or_default();
    let count = float(u64::try_from(settled.len()).unwrap_or_default());
    let mean = |value: fn(&Sample) -> f64| settled.iter().map(value).sum::<f64>() / count;
    let (at, level) = (mean(|sample| sample.seconds), mean(total_mb));
    let spread: f64 = settled
        .iter()
        .map(|sample| (sample.seconds - at).powi(2))
        .sum();
    let rise: f64 = settled
        .iter()
        .map(|sample| (sample.seconds - at) * (total_mb(sample) - level))
        .sum();
    if spread > 0.0 {
        rise / spread * 60.0
    } else {
        0.0
    }
}

fn status(stack: &Stack, service: Service) -> Result<Status> {
    let process = stack.services.process_id(service);
    let process = process.with_context(|| format!("{} does not run", service.name()))?;
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
    fn growth_is_the_slope_once_everything_is_filled() {
        let grows = growth_mb_per_minute(&samples(|seconds| 100.0 + seconds / 10.0));
        assert!((grows - 6.0).abs() < 1e-9, "{grows}");
        let filled = growth_mb_per_minute(&samples(|seconds| 100.0 + seconds.min(110.0)));
        assert!(filled.abs() < 1e-9, "{filled}");
        assert_eq!(growth_mb_per_minute(&[]), 0.0);
    }
}
