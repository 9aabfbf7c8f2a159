//! The three sets that the audit compares, read where nobody can embellish them: the client's own log, the database as a
//! superuser, and the ledger of the simulated Meta.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use common::ids::MessageId;
use common::message::{MessageState, OpaqueId, PostOutcome};
use e2e::audit::{Finding, Stored, Words, audit};
use meta_sim::LedgerEntry;
use testkit::Stack;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::said::say;

/// How often the books are looked at until they close.
const LOOK: Duration = Duration::from_millis(500);
/// Findings that are shown.
const SHOWN: usize = 20;

/// Reads the books of one product.
pub(crate) struct Books {
    admin: Client,
}

impl Books {
    pub(crate) async fn open(stack: &Stack) -> Self {
        Self {
            admin: stack.db.admin().await,
        }
    }

    /// One number out of the database.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.number_of(query, &[]).await
    }

    /// The same, of a query with parameters.
    pub(crate) async fn number_of(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> i64 {
        let row = self.admin.query_one(query, parameters).await;
        row.unwrap().get(0)
    }

    /// Does to the database what no service may do: the control of what reads it.
    pub(crate) async fn spoil(&self, statement: &str) {
        self.admin.batch_execute(statement).await.unwrap();
    }

    /// Every message with its words.
    pub(crate) async fn stored(&self) -> BTreeMap<MessageId, Stored> {
        let rows = self.admin.query(
            "select id, state, possible_duplicate, sent_at is not null, delivered_at is not null, read_at is not null,
                failed_at is not null from messages",
            &[],
        );
        let stored = |row: tokio_postgres::Row| {
            let words = Words {
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
                    words,
                },
            )
        };
        rows.await.unwrap().into_iter().map(stored).collect()
    }

    /// Messages that a sender holds, with their attempt.
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

    /// What was recorded of each attempt that ended.
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

    /// The messages that a campaign's plan has promised.
    pub(crate) async fn promised(&self, campaign: &str) -> BTreeSet<MessageId> {
        let campaign: Uuid = campaign.parse().unwrap();
        let query = "select message_id from campaign_recipients join campaigns using (business_id, audience_id)
            where campaign_id = $1 and message_id is not null";
        let rows = self.admin.query(query, &[&campaign]).await.unwrap();
        rows.into_iter()
            .map(|row| MessageId::from_uuid(row.get(0)))
            .collect()
    }

    /// The advertisements among the messages.
    pub(crate) async fn advertisements(&self) -> BTreeSet<MessageId> {
        let rows = self
            .admin
            .query("select id from messages where category = 3", &[])
            .await;
        let id = |row: tokio_postgres::Row| MessageId::from_uuid(row.get(0));
        rows.unwrap().into_iter().map(id).collect()
    }

    /// Accepted messages less stored ones, of all businesses.
    pub(crate) async fn conservation_difference(&self) -> i64 {
        self.number(
            "select (select coalesce(sum(accepted), 0)::bigint from accepted_counts) - (select count(*) from messages)",
        )
        .await
    }

    /// A digest of every message, event, opt-out and campaign as it stands.
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

    /// Waits until the books close without a finding, and gives those that are left when the time is up. `promised` says
    /// what was accepted, and is asked each time because a campaign is released bit by bit.
    pub(crate) async fn close(
        &self,
        stack: &Stack,
        limit: Duration,
        mut promised: impl AsyncFnMut() -> BTreeSet<MessageId>,
        expected: usize,
    ) -> Vec<Finding> {
        let end = Instant::now() + limit;
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            let accepted = promised().await;
            let findings = audit(
                &accepted,
                &self.stored().await,
                &posted(&stack.meta.ledger()),
            );
            let is_closed = accepted.len() == expected && findings.is_empty();
            if is_closed || Instant::now() > end {
                return findings;
            }
        }
    }
}

/// How often each message was posted, whatever the attempt.
pub(crate) fn posted(ledger: &[LedgerEntry]) -> BTreeMap<MessageId, u32> {
    let mut posted = BTreeMap::new();
    for (message, _) in ledger.iter().filter_map(attempt_of) {
        *posted.entry(message).or_default() += 1;
    }
    posted
}

/// The message and the attempt that an entry of the ledger names.
pub(crate) fn attempt_of(entry: &LedgerEntry) -> Option<(MessageId, u16)> {
    attempt_named(entry.biz_opaque_callback_data.as_deref()?)
}

/// The message and the attempt that a `biz_opaque_callback_data` names.
pub(crate) fn attempt_named(opaque: &str) -> Option<(MessageId, u16)> {
    let id = OpaqueId::parse(opaque).ok()?;
    Some((id.message_id, id.attempt))
}

/// How often each person got something.
pub(crate) fn people(ledger: &[LedgerEntry]) -> BTreeMap<String, u32> {
    let mut people = BTreeMap::new();
    for person in ledger.iter().filter_map(|entry| entry.wa_id.clone()) {
        *people.entry(person).or_default() += 1;
    }
    people
}

/// Shows what is wrong, if anything is, and fails.
pub(crate) fn assert_closed(findings: &[Finding]) {
    for finding in findings.iter().take(SHOWN) {
        say(finding);
    }
    assert!(
        findings.is_empty(),
        "the audit has {} findings; the first are above",
        findings.len()
    );
}
