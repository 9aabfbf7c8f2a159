//! The load of the whole life: a campaign on each number, whose messages are released, claimed, posted, answered, and
//! come to be read by three separate statuses.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use common::message::MessageState;
use testkit::{Service, Shop};
use tokio::time::MissedTickBehavior;

use crate::clients_file;
use crate::measured::{Sample, per_second};
use crate::stand::{Stand, plan_campaign};
use crate::usage::{Cpu, resident_mb};

/// As many businesses and numbers as a whole life is measured with.
pub(crate) const BUSINESSES: usize = 5;
/// Numbers of each of them.
pub(crate) const NUMBERS_OF_A_BUSINESS: usize = 2;
/// Statuses of a message: sent, delivered, read.
pub(crate) const STATUSES: u64 = 3;
/// How long what was posted may take to be read, and what was not posted to be cancelled.
const DRAIN: Duration = Duration::from_secs(180);
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Looks at the memory over a run.
const SAMPLES: u32 = 300;
const SHORTEST_SAMPLE: Duration = Duration::from_millis(250);

/// Campaigns that are planned or run.
pub(crate) struct Campaigns {
    running: Vec<Running>,
    /// Of all together.
    rows: u64,
    before: Before,
}

struct Running {
    shop: Shop,
    campaign: String,
}

/// What the simulated Meta had seen before.
struct Before {
    accepted: u64,
    updates: u64,
}

/// What was seen of a run.
pub(crate) struct Run {
    pub(crate) took: Duration,
    pub(crate) read: u64,
    /// What Meta had taken by then; the rest was on its way to be read.
    pub(crate) posted: u64,
    pub(crate) samples: Vec<Sample>,
    pub(crate) cpu_us: BTreeMap<String, f64>,
}

impl Run {
    /// Messages that were read in a second.
    pub(crate) fn rate(&self) -> f64 {
        per_second(self.read, self.took)
    }
}

impl Campaigns {
    /// One for each number, with at least `rows` together.
    pub(crate) async fn plan(stand: &Stand, rows: u64) -> Result<Self> {
        let numbers: usize = stand.shops.iter().map(|many| many.numbers.len()).sum();
        let rows = rows.div_ceil(u64::try_from(numbers)?);
        let base = stand.stack.services.url(Service::Gateway, "");
        let (mut running, mut from) = (Vec::new(), 0);
        for many in &stand.shops {
            for number in &many.numbers {
                let shop = many.sending_from(number);
                let file = clients_file::flawless(from, rows);
                from += rows;
                let (campaign, _) = plan_campaign(&shop, &base, file).await?;
                running.push(Running { shop, campaign });
            }
        }
        Ok(Self {
            running,
            rows: from,
            before: Before {
                accepted: stand.stack.meta.summary().accepted,
                updates: stand.stack.meta.stats().webhook_updates_accepted,
            },
        })
    }

    /// How many there are.
    pub(crate) const fn count(&self) -> usize {
        self.running.len()
    }

    /// Rows of all together.
    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Starts all of them.
    pub(crate) async fn start(&self) {
        for running in &self.running {
            let started = running.shop.steer_campaign(&running.campaign, "start");
            drop(started.await.ok());
        }
    }

    /// Starts all of them and watches until the time is over, or all is read.
    pub(crate) async fn run(&self, stand: &Stand, time: Duration) -> Result<Run> {
        let cpu = Cpu::start(&stand.stack)?;
        let begun = Instant::now();
        self.start().await;
        let mut samples = Vec::new();
        let mut ticks = tokio::time::interval((time / SAMPLES).max(SHORTEST_SAMPLE));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while begun.elapsed() < time {
            ticks.tick().await;
            let updates = stand.stack.meta.stats().webhook_updates_accepted;
            let done = (updates - self.before.updates) / STATUSES;
            samples.push(Sample {
                seconds: begun.elapsed().as_secs_f64(),
                done,
                rss_mb: resident_mb(&stand.stack)?,
            });
            if done >= self.rows && self.read(stand).await? >= self.rows {
                break;
            }
        }
        // Before the count, which takes time and processors.
        let (took, used) = (begun.elapsed(), cpu.used()?);
        let posted = stand.stack.meta.summary().accepted - self.before.accepted;
        let read = self.read(stand).await?;
        Ok(Run {
            took,
            read,
            posted,
            samples,
            cpu_us: used.per_item(read),
        })
    }

    /// How many messages are read.
    pub(crate) async fn read(&self, stand: &Stand) -> Result<u64> {
        let read = MessageState::Read.code();
        self.messages(stand, &format!("state = {read}")).await
    }

    /// Cancels what was not sent, waits until every message is in its last state, and says what is missing.
    pub(crate) async fn drain(&self, stand: &Stand) -> Result<Vec<String>> {
        for Running { shop, campaign } in &self.running {
            // One that has sent all its rows refuses, which is as good.
            drop(shop.steer_campaign(campaign, "cancel").await);
        }
        let left = self.until_none_is_open(stand).await?;
        let posted = stand.stack.meta.summary();
        let accepted = posted.accepted - self.before.accepted;
        let read = self.read(stand).await?;
        let wrong = [
            (left, "messages are neither read nor cancelled"),
            (
                posted.repeated_opaque_ids,
                "messages came to Meta more than once",
            ),
            (
                accepted.saturating_sub(read),
                "messages that Meta has are not read",
            ),
            (
                read.saturating_sub(accepted),
                "messages are read that Meta never had",
            ),
        ];
        let wrong = wrong.into_iter().filter(|(count, _)| *count > 0);
        Ok(wrong
            .map(|(count, what)| format!("{count} {what}"))
            .collect())
    }

    /// How many messages are in no last state after all the time that they may take.
    async fn until_none_is_open(&self, stand: &Stand) -> Result<u64> {
        let (read, cancelled) = (MessageState::Read.code(), MessageState::Cancelled.code());
        let open = format!("state not in ({read}, {cancelled})");
        let (end, mut ticks) = (Instant::now() + DRAIN, tokio::time::interval(LOOK_AGAIN));
        loop {
            ticks.tick().await;
            let left = self.messages(stand, &open).await?;
            if left == 0 || Instant::now() >= end {
                return Ok(left);
            }
        }
    }

    /// How many messages of the campaigns are as the condition says; by their index, because there may be ten million
    /// others.
    async fn messages(&self, stand: &Stand, condition: &str) -> Result<u64> {
        let list = |id: fn(&Running) -> &str| {
            let ids: Vec<_> = self.running.iter().map(id).collect();
            ids.join(",")
        };
        let businesses = list(|running| &running.shop.business_id);
        let campaigns = list(|running| &running.campaign);
        let query = format!(
            "select count(*) from messages where business_id = any('{{{businesses}}}'::uuid[])
             and campaign_id = any('{{{campaigns}}}'::uuid[]) and {condition}"
        );
        stand.count(&query).await
    }
}
