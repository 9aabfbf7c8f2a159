//! The whole life of a message: released, claimed, posted, answered, and three separate statuses projected. Ten numbers
//! of high throughput, of five businesses. The memory of the services is watched meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use testkit::Service;

use super::accept::job_bytes;
use super::requests::Messages;
use crate::bare;
use crate::campaigns::{BUSINESSES, Campaigns, NUMBERS_OF_A_BUSINESS, STATUSES};
use crate::generator::{Load, Requests};
use crate::measured::{Goal, Measured, Part, Sample, float};
use crate::size::Size;
use crate::stand::{HIGH, Stand};
use crate::usage::{growth_mb_per_minute, total_mb};

/// Updates of a message's row: claimed, submitted, sent, delivered, read.
const UPDATES: f64 = 5.0;
/// Of the bare parts: ids of a job, events of an envelope and its bytes, as the product has them under this load.
const IDS_OF_A_JOB: u64 = 100;
const EVENTS_OF_AN_ENVELOPE: u16 = 32;
const BYTES_OF_AN_EVENT: u16 = 400;

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let mut stand = Stand::open(BUSINESSES, &[HIGH; NUMBERS_OF_A_BUSINESS]).await?;
    stand.start_rest().await;
    let rows = size.life_rate * size.life.as_secs().max(1);
    let campaigns = Campaigns::plan(&stand, rows).await?;
    let run = campaigns.run(&stand, size.life).await?;
    let wrong = campaigns.drain(&stand).await?;
    let parts = parts(&stand, size).await?;
    let minutes = run.took.as_secs_f64() / 60.0;
    let life = Measured {
        figure: "life".to_owned(),
        what: format!(
            "whole life, three statuses each, {minutes:.1} minutes, {} numbers of {BUSINESSES} businesses",
            campaigns.count()
        ),
        unit: "messages/s".to_owned(),
        value: run.rate(),
        goal: Some(Goal::more(2_500.0, 5_000.0)),
        latency: None,
        parts,
        cpu_us: run.cpu_us,
        notes: vec![format!(
            "{} messages were read in the time, and {} more were with Meta",
            run.read,
            run.posted.saturating_sub(run.read)
        )],
        wrong,
        samples: run.samples,
    };
    let memory = memory(&life, minutes);
    Ok(vec![life, memory])
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
    let growth = growth_mb_per_minute(&life.samples, total_mb);
    let by_service = life.samples.last().map_or_else(String::new, |last| {
        let each = last.rss_mb.iter().map(|(name, mb)| {
            let of = |sample: &Sample| sample.rss_mb.get(name).copied().unwrap_or_default();
            let growth = growth_mb_per_minute(&life.samples, of);
            format!("{name} {mb:.0} ({growth:+.2})")
        });
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
            format!("at the end, in MB (and how they grew in a minute): {by_service}"),
            format!("at {:.0} messages a second", life.value),
        ],
        wrong: Vec::new(),
        samples: Vec::new(),
    }
}
