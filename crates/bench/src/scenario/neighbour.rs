//! The effect of one business's overload on another that keeps sending single messages: its p99 relative to the
//! unloaded one.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustix::process::setpriority_process;
use testkit::{HostileLoad, Service};
use tokio::runtime::{Builder, Runtime};

use super::requests::Messages;
use crate::clients_file;
use crate::fixture::{Fixture, HIGH, ManyNumbers, make_draft};
use crate::generator::{self, Load, Requests, Tally};
use crate::measured::{Goal, Latency, Measured};
use crate::size::Size;

/// As many as a shop with some checkouts has.
const CONNECTIONS: usize = 4;
/// Rows of each audience that the hostile business imports.
const PEOPLE: u64 = 20_000;
/// The niceness of what runs elsewhere in the field.
const LOWEST_PRIORITY: i32 = 19;
/// R37: the maximum ratio of the p99 to its unloaded value.
const AT_MOST: f64 = 3.0;

pub(super) async fn measure(size: &Size) -> Result<Measured> {
    let mut fixture = Fixture::open(2, &[HIGH]).await?;
    fixture.start_rest().await;
    let [overloading, other] = fixture.shops.as_slice() else {
        anyhow::bail!("two businesses are needed");
    };
    let unloaded = load(&fixture, size, other, "unloaded").await?;
    HostileLoad::spend_key(&overloading.shop).await;
    let draft = make_draft(&overloading.shop).await?;
    let audience = clients_file::flawless(0, PEOPLE);
    let hostile = HostileLoad::of(&overloading.shop, &fixture.stack.services, draft, audience);
    let elsewhere = low_priority_runtime()?;
    let overload = elsewhere.spawn(Arc::clone(&hostile).run());
    let loaded = load(&fixture, size, other, "loaded").await?;
    hostile.stop();
    overload.await?;
    elsewhere.shutdown_background();
    let of = |tally: &Tally| Latency::of(&tally.microseconds).context("no answer was measured");
    let (alone, latency) = (of(&unloaded)?, of(&loaded)?);
    let refused: u64 = hostile
        .answers()
        .iter()
        .filter(|((_, status), _)| *status == 429)
        .map(|(_, count)| count)
        .sum();
    Ok(Measured {
        name: "neighbour".to_owned(),
        what: format!(
            "single messages of one business, {CONNECTIONS} connections, while another overloads the API: p99 relative to the unloaded one"
        ),
        unit: "x".to_owned(),
        value: latency.p99 / alone.p99,
        goal: Some(Goal::less(AT_MOST, AT_MOST)),
        latency: Some(latency),
        components: Vec::new(),
        cpu_us: BTreeMap::new(),
        notes: vec![format!(
            "unloaded: {:.0} messages/s, p99 {:.1} ms; the other business was answered 429 {refused} times",
            unloaded.rate(),
            alone.p99
        )],
        failures: [unloaded.failures(), loaded.failures()].concat(),
        samples: Vec::new(),
    })
}

/// Threads that only run when nothing else wants to: in the field the other business's programs run on other machines.
fn low_priority_runtime() -> Result<Runtime> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start(|| {
            let _ = setpriority_process(None, LOWEST_PRIORITY);
        })
        .enable_all()
        .build();
    runtime.context("the threads of the hostile load")
}

async fn load(
    fixture: &Fixture,
    size: &Size,
    of: &ManyNumbers,
    run: &'static str,
) -> Result<Tally> {
    let messages = Messages::one_by_one(std::slice::from_ref(of)).of_run(run);
    let requests: Arc<dyn Requests> = Arc::new(messages);
    let load = Load {
        address: fixture.address(Service::Gateway)?,
        connections: CONNECTIONS,
        success: 202,
        warm_up: size.warm_up,
        measured: size.load,
    };
    generator::run(load, requests).await
}
