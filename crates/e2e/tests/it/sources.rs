//! The three sets that the audit compares, read from independent sources: the client's own log, the database as a
//! superuser, and the ledger of the simulated Meta.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use common::ids::MessageId;
use common::message::{MessageState, OpaqueId, PostOutcome};
use e2e::audit::{Finding, Statuses, Stored, audit};
use meta_sim::LedgerEntry;
use testkit::Stack;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::output::print_line;

/// Interval between two audits.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Maximum number of findings printed.
const SHOWN: usize = 20;

/// Reads the sources of one stack.
pub(crate) struct Sources {
    admin: Client,
}

impl Sources {
    pub(crate) async fn open(stack: &Stack) -> Self {
        Self {
            admin: stack.db.admin().await,
        }
    }

    /// One number from the database.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.number_of(query, &[]).await
    }

    /// The same for a query with parameters.
    pub(crate) async fn number_of(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> i64 {
        let row = self.admin.query_one(query, parameters).await;
        row.unwrap().get(0)
    }

    /// Changes the database in a way that no service can, for negative controls.
    pub(crate) async fn corrupt(&self, statement: &str) {
        self.admin.batch_execute(statement).await.unwrap();
    }

    /// Every message with its statuses.
    pub(crate) async fn stored(&self) -> BTreeMap<MessageId, Stored> {
        let rows = self.admin.query(
            "select id, state, possible_duplicate, sent_at is not null, delivered_at is not null, read_at is not null,
                failed_at is not null from messages",
            &[],
        );
        let stored = |row: tokio_postgres::Row| {
            let statuses = Statuses {
                sent: row.get(3),
                delivered: row.get(4),
                read: row.get(5),
                failed: row.get(6),
            };
            let state = MessageState::from_code(row.get(1)).unwrap();
            (
                MessageId::from_uuid(row.get(0)),
                Stored {
                    state,
                    possible_duplicate: row.get(2),
                    statuses,
                },
            )
        };
        rows.await.unwrap().into_iter().map(stored).collect()
    }

    /// Messages claimed by a sender, with their attempt.
    pub(crate) async fn sending(&self) -> BTreeSet<(MessageId, u16)> {
        let rows = self
            .admin
            .query("select id, attempt from messages where state = 2", &[])
            .await
            .unwrap();
        let held = |row: tokio_postgres::Row| {
            (
                MessageId::from_uuid(row.get(0)),
                u16::try_from(row.get::<_, i16>(1)).unwrap(),
            )
        };
        rows.into_iter().map(held).collect()
    }

    /// The recorded outcome of each attempt that ended.
    pub(crate) async fn outcomes(&self) -> BTreeMap<(MessageId, u16), PostOutcome> {
        let rows = self
            .admin
            .query("select message_id, attempt, outcome from attempts", &[])
            .await;
        let outcome = |row: tokio_postgres::Row| {
            let attempt = u16::try_from(row.get::<_, i16>(1)).unwrap();
            (
                (MessageId::from_uuid(row.get(0)), attempt),
                PostOutcome::from_code(row.get(2)).unwrap(),
            )
        };
        rows.unwrap().into_iter().map(outcome).collect()
    }

    /// The messages created for a campaign.
    pub(crate) async fn campaign_messages(&self, campaign: &str) -> BTreeSet<MessageId> {
        let campaign: Uuid = campaign.parse().unwrap();
        let query = "select message_id from campaign_recipients join campaigns using (business_id, audience_id)
            where campaign_id = $1 and message_id is not null";
        let rows = self.admin.query(query, &[&campaign]).await.unwrap();
        rows.into_iter()
            .map(|row| MessageId::from_uuid(row.get(0)))
            .collect()
    }

    /// The marketing messages.
    pub(crate) async fn advertisements(&self) -> BTreeSet<MessageId> {
        let rows = self
            .admin
            .query("select id from messages where category = 3", &[])
            .await;
        let id = |row: tokio_postgres::Row| MessageId::from_uuid(row.get(0));
        rows.unwrap().into_iter().map(id).collect()
    }

    /// Accepted minus stored messages, over all businesses.
    pub(crate) async fn conservation_difference(&self) -> i64 {
        self.number(
            "select (select coalesce(sum(accepted), 0)::bigint from accepted_counts) - (select count(*) from messages)",
        )
        .await
    }

    /// A digest of the current messages, events, opt-outs, campaigns and related tables.
    pub(crate) async fn digest(&self) -> String {
        let mut digests = Vec::new();
        for table in [
            "messages",
            "events",
            "suppressions",
            "campaigns",
            "attempts",
            "inbound_messages",
            "api_keys",
        ] {
            let query = format!(
                "select coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '') from {table} t"
            );
            digests.push(
                self.admin
                    .query_one(&query, &[])
                    .await
                    .unwrap()
                    .get::<_, String>(0),
            );
        }
        digests.join(" ")
    }

    /// Repeats the audit until it has no findings, and returns the remaining ones at the time limit. `accepted` is
    /// called each time, because a campaign is released gradually.
    pub(crate) async fn audit_until_clean(
        &self,
        stack: &Stack,
        limit: Duration,
        mut acknowledged: impl AsyncFnMut() -> BTreeSet<MessageId>,
        expected: usize,
    ) -> Vec<Finding> {
        let end = Instant::now() + limit;
        let mut ticks = tokio::time::interval(POLL_INTERVAL);
        loop {
            ticks.tick().await;
            let accepted = acknowledged().await;
            let findings = audit(
                &accepted,
                &self.stored().await,
                &posted(&stack.meta.ledger()),
            );
            let is_complete = accepted.len() == expected && findings.is_empty();
            if is_complete || Instant::now() > end {
                return findings;
            }
        }
    }
}

/// How often each message was posted, over all attempts.
pub(crate) fn posted(ledger: &[LedgerEntry]) -> BTreeMap<MessageId, u32> {
    let mut posted = BTreeMap::new();
    for (message, _) in ledger.iter().filter_map(attempt_of) {
        *posted.entry(message).or_default() += 1;
    }
    posted
}

/// The message and attempt named by a ledger entry.
pub(crate) fn attempt_of(entry: &LedgerEntry) -> Option<(MessageId, u16)> {
    attempt_named(entry.biz_opaque_callback_data.as_deref()?)
}

/// The message and attempt named by a `biz_opaque_callback_data`.
pub(crate) fn attempt_named(opaque: &str) -> Option<(MessageId, u16)> {
    let id = OpaqueId::parse(opaque).ok()?;
    Some((id.message_id, id.attempt))
}

/// How often each recipient got a message.
pub(crate) fn people(ledger: &[LedgerEntry]) -> BTreeMap<String, u32> {
    let mut people = BTreeMap::new();
    for person in ledger.iter().filter_map(|entry| entry.wa_id.clone()) {
        *people.entry(person).or_default() += 1;
    }
    people
}

/// Prints the findings and fails if there are any.
pub(crate) fn assert_no_findings(findings: &[Finding]) {
    for finding in findings.iter().take(SHOWN) {
        print_line(finding);
    }
    assert!(
        findings.is_empty(),
        "the audit has {} findings; the first are above",
        findings.len()
    );
}
