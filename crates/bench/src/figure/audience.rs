//! The import of an audience through the API: parsed, normalised, sealed, deduplicated, checked.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::Value;
use testkit::Service;

use crate::bare;
use crate::clients_file::{self, Expected};
use crate::measured::{Goal, Measured, per_second};
use crate::size::Size;
use crate::stand::{HIGH, Stand, plan_campaign};
use crate::usage::{Cpu, peak_mb};

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let stand = Stand::open(1, &[HIGH]).await?;
    let many = stand.shops.first().context("a business")?;
    let (file, expected) = clients_file::with_flaws(size.audience);
    let before = peak_mb(&stand.stack, Service::Gateway)?;
    let megabytes = file.len() / 1_000_000;
    let base = stand.stack.services.url(Service::Gateway, "");
    let cpu = Cpu::start(&stand.stack)?;
    let begun = Instant::now();
    let (_, report) = plan_campaign(&many.shop, &base, file).await?;
    let took = begun.elapsed();
    let cpu_us = cpu.per_item(expected.rows)?;
    let peak = peak_mb(&stand.stack, Service::Gateway)?;
    let rows = bare::rows::run(&stand.stack.db.admin().await, size.bare).await?;
    let rate = per_second(expected.rows, took);
    let import = Measured {
        figure: "audience".to_owned(),
        what: format!("audience import, {} CSV rows", expected.rows),
        unit: "s".to_owned(),
        value: took.as_secs_f64(),
        goal: Some(Goal::less(60.0, 20.0)),
        latency: None,
        parts: Vec::new(),
        cpu_us,
        notes: vec![
            format!("{rate:.0} rows/s of a file of {megabytes} MB"),
            format!("bare durable rows by 500: {:.0}/s", rows.inserted),
        ],
        wrong: unexpected(&report, expected),
        samples: Vec::new(),
    };
    Ok(vec![import, memory(before, peak)])
}

fn memory(before: f64, peak: f64) -> Measured {
    Measured {
        figure: "audience-memory".to_owned(),
        what: "memory of the gateway, the most during the import".to_owned(),
        unit: "MB".to_owned(),
        value: peak,
        goal: Some(Goal::less(300.0, 300.0)),
        latency: None,
        parts: Vec::new(),
        cpu_us: BTreeMap::new(),
        notes: vec![format!("{before:.0} MB before it")],
        wrong: Vec::new(),
        samples: Vec::new(),
    }
}

/// Where the report is not what the file was made for.
fn unexpected(report: &Value, expected: Expected) -> Vec<String> {
    let told = |field: &str| report.get(field).and_then(Value::as_u64);
    let fields = [("rows", expected.rows), ("planned", expected.planned)];
    let differing = fields
        .into_iter()
        .filter(|(field, wanted)| told(field) != Some(*wanted));
    differing
        .map(|(field, wanted)| format!("{field} should be {wanted} and is {:?}", told(field)))
        .collect()
}
