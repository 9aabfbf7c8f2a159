//! The import of an audience through the API: parsed, normalised, sealed, deduplicated, checked.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::Value;
use testkit::Service;

use crate::baseline;
use crate::clients_file::{self, Expected};
use crate::fixture::{Fixture, HIGH, plan_campaign};
use crate::measured::{Goal, Measured, per_second};
use crate::size::Size;
use crate::usage::{Cpu, peak_mb};

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let fixture = Fixture::open(1, &[HIGH]).await?;
    let many = fixture.shops.first().context("a business")?;
    let (file, expected) = clients_file::with_flaws(size.audience);
    let before = peak_mb(&fixture.stack, Service::Gateway)?;
    let megabytes = file.len() / 1_000_000;
    let base = fixture.stack.services.url(Service::Gateway, "");
    let cpu = Cpu::start(&fixture.stack)?;
    let started = Instant::now();
    let (_, report) = plan_campaign(&many.shop, &base, file).await?;
    let took = started.elapsed();
    let cpu_us = cpu.per_item(expected.rows)?;
    let peak = peak_mb(&fixture.stack, Service::Gateway)?;
    let rows = baseline::rows::run(&fixture.stack.db.admin().await, size.baseline).await?;
    let rate = per_second(expected.rows, took);
    let import = Measured {
        name: "audience".to_owned(),
        what: format!("audience import, {} CSV rows", expected.rows),
        unit: "s".to_owned(),
        value: took.as_secs_f64(),
        goal: Some(Goal::less(60.0, 20.0)),
        latency: None,
        components: Vec::new(),
        cpu_us,
        notes: vec![
            format!("{rate:.0} rows/s of a file of {megabytes} MB"),
            format!("baseline of durable rows by 500: {:.0}/s", rows.inserted),
        ],
        failures: unexpected(&report, expected),
        samples: Vec::new(),
    };
    Ok(vec![import, memory(before, peak)])
}

fn memory(before: f64, peak: f64) -> Measured {
    Measured {
        name: "audience-memory".to_owned(),
        what: "peak memory of the gateway during the import".to_owned(),
        unit: "MB".to_owned(),
        value: peak,
        goal: Some(Goal::less(300.0, 300.0)),
        latency: None,
        components: Vec::new(),
        cpu_us: BTreeMap::new(),
        notes: vec![format!("{before:.0} MB before it")],
        failures: Vec::new(),
        samples: Vec::new(),
    }
}

/// Differences between the report and the expected result of the file.
fn unexpected(report: &Value, expected: Expected) -> Vec<String> {
    let reported = |field: &str| report.get(field).and_then(Value::as_u64);
    let fields = [("rows", expected.rows), ("planned", expected.planned)];
    let differing = fields
        .into_iter()
        .filter(|(field, wanted)| reported(field) != Some(*wanted));
    differing
        .map(|(field, wanted)| format!("{field} should be {wanted} and is {:?}", reported(field)))
        .collect()
}
