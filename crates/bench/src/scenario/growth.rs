//! The cost of a message when ten thousand, a million and ten million others are stored: end to end, and then the
//! accept of single messages with the sender down.

use std::sync::Arc;

use anyhow::Result;
use testkit::Service;

use super::accept::{missing, stored};
use super::requests::Messages;
use crate::campaigns::{BUSINESSES, Campaigns, NUMBERS_OF_A_BUSINESS};
use crate::fixture::{Fixture, HIGH};
use crate::generator::{self, Load, Requests};
use crate::measured::{Latency, Measured, float};
use crate::preload::{Preloaded, ensure_disk_space, fill};
use crate::size::Size;
use crate::usage::Cpu;

const CONNECTIONS: usize = 64;
const BYTES_OF_A_GB: f64 = 1e9;

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let most = size.preload.into_iter().max().unwrap_or_default();
    let mut throughputs = Vec::new();
    let mut accepts = Vec::new();
    for wanted in size.preload.into_iter().filter(|wanted| *wanted > 0) {
        let mut fixture = Fixture::open(BUSINESSES, &[HIGH; NUMBERS_OF_A_BUSINESS]).await?;
        // Before any measurement that a full disk would discard.
        ensure_disk_space(&fixture, most).await?;
        let preloaded = fill(&mut fixture, wanted).await?;
        throughputs.push(end_to_end(&fixture, size, &preloaded).await?);
        fixture.stack.services.terminate(Service::Sender).await;
        accepts.push(accept(&fixture, size, &preloaded).await?);
    }
    note_growth(&mut throughputs);
    note_growth(&mut accepts);
    Ok([throughputs, accepts].concat())
}

async fn end_to_end(fixture: &Fixture, size: &Size, preloaded: &Preloaded) -> Result<Measured> {
    let rows = size.end_to_end_rate * size.short_end_to_end.as_secs().max(1);
    let campaigns = Campaigns::plan(fixture, rows).await?;
    let run = campaigns.run(fixture, size.short_end_to_end).await?;
    let failures = campaigns.drain(fixture).await?;
    Ok(Measured {
        name: format!("growth-{}", preloaded.messages),
        what: format!(
            "end to end with {} stored messages, {:.0} s, {} numbers",
            preloaded.messages,
            run.took.as_secs_f64(),
            campaigns.count()
        ),
        unit: "messages/s".to_owned(),
        value: run.rate(),
        goal: None,
        latency: None,
        components: Vec::new(),
        notes: vec![format!(
            "they were stored in {:.0} s and take {:.1} GB",
            preloaded.took.as_secs_f64(),
            float(preloaded.bytes) / BYTES_OF_A_GB
        )],
        cpu_us: run.cpu_us,
        failures,
        samples: run.samples,
    })
}

async fn accept(fixture: &Fixture, size: &Size, preloaded: &Preloaded) -> Result<Measured> {
    let before = stored(fixture).await?;
    let requests: Arc<dyn Requests> = Arc::new(Messages::one_by_one(&fixture.shops));
    let load = Load {
        address: fixture.address(Service::Gateway)?,
        connections: CONNECTIONS,
        success: 202,
        warm_up: size.warm_up,
        measured: size.load,
    };
    let cpu = Cpu::start(&fixture.stack)?;
    let tally = generator::run(load, requests).await?;
    let cpu_us = cpu.per_item(tally.answered)?;
    let mut failures = tally.failures();
    failures.extend(missing(fixture, before, tally.answered).await?);
    Ok(Measured {
        name: format!("growth-accept-{}", preloaded.messages),
        what: format!(
            "durable accept with {} stored messages, one message a request, {BUSINESSES} businesses, {CONNECTIONS} connections",
            preloaded.messages
        ),
        unit: "messages/s".to_owned(),
        value: tally.rate(),
        goal: None,
        latency: Latency::of(&tally.microseconds),
        components: Vec::new(),
        cpu_us,
        notes: Vec::new(),
        failures,
        samples: Vec::new(),
    })
}

/// Notes for each measurement the cost of a message relative to the smallest preload.
fn note_growth(measurements: &mut [Measured]) {
    let cost = |measurement: &Measured| measurement.cpu_us.values().sum::<f64>();
    let Some(first) = measurements.first().map(cost).filter(|cost| *cost > 0.0) else {
        return;
    };
    for measurement in measurements.iter_mut().skip(1) {
        let ratio = cost(measurement) / first;
        let note =
            format!("a message costs {ratio:.2} times what it costs with the smallest preload");
        measurement.notes.push(note);
    }
}
