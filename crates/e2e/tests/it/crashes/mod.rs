//! kill -9 of each process during the whole job, followed by an audit of every message.

mod client_load;
mod controls;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::ids::MessageId;
use meta_sim::{DelayMs, SimConfig, WebhookBehaviour};
use serde_json::{Value, json};
use testkit::{CampaignPlan, Shop, ShopPlan, Stack, StackPlan, eventually};

use crate::audience::{Client, clients, file};
use crate::in_flight_probe;
use crate::output::{number_from_env, print_line, seed};
use crate::sources::{Sources, assert_no_findings, people};
use client_load::ClientLoad;

/// Messages of the campaign.
const MESSAGES: u64 = 10_000;
/// Time limit until a kill, and until the end after the last one.
const END: Duration = Duration::from_secs(240);

/// The whole job: a campaign to everybody in a file while clients send single messages.
struct Job {
    stack: Stack,
    sources: Sources,
    shop: Shop,
    clients: Vec<Client>,
    campaign: String,
    load: Arc<ClientLoad>,
    since: Instant,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_whole_job_survives_kill_9() {
    let mut job = Job::begin().await;
    let sending = tokio::spawn(Arc::clone(&job.load).run(job.shop.clone()));
    job.kill_each().await;
    job.load.stop();
    let acknowledged = sending.await.unwrap();
    job.load.assert_one_message_per_key(&acknowledged);
    job.assert_audit_is_clean(&acknowledged).await;
    job.assert_every_recipient_got_it(&acknowledged);
    assert_campaign_adds_up(&job.shop, &job.campaign, job.clients.len()).await;
}

/// The job is long enough to need no replenishment.
async fn no_replenishment() {}

impl Job {
    async fn begin() -> Self {
        let count = number_from_env("DJIGBACHATS_TEST_MESSAGES", || MESSAGES);
        let since = Instant::now();
        let plan = StackPlan {
            meta: meta(seed()),
            settings: short_timeouts(),
        };
        let stack = Stack::start(plan).await;
        let sources = Sources::open(&stack).await;
        let platform = stack.platform().await;
        let shop = Shop::open(&platform, ShopPlan::sample_with_high_throughput()).await;
        let clients = clients(usize::try_from(count).unwrap());
        let campaign = start_campaign(&shop, &clients).await;
        print_line(format_args!("{:?}: the campaign runs", since.elapsed()));
        Self {
            stack,
            sources,
            shop,
            clients,
            campaign,
            load: Arc::default(),
            since,
        }
    }

    /// All kills, each after a good part of the campaign was posted and before the rest was.
    async fn kill_each(&mut self) {
        self.until_posted(10).await;
        let load = Arc::clone(&self.load);
        let _ = in_flight_probe::kill_while_accepting(&mut self.stack, || load.waiting()).await;
        self.until_posted(30).await;
        let _ =
            in_flight_probe::kill_while_sending(&mut self.stack, &self.sources, no_replenishment)
                .await;
        self.until_posted(40).await;
        let _ = in_flight_probe::kill_while_receiving(&mut self.stack, no_replenishment).await;
        self.until_posted(50).await;
        let _ = in_flight_probe::kill_while_projecting(
            &mut self.stack,
            &self.sources,
            no_replenishment,
        )
        .await;
        let (posted, count) = (self.posted(), self.clients.len());
        print_line(format_args!(
            "{:?}: the last kill, {posted} posted",
            self.since.elapsed()
        ));
        assert!(posted < count, "the last kill was after the job");
    }

    /// Waits until Meta has accepted this percentage of the campaign.
    async fn until_posted(&self, percent: usize) {
        let wanted = self.clients.len() * percent / 100;
        eventually("the job proceeds", END, async || {
            (self.posted() >= wanted).then_some(())
        })
        .await;
    }

    fn posted(&self) -> usize {
        usize::try_from(self.stack.meta.summary().accepted).unwrap()
    }

    /// The accepted, stored and posted sets are equal, and no status is missing.
    async fn assert_audit_is_clean(&self, acknowledged: &BTreeMap<String, MessageId>) {
        let accepted = async || {
            let of_campaign = self.sources.campaign_messages(&self.campaign).await;
            of_campaign
                .into_iter()
                .chain(acknowledged.values().copied())
                .collect()
        };
        let total = self.clients.len() + acknowledged.len();
        let findings = self
            .sources
            .audit_until_clean(&self.stack, END, accepted, total)
            .await;
        let stats = self.stack.meta.stats();
        print_line(format_args!(
            "{:?}: {total} messages are in a terminal state; {stats:?}",
            self.since.elapsed()
        ));
        assert_no_findings(&findings);
        assert_eq!(
            self.sources.campaign_messages(&self.campaign).await.len(),
            self.clients.len()
        );
        assert_eq!(self.sources.conservation_difference().await, 0);
    }

    /// Every recipient of the file and of the single messages got one, and nobody else did, whatever the database says.
    fn assert_every_recipient_got_it(&self, acknowledged: &BTreeMap<String, MessageId>) {
        let got = people(&self.stack.meta.ledger());
        let of_load = acknowledged.keys().map(|national| format!("226{national}"));
        let wanted: BTreeSet<String> = self
            .clients
            .iter()
            .map(Client::wa_id)
            .chain(of_load)
            .collect();
        let reached: BTreeSet<String> = got.keys().cloned().collect();
        assert!(
            reached == wanted,
            "{} people got a message, {} should have",
            reached.len(),
            wanted.len()
        );
        let twice = got.values().filter(|times| **times > 1).count();
        print_line(format_args!(
            "{twice} people got it twice, each of them flagged"
        ));
    }
}

async fn assert_campaign_adds_up(shop: &Shop, campaign: &str, count: usize) {
    let shown = shop
        .api
        .get(&format!("/v1/campaigns/{campaign}"))
        .await
        .ok();
    assert_eq!(shown["state"], "completed", "{shown}");
    let by_state: u64 = shown["by_state"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(Value::as_u64)
        .sum();
    let (planned, skipped) = (
        shown["planned"].as_u64().unwrap(),
        shown["skipped_recipients"].as_u64().unwrap(),
    );
    assert_eq!(shown["rows"].as_u64(), u64::try_from(count).ok());
    assert_eq!(
        (by_state, planned + skipped),
        (planned, u64::try_from(count).unwrap()),
        "{shown}"
    );
}

async fn start_campaign(shop: &Shop, clients: &[Client]) -> String {
    let variables = [
        json!({"column": "Prénom"}),
        json!({"column": "Ticket"}),
        json!({"text": "12 500"}),
    ];
    let plan = CampaignPlan {
        name: "Tickets de novembre",
        template: "ticket_de_caisse",
        variables: &variables,
        file: file(clients),
    };
    let (campaign, report) = shop.plan_campaign(plan).await;
    assert_eq!(
        report["planned"].as_u64(),
        u64::try_from(clients.len()).ok(),
        "{report}"
    );
    let _ = shop.steer_campaign(&campaign, "start").await.ok();
    campaign
}

/// Realistic but quick, with doubled, reordered, early and foreign statuses; every message ends read or failed.
fn meta(seed: u64) -> SimConfig {
    let behaviour = WebhookBehaviour {
        sent: DelayMs::new(20, 200),
        delivered: DelayMs::new(50, 500),
        read: DelayMs::new(50, 1_000),
        read_share: 1.0,
        failed_share: 0.02,
        doubled_share: 0.1,
        reordered_share: 0.1,
        early_share: 0.05,
        foreign_share: 0.01,
        statuses_per_post: 4,
        retry_first_ms: 100,
        retry_max_ms: 1_000,
        ..WebhookBehaviour::default()
    };
    SimConfig {
        seed,
        behaviour,
        answer_delay: DelayMs::new(20, 60),
        recipient_rules: false,
        ..SimConfig::default()
    }
}

/// Leases and evidence timeouts so short that messages in doubt after a kill are resolved within the test, and a send
/// rate so low that even a fast machine is not done before the last kill.
fn short_timeouts() -> Vec<(&'static str, String)> {
    let settings = [
        ("sender.throughput_share", "0.6"),
        ("sender.post_timeout_ms", "3000"),
        ("sender.lease_margin_ms", "1000"),
        ("sender.lease_ms", "6000"),
        ("sender.in_doubt.utility_ms", "6000"),
        ("sender.reaper.due_every_ms", "250"),
        ("sender.reaper.sweep_every_ms", "1000"),
        ("sender.reaper.lost_after_ms", "5000"),
    ];
    settings
        .map(|(key, value)| (key, value.to_owned()))
        .to_vec()
}
