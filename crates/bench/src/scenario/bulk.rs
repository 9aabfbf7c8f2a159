//! Durable accept, 500 messages per call.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::json;
use testkit::Service;

use super::accept::{IDS_OF_A_JOB, job_bytes, missing};
use super::requests::Messages;
use crate::baseline;
use crate::fixture::{Fixture, HIGH};
use crate::generator::{self, Load, Requests};
use crate::measured::{Component, Goal, Latency, Measured, float};
use crate::size::Size;
use crate::usage::Cpu;

const MESSAGES_OF_A_CALL: u64 = 500;
const CONNECTIONS: usize = 8;

/// Measures it; `None` when the gateway lacks the call.
pub(super) async fn measure(size: &Size) -> Result<Option<Measured>> {
    let fixture = Fixture::open(size.businesses, &[HIGH]).await?;
    if !has_call(&fixture).await? {
        return Ok(None);
    }
    Ok(Some(measure_on(&fixture, size).await?))
}

/// Whether the gateway has the call. Without messages it stores nothing.
async fn has_call(fixture: &Fixture) -> Result<bool> {
    let many = fixture.shops.first().context("a business")?;
    let nothing = json!({"messages": []});
    let answer = many.shop.api.post("/v1/messages/bulk", &nothing).await;
    Ok(!matches!(answer.status.as_u16(), 404 | 405))
}

async fn measure_on(fixture: &Fixture, size: &Size) -> Result<Measured> {
    let requests: Arc<dyn Requests> =
        Arc::new(Messages::in_bulk(&fixture.shops, MESSAGES_OF_A_CALL));
    let load = Load {
        address: fixture.address(Service::Gateway)?,
        connections: CONNECTIONS,
        success: 202,
        warm_up: size.warm_up,
        measured: size.load,
    };
    let cpu = Cpu::start(&fixture.stack)?;
    let tally = generator::run(load, Arc::clone(&requests)).await?;
    let accepted = tally.answered * MESSAGES_OF_A_CALL;
    let cpu_us = cpu.per_item(accepted)?;
    let mut failures = tally.failures();
    failures.extend(missing(fixture, 0, accepted).await?);
    let baseline_load = Load {
        measured: size.baseline,
        ..load
    };
    let http = baseline::http::run(baseline_load, requests).await?;
    let rows = baseline::rows::run(&fixture.stack.db.admin().await, size.baseline).await?;
    let job = baseline::broker::run(
        &fixture.stack.broker.url,
        job_bytes(IDS_OF_A_JOB),
        size.baseline,
    )
    .await?;
    Ok(Measured {
        name: "bulk".to_owned(),
        what: format!(
            "durable accept, {MESSAGES_OF_A_CALL} messages a call, {} businesses, {CONNECTIONS} connections",
            size.businesses
        ),
        unit: "messages/s".to_owned(),
        value: tally.rate() * float(MESSAGES_OF_A_CALL),
        goal: Some(Goal::more(50_000.0, 100_000.0)),
        latency: Latency::of(&tally.microseconds),
        components: vec![
            Component::new("HTTP both ends", http.rate() * float(MESSAGES_OF_A_CALL)),
            Component::new("durable rows by 500", rows.inserted),
            Component::new(
                "confirmed publish of 500 ids",
                job.published * float(IDS_OF_A_JOB),
            ),
        ],
        cpu_us,
        notes: Vec::new(),
        failures,
        samples: Vec::new(),
    })
}
