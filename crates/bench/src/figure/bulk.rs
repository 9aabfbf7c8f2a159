//! Durable accept, 500 messages a call.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::json;
use testkit::Service;

use super::accept::{IDS_OF_A_JOB, job_bytes, missing};
use super::requests::Messages;
use crate::bare;
use crate::generator::{self, Load, Requests};
use crate::measured::{Goal, Latency, Measured, Part, float};
use crate::size::Size;
use crate::stand::{HIGH, Stand};
use crate::usage::Cpu;

const MESSAGES_OF_A_CALL: u64 = 500;
const CONNECTIONS: usize = 8;

/// Measures it; nothing while the gateway has no such call.
pub(super) async fn measure(size: &Size) -> Result<Option<Measured>> {
    let stand = Stand::open(size.businesses, &[HIGH]).await?;
    if !has_call(&stand).await? {
        return Ok(None);
    }
    Ok(Some(measure_on(&stand, size).await?))
}

/// Whether the gateway answers the call at all. Without messages it stores nothing.
async fn has_call(stand: &Stand) -> Result<bool> {
    let many = stand.shops.first().context("a business")?;
    let nothing = json!({"messages": []});
    let answer = many.shop.api.post("/v1/messages/bulk", &nothing).await;
    Ok(!matches!(answer.status.as_u16(), 404 | 405))
}

async fn measure_on(stand: &Stand, size: &Size) -> Result<Measured> {
    let requests: Arc<dyn Requests> = Arc::new(Messages::in_bulk(&stand.shops, MESSAGES_OF_A_CALL));
    let load = Load {
        address: stand.address(Service::Gateway)?,
        connections: CONNECTIONS,
        success: 202,
        warm_up: size.warm_up,
        measured: size.load,
    };
    let cpu = Cpu::start(&stand.stack)?;
    let tally = generator::run(load, Arc::clone(&requests)).await?;
    let accepted = tally.answered * MESSAGES_OF_A_CALL;
    let cpu_us = cpu.per_item(accepted)?;
    let mut wrong = tally.wrong();
    wrong.extend(missing(stand, 0, accepted).await?);
    let bare_load = Load {
        measured: size.bare,
        ..load
    };
    let http = bare::http::run(bare_load, requests).await?;
    let rows = bare::rows::run(&stand.stack.db.admin().await, size.bare).await?;
    let job =
        bare::broker::run(&stand.stack.broker.url, job_bytes(IDS_OF_A_JOB), size.bare).await?;
    Ok(Measured {
        figure: "bulk".to_owned(),
        what: format!(
            "durable accept, {MESSAGES_OF_A_CALL} messages a call, {} businesses, {CONNECTIONS} connections",
            size.businesses
        ),
        unit: "messages/s".to_owned(),
        value: tally.rate() * float(MESSAGES_OF_A_CALL),
        goal: Some(Goal::more(50_000.0, 100_000.0)),
        latency: Latency::of(&tally.microseconds),
        parts: vec![
            Part::new("HTTP both ends", http.rate() * float(MESSAGES_OF_A_CALL)),
            Part::new("durable rows by 500", rows.inserted),
            Part::new(
                "confirmed publish of 500 ids",
                job.published * float(IDS_OF_A_JOB),
            ),
        ],
        cpu_us,
        notes: Vec::new(),
        wrong,
        samples: Vec::new(),
    })
}
