//! A message end to end: released, claimed, posted, answered, and three separate statuses projected. Ten numbers of
//! high throughput, of five businesses. The memory of the services is sampled meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use testkit::Service;

use super::accept::job_bytes;
use super::requests::Messages;
use crate::baseline;
use crate::campaigns::{BUSINESSES, Campaigns, NUMBERS_OF_A_BUSINESS, STATUSES};
use crate::fixture::{Fixture, HIGH};
use crate::generator::{Load, Requests};
use crate::measured::{Component, Goal, Measured, Sample, float};
use crate::size::Size;
use crate::usage::{growth_mb_per_minute, total_mb};

/// Updates of a message's row: claimed, submitted, sent, delivered, read.
const UPDATES: f64 = 5.0;
/// Sizes of the baselines: ids per job, events per envelope and bytes per event, as the product has them under this
/// load.
const IDS_OF_A_JOB: u64 = 100;
const EVENTS_OF_AN_ENVELOPE: u16 = 32;
const BYTES_OF_AN_EVENT: u16 = 400;

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let mut fixture = Fixture::open(BUSINESSES, &[HIGH; NUMBERS_OF_A_BUSINESS]).await?;
    fixture.start_rest().await;
    let rows = size.end_to_end_rate * size.end_to_end.as_secs().max(1);
    let campaigns = Campaigns::plan(&fixture, rows).await?;
    let run = campaigns.run(&fixture, size.end_to_end).await?;
    let failures = campaigns.drain(&fixture).await?;
    let components = components(&fixture, size).await?;
    let minutes = run.took.as_secs_f64() / 60.0;
    let end_to_end = Measured {
        name: "end_to_end".to_owned(),
        what: format!(
            "end to end, three statuses each, {minutes:.1} minutes, {} numbers of {BUSINESSES} businesses",
            campaigns.count()
        ),
        unit: "messages/s".to_owned(),
        value: run.rate(),
        goal: Some(Goal::more(2_500.0, 5_000.0)),
        latency: None,
        components,
        cpu_us: run.cpu_us,
        notes: vec![format!(
            "{} messages were read in the time, and {} more were accepted by Meta",
            run.read,
            run.posted.saturating_sub(run.read)
        )],
        failures,
        samples: run.samples,
    };
    let memory = memory(&end_to_end, minutes);
    Ok(vec![end_to_end, memory])
}

async fn components(fixture: &Fixture, size: &Size) -> Result<Vec<Component>> {
    let requests: Arc<dyn Requests> = Arc::new(Messages::one_by_one(&fixture.shops));
    let load = Load {
        address: fixture.address(Service::Gateway)?,
        connections: 64,
        success: 200,
        warm_up: size.warm_up,
        measured: size.baseline,
    };
    let http = baseline::http::run(load, requests).await?.rate();
    let rows = baseline::rows::run(&fixture.stack.db.admin().await, size.baseline).await?;
    let url = &fixture.stack.broker.url;
    let job = baseline::broker::run(url, job_bytes(IDS_OF_A_JOB), size.baseline).await?;
    let bytes = usize::from(EVENTS_OF_AN_ENVELOPE * BYTES_OF_AN_EVENT);
    let event = baseline::broker::run(url, bytes, size.baseline).await?;
    let (ids, statuses) = (float(IDS_OF_A_JOB), float(STATUSES));
    let events = f64::from(EVENTS_OF_AN_ENVELOPE) / statuses;
    Ok(vec![
        Component::new("durable rows by 500", rows.inserted),
        Component::new("publish of 100 ids", job.published * ids),
        Component::new("consume of 100 ids", job.consumed * ids),
        Component::new("HTTP of the POST", http),
        Component::new("HTTP of three webhooks", http / statuses),
        Component::new("publish of 32 events, three each", event.published * events),
        Component::new("consume of 32 events, three each", event.consumed * events),
        Component::new("five updates by 500", rows.updated / UPDATES),
    ])
}

/// The memory measurement, from the samples of the run.
fn memory(end_to_end: &Measured, minutes: f64) -> Measured {
    let most = end_to_end.samples.iter().map(total_mb).fold(0.0, f64::max);
    let growth = growth_mb_per_minute(&end_to_end.samples, total_mb);
    let by_service = end_to_end.samples.last().map_or_else(String::new, |last| {
        let each = last.rss_mb.iter().map(|(name, mb)| {
            let of = |sample: &Sample| sample.rss_mb.get(name).copied().unwrap_or_default();
            let growth = growth_mb_per_minute(&end_to_end.samples, of);
            format!("{name} {mb:.0} ({growth:+.2})")
        });
        each.collect::<Vec<_>>().join(", ")
    });
    Measured {
        name: "memory".to_owned(),
        what: format!("peak memory of all five services together over {minutes:.1} minutes"),
        unit: "MB".to_owned(),
        value: most,
        goal: Some(Goal::less(400.0, 200.0)),
        latency: None,
        components: Vec::new(),
        cpu_us: BTreeMap::new(),
        notes: vec![
            format!("it grew by {growth:.2} MB a minute after the first fifth"),
            format!("at the end, in MB (and how they grew in a minute): {by_service}"),
            format!("at {:.0} messages a second", end_to_end.value),
        ],
        failures: Vec::new(),
        samples: Vec::new(),
    }
}
