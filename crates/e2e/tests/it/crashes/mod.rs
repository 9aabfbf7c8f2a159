//! kill -9 of each process in the middle of the whole job, and then the audit of every message.

mod controls;
mod tills;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::ids::MessageId;
use meta_sim::{DelayMs, SimConfig, WebhookBehaviour};
use serde_json::{Value, json};
use testkit::{CampaignPlan, Shop, ShopPlan, Stack, StackPlan, eventually};

use crate::audience::{Client, clients, file};
use crate::books::{Books, assert_closed, people};
use crate::catch;
use crate::said::{number_from, say, seed};
use tills::Tills;

/// Messages of the campaign.
const MESSAGES: u64 = 10_000;
/// How long the job may take to a kill, and to its end after the last one.
const END: Duration = Duration::from_secs(240);

/// The whole job: a campaign to everybody in a file, while tills sell.
struct Job {
    stack: Stack,
    books: Books,
    shop: Shop,
    clients: Vec<Client>,
    campaign: String,
    tills: Arc<Tills>,
    since: Instant,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_whole_job_survives_kill_9() {
    let mut job = Job::begin().await;
    let selling = tokio::spawn(Arc::clone(&job.tills).sell(job.shop.clone()));
    job.kill_each().await;
    job.tills.close();
    let sold = selling.await.unwrap();
    job.tills.assert_each_sale_is_one_message(&sold);
    job.assert_books_close(&sold).await;
    job.assert_everybody_got_it(&sold);
    assert_campaign_adds_up(&job.shop, &job.campaign, job.clients.len()).await;
}

/// The job is long enough.
async fn nothing() {}

impl Job {
    async fn begin() -> Self {
        let count = number_from("DJIGBACHATS_TEST_MESSAGES", || MESSAGES);
        let since = Instant::now();
        let plan = StackPlan {
            meta: meta(seed()),
            settings: impatient(),
        };
        let stack = Stack::start(plan).await;
        let books = Books::open(&stack).await;
        let platform = stack.platform().await;
        let shop = Shop::open(&platform, ShopPlan::sample_with_high_throughput()).await;
        let clients = clients(usize::try_from(count).unwrap());
        let campaign = start_campaign(&shop, &clients).await;
        say(format_args!("{:?}: the campaign runs", since.elapsed()));
        Self {
            stack,
            books,
            shop,
            clients,
            campaign,
            tills: Arc::default(),
            since,
        }
    }

    /// The kills, all of them while a good part of the campaign has been posted and a good part has not.
    async fn kill_each(&mut self) {
        self.until_posted(10).await;
        let tills = Arc::clone(&self.tills);
        let _ = catch::kill_while_accepting(&mut self.stack, || tills.waiting()).await;
        self.until_posted(30).await;
        let _ = catch::kill_while_sending(&mut self.stack, &self.books, nothing).await;
        self.until_posted(40).await;
        let _ = catch::kill_while_receiving(&mut self.stack, nothing).await;
        self.until_posted(50).await;
        let _ = catch::kill_while_projecting(&mut self.stack, &self.books, nothing).await;
        let (posted, count) = (self.posted(), self.clients.len());
        say(format_args!(
            "{:?}: the last kill, {posted} posted",
            self.since.elapsed()
        ));
        assert!(posted < count, "the last kill was after the job");
    }

    /// Waits until Meta has so many messages, in percent of the campaign.
    async fn until_posted(&self, percent: usize) {
        let wanted = self.clients.len() * percent / 100;
        eventually("the job goes on", END, async || {
            (self.posted() >= wanted).then_some(())
        })
        .await;
    }

    fn posted(&self) -> usize {
        usize::try_from(self.stack.meta.summary().accepted).unwrap()
    }

    /// What was accepted, what is stored and what was posted are the same, and none lacks a word of Meta's.
    async fn assert_books_close(&self, sold: &BTreeMap<String, MessageId>) {
        let promised = async || {
            let of_campaign = self.books.promised(&self.campaign).await;
            of_campaign
                .into_iter()
                .chain(sold.values().copied())
                .collect()
        };
        let total = self.clients.len() + sold.len();
        let findings = self.books.close(&self.stack, END, promised, total).await;
        let stats = self.stack.meta.stats();
        say(format_args!(
            "{:?}: {total} messages are closed; {stats:?}",
            self.since.elapsed()
        ));
        assert_closed(&findings);
        assert_eq!(
            self.books.promised(&self.campaign).await.len(),
            self.clients.len()
        );
        assert_eq!(self.books.conservation_difference().await, 0);
    }

    /// Every person of the file and of the tills, and nobody else, whatever the database says.
    fn assert_everybody_got_it(&self, sold: &BTreeMap<String, MessageId>) {
        let got = people(&self.stack.meta.ledger());
        let of_tills = sold.keys().map(|national| format!("226{national}"));
        let wanted: BTreeSet<String> = self
            .clients
            .iter()
            .map(Client::wa_id)
            .chain(of_tills)
            .collect();
        let reached: BTreeSet<String> = got.keys().cloned().collect();
        assert!(
            reached == wanted,
            "{} people got something, {} should",
            reached.len(),
            wanted.len()
        );
        let twice = got.values().filter(|times| **times > 1).count();
        say(format_args!(
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
    let (planned, left_out) = (
        shown["planned"].as_u64().unwrap(),
        shown["left_out"].as_u64().unwrap(),
    );
    assert_eq!(shown["rows"].as_u64(), u64::try_from(count).ok());
    assert_eq!(
        (by_state, planned + left_out),
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

/// Leases and windows so short that what a kill left in doubt is decided within the test, and a pace at which a fast
/// machine, too, is not done before the last kill.
fn impatient() -> Vec<(&'static str, String)> {
    let settings = [
        ("sender.pace_share", "0.6"),
        ("sender.post_timeout_ms", "3000"),
        ("sender.lease_margin_ms", "1000"),
        ("sender.lease_ms", "6000"),
        ("sender.doubt.utility_ms", "6000"),
        ("sender.reaper.due_every_ms", "250"),
        ("sender.reaper.sweep_every_ms", "1000"),
        ("sender.reaper.lost_after_ms", "5000"),
    ];
    settings
        .map(|(key, value)| (key, value.to_owned()))
        .to_vec()
}
