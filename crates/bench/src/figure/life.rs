//! The whole life of a message: released, claimed, posted, answered, and three separate statuses projected. Ten numbers
//! of high throughput, of five businesses. The memory of the services is watched meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use common::message::MessageState;
use testkit::{Service, Shop};

use super::accept::job_bytes;
use super::requests::Messages;
use crate::bare;
use crate::clients_file;
use crate::generator::{Load, Requests};
use crate::measured::{Goal, Measured, Part, Sample, float, per_second};
use crate::size::Size;
use crate::stand::{Stand, plan_campaign};
use crate::usage::{Cpu, growth_mb_per_minute, resident_mb, total_mb};

const BUSINESSES: usize = 5;
const NUMBERS_OF_A_BUSINESS: usize = 2;
const STATUSES: u64 = 3;
/// Updates of a message's row: claimed, submitted, sent, delivered, read.
const UPDATES: f64 = 5.0;
/// How long what was posted may take to be read, and what was not posted to be cancelled.
const DRAIN: Duration = Duration::from_secs(180);
/// Of the bare parts: ids of a job, events of an envelope and its bytes, as the product has them under this load.
const IDS_OF_A_JOB: u64 = 100;
const EVENTS_OF_AN_ENVELOPE: u16 = 32;
const BYTES_OF_AN_EVENT: u16 = 400;

/// A campaign that runs.
struct Running {
    shop: Shop,
    campaign: String,
}

/// What was seen of the run.
struct Run {
    took: Duration,
    read: u64,
    samples: Vec<Sample>,
    cpu_us: BTreeMap<String, f64>,
}

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let mut stand = Stand::open(BUSINESSES, NUMBERS_OF_A_BUSINESS).await?;
    stand.start_rest().await;
    let (campaigns, rows) = prepare(&stand, size).await?;
    let run = send(&stand, size, &campaigns, rows).await?;
    let wrong = drain(&stand, &campaigns).await?;
    let parts = parts(&stand, size).await?;
    let minutes = run.took.as_secs_f64() / 60.0;
    let life = Measured {
        figure: "life".to_owned(),
        what: format!(
            "whole life, three statuses each, {minutes:.1} minutes, {} numbers of {BUSINESSES} businesses",
            campaigns.len()
        ),
        unit: "messages/s".to_owned(),
        value: per_second(run.read, run.took),
        goal: Some(Goal::more(2_500.0, 5_000.0)),
        latency: None,
        parts,
        cpu_us: run.cpu_us,
        notes: vec![format!("{} messages were read in the time", run.read)],
        wrong,
        samples: run.samples,
    };
    let memory = memory(&life, minutes);
    Ok(vec![life, memory])
}

/// One campaign for each number, with more rows than can be sent in the time.
async fn prepare(stand: &Stand, size: &Size) -> Result<(Vec<Running>, u64)> {
    let wanted = size.life_rate * size.life.as_secs().max(1);
    let numbers = u64::try_from(BUSINESSES * NUMBERS_OF_A_BUSINESS)?;
    let rows = wanted.div_ceil(numbers);
    let base = stand.stack.services.url(Service::Gateway, "");
    let (mut campaigns, mut from) = (Vec::new(), 0);
    for many in &stand.shops {
        for number in &many.numbers {
            let shop = many.sending_from(number);
            let file = clients_file::flawless(from, rows);
            from += rows;
            let (campaign, _) = plan_campaign(&shop, &base, file).await?;
            campaigns.push(Running { shop, campaign });
        }
    }
    Ok((campaigns, rows * numbers))
}

/// Starts all campaigns and watches until the time is over, or all is read.
async fn send(stand: &Stand, size: &Size, campaigns: &[Running], rows: u64) -> Result<Run> {
    let cpu = Cpu::start(&stand.stack)?;
    let begun = Instant::now();
    for running in campaigns {
        let started = running.shop.steer_campaign(&running.campaign, "start");
        drop(started.await.ok());
    }
    let mut samples = Vec::new();
    let every = (size.life / 300).max(Duration::from_millis(250));
    let mut ticks = tokio::time::interval(every);
    while begun.elapsed() < size.life {
        ticks.tick().await;
        let done = stand.stack.meta.stats().webhook_updates_accepted / STATUSES;
        samples.push(Sample {
            seconds: begun.elapsed().as_secs_f64(),
            done,
            rss_mb: resident_mb(&stand.stack)?,
        });
        if done >= rows && read(stand).await? >= rows {
            break;
        }
    }
    // Before the count, which takes a while.
    let took = begun.elapsed();
    let read = read(stand).await?;
    Ok(Run {
        took,
        read,
        samples,
        cpu_us: cpu.per_item(read)?,
    })
}

async fn read(stand: &Stand) -> Result<u64> {
    let state = MessageState::Read.code();
    stand
        .count(&format!(
            "select count(*) from messages where state = {state}"
        ))
        .await
}

/// Cancels what was not sent, waits until every message is in its last state, and says what is missing.
async fn drain(stand: &Stand, campaigns: &[Running]) -> Result<Vec<String>> {
    for running in campaigns {
        // One that has sent all its rows refuses, which is as good.
        drop(
            running
                .shop
                .steer_campaign(&running.campaign, "cancel")
                .await,
        );
    }
    let (read, cancelled) = (MessageState::Read.code(), MessageState::Cancelled.code());
    let open = format!("select count(*) from messages where state not in ({read}, {cancelled})");
    let (end, mut ticks) = (
        Instant::now() + DRAIN,
        tokio::time::interval(Duration::from_millis(500)),
    );
    let left = loop {
        ticks.tick().await;
        let left = stand.count(&open).await?;
        if left == 0 || Instant::now() >= end {
            break left;
        }
    };
    let mut wrong = Vec::new();
    let mut complain = |count: u64, what: &str| {
        if count > 0 {
            wrong.push(format!("{count} {what}"));
        }
    };
    complain(left, "messages are neither read nor cancelled");
    let posted = stand.stack.meta.summary();
    let (accepted, repeated) = (posted.accepted, posted.repeated_opaque_ids);
    complain(repeated, "messages came to Meta more than once");
    let read = self::read(stand).await?;
    complain(
        accepted.saturating_sub(read),
        "messages that Meta has are not read",
    );
    complain(
        read.saturating_sub(accepted),
        "messages are read that Meta never had",
    );
    Ok(wrong)
}

async fn parts(stand: &Stand, size: &Size) -> Result<Vec<Part>> {
    let requests: Arc<dyn Requests> = Arc::new(Messages::one_by_one(&stand.shops));
    let load = Load {
        address: stand.address(Service::Gateway)?,
        connections: 64,
        success: 200,
        warm_up: size.warm_up,
        measured: size.bare,
    };
    let http = bare::http::run(load, requests).await?.rate();
    let rows = bare::rows::run(&stand.stack.db.admin().await, size.bare).await?;
    let url = &stand.stack.broker.url;
    let job = bare::broker::run(url, job_bytes(IDS_OF_A_JOB), size.bare).await?;
    let bytes = usize::from(EVENTS_OF_AN_ENVELOPE * BYTES_OF_AN_EVENT);
    let event = bare::broker::run(url, bytes, size.bare).await?;
    let (ids, statuses) = (float(IDS_OF_A_JOB), float(STATUSES));
    let events = f64::from(EVENTS_OF_AN_ENVELOPE) / statuses;
    Ok(vec![
        Part::new("durable rows by 500", rows.inserted),
        Part::new("publish of 100 ids", job.published * ids),
        Part::new("consume of 100 ids", job.consumed * ids),
        Part::new("HTTP of the POST", http),
        Part::new("HTTP of three webhooks", http / statuses),
        Part::new("publish of 32 events, three each", event.published * events),
        Part::new("consume of 32 events, three each", event.consumed * events),
        Part::new("five updates by 500", rows.updated / UPDATES),
    ])
}

/// The figure of the memory, from the samples of the run.
fn memory(life: &Measured, minutes: f64) -> Measured {
    let most = life.samples.iter().map(total_mb).fold(0.0, f64::max);
    let growth = growth_mb_per_minute(&life.samples);
    let by_service = life.samples.last().map_or_else(String::new, |last| {
        let each = last
            .rss_mb
            .iter()
            .map(|(name, mb)| format!("{name} {mb:.0}"));
        each.collect::<Vec<_>>().join(", ")
    });
    Measured {
        figure: "memory".to_owned(),
        what: format!("memory of all five services together, the most over {minutes:.1} minutes"),
        unit: "MB".to_owned(),
        value: most,
        goal: Some(Goal::less(400.0, 200.0)),
        latency: None,
        parts: Vec::new(),
        cpu_us: BTreeMap::new(),
        notes: vec![
            format!("it grew by {growth:.2} MB a minute after the first fifth"),
            format!("at the end, in MB: {by_service}"),
            format!("at {:.0} messages a second", life.value),
        ],
        wrong: Vec::new(),
        samples: Vec::new(),
    }
}
