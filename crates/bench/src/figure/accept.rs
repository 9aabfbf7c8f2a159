//! Durable accept, one message a request. The sender is down: what is accepted waits, as on a busy morning.

use std::sync::Arc;

use anyhow::Result;
use chrono::DateTime;
use common::ids::{BusinessId, MessageId};
use common::message::Lane;
use common::trace::TraceId;
use common::wire::{MessageRef, SendMessages, Wire as _};
use testkit::Service;

use super::requests::Messages;
use crate::bare;
use crate::generator::{self, Load, Requests};
use crate::measured::{Goal, Latency, Measured, Part, float};
use crate::size::Size;
use crate::stand::{HIGH, Stand};
use crate::usage::Cpu;

const CONNECTIONS: usize = 64;
/// The most ids of one job of the gateway.
pub(super) const IDS_OF_A_JOB: u64 = 500;

pub(super) async fn measure(size: &Size) -> Result<Measured> {
    let stand = Stand::open(size.businesses, &[HIGH]).await?;
    let requests: Arc<dyn Requests> = Arc::new(Messages::one_by_one(&stand.shops));
    let load = Load {
        address: stand.address(Service::Gateway)?,
        connections: CONNECTIONS,
        success: 202,
        warm_up: size.warm_up,
        measured: size.load,
    };
    let cpu = Cpu::start(&stand.stack)?;
    let tally = generator::run(load, Arc::clone(&requests)).await?;
    let cpu_us = cpu.per_item(tally.answered)?;
    let mut wrong = tally.wrong();
    wrong.extend(missing(&stand, 0, tally.answered).await?);
    let parts = parts(&stand, load, size, requests).await?;
    Ok(Measured {
        figure: "accept".to_owned(),
        what: format!(
            "durable accept, one message a request, {} businesses, {CONNECTIONS} connections",
            size.businesses
        ),
        unit: "messages/s".to_owned(),
        value: tally.rate(),
        goal: Some(Goal::more(18_000.0, 28_000.0)),
        latency: Latency::of(&tally.microseconds),
        parts,
        cpu_us,
        notes: Vec::new(),
        wrong,
        samples: Vec::new(),
    })
}

/// How many messages are stored.
pub(super) async fn stored(stand: &Stand) -> Result<u64> {
    stand.count("select count(*) from messages").await
}

/// What was answered 202 and is not stored, or stored and not answered; `before` were stored already.
pub(super) async fn missing(stand: &Stand, before: u64, answered: u64) -> Result<Option<String>> {
    let stored = stored(stand).await?.saturating_sub(before);
    Ok((stored != answered)
        .then(|| format!("{answered} messages were answered 202 and {stored} are stored")))
}

async fn parts(
    stand: &Stand,
    load: Load,
    size: &Size,
    requests: Arc<dyn Requests>,
) -> Result<Vec<Part>> {
    let bare_load = Load {
        measured: size.bare,
        ..load
    };
    let http = bare::http::run(bare_load, requests).await?;
    let rows = bare::rows::run(&stand.stack.db.admin().await, size.bare).await?;
    let job =
        bare::broker::run(&stand.stack.broker.url, job_bytes(IDS_OF_A_JOB), size.bare).await?;
    Ok(vec![
        Part::new("HTTP both ends", http.rate()),
        Part::new("durable rows by 500", rows.inserted),
        Part::new(
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
