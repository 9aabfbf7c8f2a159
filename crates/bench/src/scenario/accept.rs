//! Durable accept, one message per request. The sender is down, so accepted messages wait.

use std::sync::Arc;

use anyhow::Result;
use chrono::DateTime;
use common::ids::{BusinessId, MessageId};
use common::message::Lane;
use common::trace::TraceId;
use common::wire::{MessageRef, SendMessages, Wire as _};
use testkit::Service;

use super::requests::Messages;
use crate::baseline;
use crate::fixture::{Fixture, HIGH};
use crate::generator::{self, Load, Requests};
use crate::measured::{Component, Goal, Latency, Measured, float};
use crate::size::Size;
use crate::usage::Cpu;

const CONNECTIONS: usize = 64;
/// Maximum number of ids in one job of the gateway.
pub(super) const IDS_OF_A_JOB: u64 = 500;

pub(super) async fn measure(size: &Size) -> Result<Measured> {
    let fixture = Fixture::open(size.businesses, &[HIGH]).await?;
    let requests: Arc<dyn Requests> = Arc::new(Messages::one_by_one(&fixture.shops));
    let load = Load {
        address: fixture.address(Service::Gateway)?,
        connections: CONNECTIONS,
        success: 202,
        warm_up: size.warm_up,
        measured: size.load,
    };
    let cpu = Cpu::start(&fixture.stack)?;
    let tally = generator::run(load, Arc::clone(&requests)).await?;
    let cpu_us = cpu.per_item(tally.answered)?;
    let mut failures = tally.failures();
    failures.extend(missing(&fixture, 0, tally.answered).await?);
    let components = components(&fixture, load, size, requests).await?;
    Ok(Measured {
        name: "accept".to_owned(),
        what: format!(
            "durable accept, one message a request, {} businesses, {CONNECTIONS} connections",
            size.businesses
        ),
        unit: "messages/s".to_owned(),
        value: tally.rate(),
        goal: Some(Goal::more(18_000.0, 28_000.0)),
        latency: Latency::of(&tally.microseconds),
        components,
        cpu_us,
        notes: Vec::new(),
        failures,
        samples: Vec::new(),
    })
}

/// The number of stored messages.
pub(super) async fn stored(fixture: &Fixture) -> Result<u64> {
    fixture.count("select count(*) from messages").await
}

/// The mismatch between messages answered 202 and messages stored; `before` were stored already.
pub(super) async fn missing(
    fixture: &Fixture,
    before: u64,
    answered: u64,
) -> Result<Option<String>> {
    let stored = stored(fixture).await?.saturating_sub(before);
    Ok((stored != answered)
        .then(|| format!("{answered} messages were answered 202 and {stored} are stored")))
}

async fn components(
    fixture: &Fixture,
    load: Load,
    size: &Size,
    requests: Arc<dyn Requests>,
) -> Result<Vec<Component>> {
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
    Ok(vec![
        Component::new("HTTP both ends", http.rate()),
        Component::new("durable rows by 500", rows.inserted),
        Component::new(
            "confirmed publish of 500 ids",
            job.published * float(IDS_OF_A_JOB),
        ),
    ])
}

/// The size of a job with this many messages.
pub(super) fn job_bytes(messages: u64) -> usize {
    let message = || MessageRef {
        business_id: BusinessId::new(DateTime::UNIX_EPOCH),
        message_id: MessageId::new(DateTime::UNIX_EPOCH),
        trace_id: Some(TraceId::random()),
    };
    let job = SendMessages {
        lane: Lane::Transactional,
        phone_number_id: None,
        messages: (0..messages).map(|_| message()).collect(),
    };
    job.encode().len()
}
