//! What every scenario stands on: the running product, two businesses, the clients' log and the simulator's ledger on
//! disk, and how it comes to rest and is judged.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::ids::MessageId;
use e2e::audit::{Finding, Promise, audit};
use meta_sim::{Account, DelayMs, Number, SimConfig, Token, WebhookBehaviour};
use tempfile::TempDir;
use testkit::{Shop, ShopPlan, Stack, StackPlan, eventually};
use uuid::Uuid;

use super::client_log::ClientLog;
use super::clients::{Clients, Habit};
use super::job::Job;
use super::report::{Blows, Outcome, Scenario};
use super::tier::Tier;
use crate::books::{Books, posted};
use crate::judge::Judged;
use crate::said::seed;

/// When nothing has changed for so long, what has not ended hangs.
const STANDS_STILL: Duration = Duration::from_secs(60);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long it may take to a blow.
pub(super) const PROGRESS: Duration = Duration::from_secs(300);
/// What the shop's number sends in a second at most, as the scenarios slow it down.
const PER_SECOND: u64 = 300;
/// What Meta lets a number of standard throughput send.
pub(super) const STANDARD_PER_SECOND: u64 = 80;
/// What has not come to rest: messages without an end, and campaigns that release.
const RESTLESS: &str = "select (select count(*) from messages where state < 10)
    + (select count(*) from campaigns where state in (2, 3))";

/// A product under fire.
pub(super) struct Arena {
    pub(super) stack: Stack,
    pub(super) books: Books,
    /// Sends campaigns.
    pub(super) shop: Shop,
    /// Another business, which sends single messages from a number of its own.
    pub(super) till: Shop,
    pub(super) log: ClientLog,
    /// The shop's campaigns.
    pub(super) job: Job,
    pub(super) tier: Tier,
    pub(super) blows: Blows,
    pub(super) notes: Vec<String>,
    pub(super) controls: Vec<String>,
    scenario: Scenario,
    seed: u64,
    since: Instant,
    folder: TempDir,
}

impl Arena {
    /// Starts the product. `plan` says how it differs from the usual; `meta` of it is given the seed and the ledger's file.
    pub(super) async fn open(scenario: Scenario, mut plan: StackPlan) -> Self {
        let (seed, since) = (seed(), Instant::now());
        let folder = tempfile::tempdir().unwrap();
        plan.meta.seed = seed;
        plan.meta.ledger_file = Some(folder.path().join("ledger.jsonl"));
        let stack = Stack::start(plan).await;
        let books = Books::open(&stack).await;
        let platform = stack.platform().await;
        let shop = Shop::open(&platform, ShopPlan::sample_with_high_throughput()).await;
        let till = open_business(&stack, "HIGH").await;
        let log = ClientLog::create(folder.path().join("promised.jsonl"));
        Self {
            job: Job::new(shop.clone(), log.clone(), PER_SECOND),
            log,
            tier: Tier::of_run(),
            blows: Blows::default(),
            notes: Vec::new(),
            controls: Vec::new(),
            stack,
            books,
            shop,
            till,
            scenario,
            seed,
            since,
            folder,
        }
    }

    /// Waits until so many more were posted, and sees that the job does not run out meanwhile.
    pub(super) async fn go_on(&self, more: u64) {
        let wanted = self.posted() + more;
        eventually("the job goes on", PROGRESS, async || {
            self.job.provide(&self.books).await;
            (self.posted() >= wanted).then_some(())
        })
        .await;
    }

    /// Has a business with a number of standard throughput send the campaigns: 80 messages a second at most.
    pub(super) async fn use_standard_number(&mut self) -> Shop {
        let shop = open_business(&self.stack, "STANDARD").await;
        self.job = Job::new(shop.clone(), self.log.clone(), STANDARD_PER_SECOND);
        shop
    }

    /// Writes down a message that was accepted.
    pub(super) async fn promised(&self, shop: &Shop, key: &str, message_id: &str) {
        let promise = Promise::Message {
            business_id: shop.business_id.parse().unwrap(),
            key: key.to_owned(),
            message_id: message_id.parse().unwrap(),
        };
        self.log.write(&promise).await;
    }

    /// The other business's clients, who send until they are told to stop. Each call makes new ones, with keys of their own.
    pub(super) fn clients(&self, pace: Duration) -> Arc<Clients> {
        self.so_many(u64::MAX, pace)
    }

    /// Clients who send so many messages altogether.
    pub(super) fn so_many(&self, total: u64, pace: Duration) -> Arc<Clients> {
        self.clients_who(Habit::AsksAgain, total, pace)
    }

    /// Clients with another habit: the control of what the usual one is for.
    pub(super) fn clients_who(&self, habit: Habit, total: u64, pace: Duration) -> Arc<Clients> {
        Clients::new(self.till.clone(), self.log.clone(), habit, total, pace)
    }

    /// POSTs that Meta has accepted.
    pub(super) fn posted(&self) -> u64 {
        self.stack.meta.summary().accepted
    }

    /// Waits until every message has ended and every campaign is over. What hangs is left to the auditor.
    pub(super) async fn come_to_rest(&self) {
        self.come_to_rest_or_stand(STANDS_STILL).await;
    }

    /// The same, when it is known that something hangs.
    pub(super) async fn come_to_rest_or_stand(&self, still: Duration) {
        let (mut last, mut since) = (i64::MAX, Instant::now());
        let mut looks = tokio::time::interval(LOOK);
        while last > 0 && since.elapsed() < still {
            looks.tick().await;
            let restless = self.books.number(RESTLESS).await;
            if restless != last {
                (last, since) = (restless, Instant::now());
            }
        }
    }

    /// Asks the auditor.
    pub(super) async fn judge(&self) -> Judged {
        let ledger = self.ledger();
        let ledger = ["--ledger", ledger.to_str().unwrap()];
        Judged::ask(self.log.path(), &self.stack.db, &ledger).await
    }

    /// Words of Meta that are not there, although each message was told of to its end.
    pub(super) async fn words_missing(&self) -> Vec<Finding> {
        let stored = self.books.stored().await;
        let posted = posted(&self.stack.meta.ledger());
        let findings = audit(&BTreeSet::new(), &stored, &posted);
        let is_word = |finding: &Finding| matches!(finding, Finding::WordLost(..));
        findings.into_iter().filter(is_word).collect()
    }

    /// Spoils the database, and sees that the auditor sees it.
    pub(super) async fn control(&mut self, what: &str, statement: &str, figure: &str) {
        self.books.spoil(statement).await;
        self.sees(what, figure).await;
    }

    /// Something was taken away that the product owes its safety to: the auditor sees what came of it.
    pub(super) async fn sees(&mut self, what: &str, figure: &str) {
        let judged = self.judge().await;
        judged.assert_sees(figure);
        let number = judged.figure(figure);
        self.controls
            .push(format!("{what}: {figure} {number}, exit 1"));
    }

    /// The control of what reads the log: a client that was promised a message which the product never took.
    pub(super) async fn lying_log(&mut self) {
        let promise = Promise::Message {
            business_id: self.till.business_id.parse().unwrap(),
            key: "never asked".to_owned(),
            message_id: MessageId::from_uuid(Uuid::now_v7()),
        };
        self.log.write(&promise).await;
        self.sees("a 202 in the log that was never given", "lost")
            .await;
    }

    /// Tells what came of it.
    pub(super) fn conclude(self, judged: Judged) {
        let outcome = Outcome {
            scenario: self.scenario,
            tier: self.tier,
            seed: self.seed,
            took: self.since.elapsed(),
            blows: self.blows,
            judged,
            notes: self.notes,
            controls: self.controls,
        };
        outcome.tell();
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.jsonl")
    }
}

/// Another business with an account of its own at Meta, and a number of this throughput: `STANDARD` or `HIGH`.
pub(super) async fn open_business(stack: &Stack, throughput: &str) -> Shop {
    let account = Account {
        name: Some("Pharmacie du Progrès".to_owned()),
        subscribed_apps: Some(vec![stack.meta_config.app_id.clone()]),
        with_sample_templates: true,
        numbers: vec![Number {
            throughput: throughput.to_owned(),
            messaging_limit: "TIER_UNLIMITED".to_owned(),
            ..Number::default()
        }],
        tokens: vec![Token::default()],
        ..Account::default()
    };
    let plan = ShopPlan::of_account(&stack.meta.put_account(account).unwrap());
    Shop::open(&stack.platform().await, plan).await
}

/// Statuses are quick, doubled, reordered and early; of a twentieth of the messages nothing is ever heard, so that a doubt
/// about one of them is decided without evidence.
pub(super) fn meta() -> SimConfig {
    let behaviour = WebhookBehaviour {
        sent: DelayMs::new(20, 200),
        delivered: DelayMs::new(50, 500),
        read: DelayMs::new(50, 1_000),
        read_share: 1.0,
        failed_share: 0.02,
        silent_share: 0.05,
        doubled_share: 0.1,
        reordered_share: 0.1,
        early_share: 0.05,
        statuses_per_post: 4,
        retry_first_ms: 100,
        retry_max_ms: 1_000,
        ..WebhookBehaviour::default()
    };
    SimConfig {
        behaviour,
        answer_delay: DelayMs::new(50, 200),
        recipient_rules: false,
        ..SimConfig::default()
    }
}

/// Leases and windows so short that what a blow left in doubt is decided within the scenario.
pub(super) fn impatient() -> Vec<(&'static str, String)> {
    let settings = [
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
