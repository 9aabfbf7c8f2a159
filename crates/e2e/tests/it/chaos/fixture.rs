//! The fixture of every scenario: the running product, two businesses, the clients' log and the simulator's ledger on
//! disk, and the final settling and audit.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::ids::MessageId;
use e2e::audit::{Acknowledgement, Finding, audit};
use meta_sim::{Account, DelayMs, Number, SimConfig, Token, WebhookBehaviour};
use tempfile::TempDir;
use testkit::{Shop, ShopPlan, Stack, StackPlan, eventually};
use uuid::Uuid;

use super::campaign_load::CampaignLoad;
use super::client_log::ClientLog;
use super::clients::{Clients, RetryPolicy};
use super::report::{Injections, Outcome, Scenario};
use super::tier::Tier;
use crate::audit_report::AuditReport;
use crate::output::seed;
use crate::sources::{Sources, posted};

/// When nothing has changed for this long, messages without a terminal state are stuck.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Interval between two checks.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Time limit until the next injection.
pub(super) const PROGRESS: Duration = Duration::from_secs(300);
/// Maximum send rate of the shop's number, as the scenarios throttle it.
const PER_SECOND: u64 = 300;
/// Meta's limit for a number of standard throughput.
pub(super) const STANDARD_PER_SECOND: u64 = 80;
/// Unsettled items: messages in no terminal state, and campaigns that still release messages.
const UNSETTLED: &str = "select (select count(*) from messages where state < 10)
    + (select count(*) from campaigns where state in (2, 3))";

/// A running product into which faults are injected.
pub(super) struct Fixture {
    pub(super) stack: Stack,
    pub(super) sources: Sources,
    /// Sends campaigns.
    pub(super) shop: Shop,
    /// Another business, which sends single messages from its own number.
    pub(super) other_shop: Shop,
    pub(super) log: ClientLog,
    /// The campaigns of `shop`.
    pub(super) campaign_load: CampaignLoad,
    pub(super) tier: Tier,
    pub(super) injections: Injections,
    pub(super) notes: Vec<String>,
    pub(super) controls: Vec<String>,
    scenario: Scenario,
    seed: u64,
    since: Instant,
    folder: TempDir,
}

impl Fixture {
    /// Starts the product. `plan` holds the deviations from the default; its `meta` gets the seed and the ledger's
    /// file.
    pub(super) async fn open(scenario: Scenario, mut plan: StackPlan) -> Self {
        let (seed, since) = (seed(), Instant::now());
        let folder = tempfile::tempdir().unwrap();
        plan.meta.seed = seed;
        plan.meta.ledger_file = Some(folder.path().join("ledger.jsonl"));
        let stack = Stack::start(plan).await;
        let sources = Sources::open(&stack).await;
        let platform = stack.platform().await;
        let shop = Shop::open(&platform, ShopPlan::sample_with_high_throughput()).await;
        let other_shop = open_business(&stack, "HIGH").await;
        let log = ClientLog::create(folder.path().join("client_log.jsonl"));
        Self {
            campaign_load: CampaignLoad::new(shop.clone(), log.clone(), PER_SECOND),
            log,
            tier: Tier::of_run(),
            injections: Injections::default(),
            notes: Vec::new(),
            controls: Vec::new(),
            stack,
            sources,
            shop,
            other_shop,
            scenario,
            seed,
            since,
            folder,
        }
    }

    /// Waits until `more` further messages were posted, and keeps the campaigns from running out meanwhile.
    pub(super) async fn advance(&self, more: u64) {
        let wanted = self.posted() + more;
        eventually("the campaigns proceed", PROGRESS, async || {
            self.campaign_load.replenish(&self.sources).await;
            (self.posted() >= wanted).then_some(())
        })
        .await;
    }

    /// Lets a business with a number of standard throughput send the campaigns: 80 messages a second at most.
    pub(super) async fn use_standard_number(&mut self) -> Shop {
        let shop = open_business(&self.stack, "STANDARD").await;
        self.campaign_load = CampaignLoad::new(shop.clone(), self.log.clone(), STANDARD_PER_SECOND);
        shop
    }

    /// Logs an accepted message.
    pub(super) async fn log_accepted(&self, shop: &Shop, key: &str, message_id: &str) {
        let acknowledgement = Acknowledgement::Message {
            business_id: shop.business_id.parse().unwrap(),
            key: key.to_owned(),
            message_id: message_id.parse().unwrap(),
        };
        self.log.write(&acknowledgement).await;
    }

    /// Clients of the other business that send until they are stopped. Each call creates new ones with keys of their
    /// own.
    pub(super) fn clients(&self, interval: Duration) -> Arc<Clients> {
        self.bounded_clients(u64::MAX, interval)
    }

    /// Clients that send `total` messages altogether.
    pub(super) fn bounded_clients(&self, total: u64, interval: Duration) -> Arc<Clients> {
        self.clients_with(RetryPolicy::SameKey, total, interval)
    }

    /// Clients with another retry policy, for negative controls.
    pub(super) fn clients_with(
        &self,
        retry_policy: RetryPolicy,
        total: u64,
        interval: Duration,
    ) -> Arc<Clients> {
        Clients::new(
            self.other_shop.clone(),
            self.log.clone(),
            retry_policy,
            total,
            interval,
        )
    }

    /// POSTs that Meta has accepted.
    pub(super) fn posted(&self) -> u64 {
        self.stack.meta.summary().accepted
    }

    /// Waits until every message is in a terminal state and every campaign has ended. What is stuck is left to the
    /// auditor.
    pub(super) async fn settle(&self) {
        self.settle_within(IDLE_TIMEOUT).await;
    }

    /// The same with another idle timeout, for controls in which messages get stuck.
    pub(super) async fn settle_within(&self, idle_timeout: Duration) {
        let (mut last, mut since) = (i64::MAX, Instant::now());
        let mut ticks = tokio::time::interval(POLL_INTERVAL);
        while last > 0 && since.elapsed() < idle_timeout {
            ticks.tick().await;
            let unsettled = self.sources.number(UNSETTLED).await;
            if unsettled != last {
                (last, since) = (unsettled, Instant::now());
            }
        }
    }

    /// Runs the auditor.
    pub(super) async fn run_auditor(&self) -> AuditReport {
        let ledger = self.ledger();
        let ledger = ["--ledger", ledger.to_str().unwrap()];
        AuditReport::run(self.log.path(), &self.stack.db, &ledger).await
    }

    /// Statuses that are not recorded, although Meta reported every message to its end.
    pub(super) async fn missing_statuses(&self) -> Vec<Finding> {
        let stored = self.sources.stored().await;
        let posted = posted(&self.stack.meta.ledger());
        let findings = audit(&BTreeSet::new(), &stored, &posted);
        let is_word = |finding: &Finding| matches!(finding, Finding::StatusMissing(..));
        findings.into_iter().filter(is_word).collect()
    }

    /// Corrupts the database, and asserts that the auditor detects it.
    pub(super) async fn control(&mut self, what: &str, statement: &str, figure: &str) {
        self.sources.corrupt(statement).await;
        self.assert_auditor_detects(what, figure).await;
    }

    /// A safeguard of the product was removed: asserts that the auditor detects the effect.
    pub(super) async fn assert_auditor_detects(&mut self, what: &str, figure: &str) {
        let report = self.run_auditor().await;
        report.assert_detects(figure);
        let number = report.figure(figure);
        self.controls
            .push(format!("{what}: {figure} {number}, exit 1"));
    }

    /// Negative control of the client log: a 202 for a message that the product never accepted.
    pub(super) async fn control_false_acknowledgement(&mut self) {
        let acknowledgement = Acknowledgement::Message {
            business_id: self.other_shop.business_id.parse().unwrap(),
            key: "never sent".to_owned(),
            message_id: MessageId::from_uuid(Uuid::now_v7()),
        };
        self.log.write(&acknowledgement).await;
        self.assert_auditor_detects("a 202 in the log that was never sent", "lost")
            .await;
    }

    /// Publishes the result.
    pub(super) fn finish(self, report: AuditReport) {
        let outcome = Outcome {
            scenario: self.scenario,
            tier: self.tier,
            seed: self.seed,
            took: self.since.elapsed(),
            injections: self.injections,
            report,
            notes: self.notes,
            controls: self.controls,
        };
        outcome.publish();
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.jsonl")
    }
}

/// Opens another business with its own account at Meta and a number of this throughput: `STANDARD` or `HIGH`.
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

/// Statuses are quick, doubled, reordered and early; a twentieth of the messages gets no status, so that one of them in
/// doubt is resolved without evidence.
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

/// Leases and evidence timeouts so short that messages in doubt after an injection are resolved within the scenario.
pub(super) fn short_timeouts() -> Vec<(&'static str, String)> {
    let settings = [
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
