//! The end-to-end load: a campaign on each number, whose messages are released, claimed, posted, answered, and reported
//! as read by three separate statuses.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use common::message::MessageState;
use testkit::{Service, Shop};
use tokio::time::MissedTickBehavior;

use crate::clients_file;
use crate::fixture::{Fixture, plan_campaign};
use crate::measured::{Sample, per_second};
use crate::usage::{Cpu, resident_mb};

/// Businesses of an end-to-end measurement.
pub(crate) const BUSINESSES: usize = 5;
/// Numbers of each business.
pub(crate) const NUMBERS_OF_A_BUSINESS: usize = 2;
/// Statuses of a message: sent, delivered, read.
pub(crate) const STATUSES: u64 = 3;
/// Time limit until posted messages are read and the others are cancelled.
const DRAIN: Duration = Duration::from_secs(180);
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Memory samples of a run.
const SAMPLES: u32 = 300;
const SHORTEST_SAMPLE: Duration = Duration::from_millis(250);

/// Planned or running campaigns.
pub(crate) struct Campaigns {
    running: Vec<Running>,
    /// Rows of all campaigns together.
    rows: u64,
    before: Before,
}

struct Running {
    shop: Shop,
    campaign: String,
}

/// Counts of the simulated Meta before the run.
struct Before {
    accepted: u64,
    updates: u64,
}

/// The observations of a run.
pub(crate) struct Run {
    pub(crate) took: Duration,
    pub(crate) read: u64,
    /// POSTs accepted by Meta at the end; those not read yet were in progress.
    pub(crate) posted: u64,
    pub(crate) samples: Vec<Sample>,
    pub(crate) cpu_us: BTreeMap<String, f64>,
}

impl Run {
    /// Messages read per second.
    pub(crate) fn rate(&self) -> f64 {
        per_second(self.read, self.took)
    }
}

impl Campaigns {
    /// Plans one campaign per number, with at least `rows` rows together.
    pub(crate) async fn plan(fixture: &Fixture, rows: u64) -> Result<Self> {
        let numbers: usize = fixture.shops.iter().map(|many| many.numbers.len()).sum();
        let rows = rows.div_ceil(u64::try_from(numbers)?);
        let base = fixture.stack.services.url(Service::Gateway, "");
        let (mut running, mut from) = (Vec::new(), 0);
        for many in &fixture.shops {
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
                accepted: fixture.stack.meta.summary().accepted,
                updates: fixture.stack.meta.stats().webhook_updates_accepted,
            },
        })
    }

    /// The number of campaigns.
    pub(crate) const fn count(&self) -> usize {
        self.running.len()
    }

    /// Rows of all campaigns together.
    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Starts all campaigns.
    pub(crate) async fn start(&self) {
        for running in &self.running {
            let started = running.shop.steer_campaign(&running.campaign, "start");
            drop(started.await.ok());
        }
    }

    /// Starts all campaigns and samples until the time is over, or all messages are read.
    pub(crate) async fn run(&self, fixture: &Fixture, time: Duration) -> Result<Run> {
        let cpu = Cpu::start(&fixture.stack)?;
        let started = Instant::now();
        self.start().await;
        let mut samples = Vec::new();
        let mut ticks = tokio::time::interval((time / SAMPLES).max(SHORTEST_SAMPLE));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while started.elapsed() < time {
            ticks.tick().await;
            let updates = fixture.stack.meta.stats().webhook_updates_accepted;
            let done = (updates - self.before.updates) / STATUSES;
            samples.push(Sample {
                seconds: started.elapsed().as_secs_f64(),
                done,
                rss_mb: resident_mb(&fixture.stack)?,
            });
            if done >= self.rows && self.read(fixture).await? >= self.rows {
                break;
            }
        }
        // Before the count, which uses time and processors.
        let (took, used) = (started.elapsed(), cpu.used()?);
        let posted = fixture.stack.meta.summary().accepted - self.before.accepted;
        let read = self.read(fixture).await?;
        Ok(Run {
            took,
            read,
            posted,
            samples,
            cpu_us: used.per_item(read),
        })
    }

    /// The number of read messages.
    pub(crate) async fn read(&self, fixture: &Fixture) -> Result<u64> {
        let read = MessageState::Read.code();
        self.messages(fixture, &format!("state = {read}")).await
    }

    /// Cancels what was not sent, waits until every message is in a terminal state, and returns the violations.
    pub(crate) async fn drain(&self, fixture: &Fixture) -> Result<Vec<String>> {
        for Running { shop, campaign } in &self.running {
            // A campaign that has sent all its rows rejects the cancel, which is fine.
            drop(shop.steer_campaign(campaign, "cancel").await);
        }
        let left = self.until_none_is_open(fixture).await?;
        let posted = fixture.stack.meta.summary();
        let accepted = posted.accepted - self.before.accepted;
        let read = self.read(fixture).await?;
        let failures = [
            (left, "messages are neither read nor cancelled"),
            (
                posted.repeated_opaque_ids,
                "messages were posted more than once",
            ),
            (
                accepted.saturating_sub(read),
                "messages accepted by Meta are not read",
            ),
            (
                read.saturating_sub(accepted),
                "messages are read that Meta never accepted",
            ),
        ];
        let failures = failures.into_iter().filter(|(count, _)| *count > 0);
        Ok(failures
            .map(|(count, what)| format!("{count} {what}"))
            .collect())
    }

    /// The number of messages in no terminal state at the time limit.
    async fn until_none_is_open(&self, fixture: &Fixture) -> Result<u64> {
        let (read, cancelled) = (MessageState::Read.code(), MessageState::Cancelled.code());
        let open = format!("state not in ({read}, {cancelled})");
        let (end, mut ticks) = (Instant::now() + DRAIN, tokio::time::interval(POLL_INTERVAL));
        loop {
            ticks.tick().await;
            let left = self.messages(fixture, &open).await?;
            if left == 0 || Instant::now() >= end {
                return Ok(left);
            }
        }
    }

    /// The number of the campaigns' messages that satisfy the condition; uses an index, because there may be ten
    /// million others.
    async fn messages(&self, fixture: &Fixture, condition: &str) -> Result<u64> {
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
        fixture.count(&query).await
    }
}
