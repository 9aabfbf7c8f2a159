//! What a message costs when few, a million and ten million others are stored: the whole life, and then the accept of
//! single messages, the sender being down.

use std::sync::Arc;

use anyhow::Result;
use testkit::Service;

use super::accept::{missing, stored};
use super::requests::Messages;
use crate::campaigns::{BUSINESSES, Campaigns, NUMBERS_OF_A_BUSINESS};
use crate::generator::{self, Load, Requests};
use crate::measured::{Latency, Measured, float};
use crate::size::Size;
use crate::stand::{HIGH, Stand};
use crate::stored::{Stored, ensure_room, fill};
use crate::usage::Cpu;

const CONNECTIONS: usize = 64;
const BYTES_OF_A_GB: f64 = 1e9;

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let most = size.stored.into_iter().max().unwrap_or_default();
    let mut lives = Vec::new();
    let mut accepts = Vec::new();
    for wanted in size.stored.into_iter().filter(|wanted| *wanted > 0) {
        let mut stand = Stand::open(BUSINESSES, &[HIGH; NUMBERS_OF_A_BUSINESS]).await?;
        // Before anything is measured that a full disk would take away.
        ensure_room(&stand, most).await?;
        let beside = fill(&mut stand, wanted).await?;
        lives.push(life(&stand, size, &beside).await?);
        stand.stack.services.terminate(Service::Sender).await;
        accepts.push(accept(&stand, size, &beside).await?);
    }
    note_the_growth(&mut lives);
    note_the_growth(&mut accepts);
    Ok([lives, accepts].concat())
}

async fn life(stand: &Stand, size: &Size, beside: &Stored) -> Result<Measured> {
    let rows = size.life_rate * size.short_life.as_secs().max(1);
    let campaigns = Campaigns::plan(stand, rows).await?;
    let run = campaigns.run(stand, size.short_life).await?;
    let wrong = campaigns.drain(stand).await?;
    Ok(Measured {
        figure: format!("growth-{}", beside.messages),
        what: format!(
            "whole life beside {} stored messages, {:.0} s, {} numbers",
            beside.messages,
            run.took.as_secs_f64(),
            campaigns.count()
        ),
        unit: "messages/s".to_owned(),
        value: run.rate(),
        goal: None,
        latency: None,
        parts: Vec::new(),
        notes: vec![format!(
            "they were stored in {:.0} s and take {:.1} GB",
            beside.took.as_secs_f64(),
            float(beside.bytes) / BYTES_OF_A_GB
        )],
        cpu_us: run.cpu_us,
        wrong,
        samples: run.samples,
    })
}

async fn accept(stand: &Stand, size: &Size, beside: &Stored) -> Result<Measured> {
    let before = stored(stand).await?;
    let requests: Arc<dyn Requests> = Arc::new(Messages::one_by_one(&stand.shops));
    let load = Load {
        address: stand.address(Service::Gateway)?,
        connections: CONNECTIONS,
        success: 202,
        warm_up: size.warm_up,
        measured: size.load,
    };
    let cpu = Cpu::start(&stand.stack)?;
    let tally = generator::run(load, requests).await?;
    let cpu_us = cpu.per_item(tally.answered)?;
    let mut wrong = tally.wrong();
    wrong.extend(missing(stand, before, tally.answered).await?);
    Ok(Measured {
        figure: format!("growth-accept-{}", beside.messages),
        what: format!(
            "durable accept beside {} stored messages, one message a request, {BUSINESSES} businesses, {CONNECTIONS} connections",
            beside.messages
        ),
        unit: "messages/s".to_owned(),
        value: tally.rate(),
        goal: None,
        latency: Latency::of(&tally.microseconds),
        parts: Vec::new(),
        cpu_us,
        notes: Vec::new(),
        wrong,
        samples: Vec::new(),
    })
}

/// Says of each what a message costs in parts of what it costs beside the fewest.
fn note_the_growth(figures: &mut [Measured]) {
    let cost = |figure: &Measured| figure.cpu_us.values().sum::<f64>();
    let Some(first) = figures.first().map(cost).filter(|cost| *cost > 0.0) else {
        return;
    };
    for figure in figures.iter_mut().skip(1) {
        let ratio = cost(figure) / first;
        let note = format!("a message costs {ratio:.2} of what it costs beside the fewest");
        figure.notes.push(note);
    }
}
