//! What another business's worst costs a business that goes on sending single messages: its p99 in parts of its quiet one.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use testkit::{Greed, Service};

use super::requests::Messages;
use crate::clients_file;
use crate::generator::{self, Load, Requests, Tally};
use crate::measured::{Goal, Latency, Measured};
use crate::size::Size;
use crate::stand::{HIGH, ManyNumbers, Stand, make_draft};

/// As many as a shop with some tills has.
const CONNECTIONS: usize = 4;
/// Rows of each audience that the greedy business imports.
const PEOPLE: u64 = 20_000;
/// R37: how many times its quiet value the p99 may be.
const AT_MOST: f64 = 3.0;

pub(super) async fn measure(size: &Size) -> Result<Measured> {
    let mut stand = Stand::open(2, &[HIGH]).await?;
    stand.start_rest().await;
    let [greedy, other] = stand.shops.as_slice() else {
        anyhow::bail!("two businesses were to be opened");
    };
    let quiet = load(&stand, size, other, "quiet").await?;
    Greed::spend_key(&greedy.shop).await;
    let draft = make_draft(&greedy.shop).await?;
    let audience = clients_file::flawless(0, PEOPLE);
    let greed = Greed::of(&greedy.shop, &stand.stack.services, draft, audience);
    let worst = tokio::spawn(Arc::clone(&greed).do_its_worst());
    let beside = load(&stand, size, other, "beside").await?;
    greed.stop();
    worst.await?;
    let of = |tally: &Tally| Latency::of(&tally.microseconds).context("no answer was measured");
    let (alone, latency) = (of(&quiet)?, of(&beside)?);
    let refused: u64 = greed
        .answers()
        .iter()
        .filter(|((_, status), _)| *status == 429)
        .map(|(_, count)| count)
        .sum();
    Ok(Measured {
        figure: "neighbour".to_owned(),
        what: format!(
            "single messages of one business, {CONNECTIONS} connections, while another does its worst: p99 in parts of the quiet one"
        ),
        unit: "x".to_owned(),
        value: latency.p99 / alone.p99,
        goal: Some(Goal::less(AT_MOST, AT_MOST)),
        latency: Some(latency),
        parts: Vec::new(),
        cpu_us: BTreeMap::new(),
        notes: vec![format!(
            "quiet: {:.0} messages/s, p99 {:.1} ms; the other business was answered 429 {refused} times",
            quiet.rate(),
            alone.p99
        )],
        wrong: [quiet.wrong(), beside.wrong()].concat(),
        samples: Vec::new(),
    })
}

async fn load(stand: &Stand, size: &Size, of: &ManyNumbers, run: &'static str) -> Result<Tally> {
    let messages = Messages::one_by_one(std::slice::from_ref(of)).of_run(run);
    let requests: Arc<dyn Requests> = Arc::new(messages);
    let load = Load {
        address: stand.address(Service::Gateway)?,
        connections: CONNECTIONS,
        success: 202,
        warm_up: size.warm_up,
        measured: size.load,
    };
    generator::run(load, requests).await
}
