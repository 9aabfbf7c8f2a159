//! Compares the three sources: what clients were acknowledged, what the database holds, what Meta accepted.

use std::collections::{BTreeMap, BTreeSet};

use common::ids::{BusinessId, CampaignId, MessageId};
use common::message::MessageState;

use super::{Acknowledged, Figures, Finding, Stored, audit};

/// A message in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRow {
    /// The business it belongs to.
    pub business_id: BusinessId,
    /// Its stored state.
    pub stored: Stored,
}

/// A campaign in the database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CampaignRow {
    /// The messages created for its rows.
    pub messages: BTreeSet<MessageId>,
    /// Rows that are waiting for their message.
    pub waiting: u64,
    /// Rows skipped because their recipients opted out after planning.
    pub skipped: u64,
    /// Whether it releases no further messages.
    pub has_ended: bool,
    /// Whether its owner cancelled it: rows may then have no message.
    pub is_cancelled: bool,
}

/// The content of the database.
#[derive(Debug, Clone, Default)]
pub struct DatabaseRecords {
    /// Every message.
    pub messages: BTreeMap<MessageId, MessageRow>,
    /// Every started campaign.
    pub campaigns: BTreeMap<CampaignId, CampaignRow>,
    /// The numbers with their current and former businesses.
    pub numbers: BTreeSet<(String, BusinessId)>,
    /// Messages that a row of another business refers to.
    pub cross_tenant: BTreeSet<MessageId>,
}

/// A POST that Meta accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The business named by its opaque id.
    pub business_id: BusinessId,
    /// The message named by it.
    pub message_id: MessageId,
    /// The number that sent it.
    pub phone_number_id: String,
}

/// The POSTs that Meta accepted.
#[derive(Debug, Clone, Default)]
pub struct LedgerRecords {
    /// POSTs that name one of our messages.
    pub posts: Vec<Post>,
    /// POSTs that do not.
    pub unidentified: u64,
}

/// The result of an audit.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The figures.
    pub figures: Figures,
    /// The findings behind the figures that must be 0.
    pub findings: Vec<Finding>,
}

/// Compares the sources.
#[must_use]
pub fn verdict(
    acknowledged: &Acknowledged,
    database: &DatabaseRecords,
    ledger: &LedgerRecords,
) -> Verdict {
    let accepted = accepted_ids(acknowledged, database);
    let stored: BTreeMap<MessageId, Stored> = database
        .messages
        .iter()
        .map(|(id, row)| (*id, row.stored))
        .collect();
    let posted = posted(ledger);
    let mut findings = acknowledged.findings.clone();
    findings.extend(
        audit(&accepted, &stored, &posted)
            .into_iter()
            .filter(|finding| !is_explained(finding, &accepted, &stored)),
    );
    findings.extend(campaigns(acknowledged, database));
    findings.extend(cross_tenant(acknowledged, database, ledger));
    if ledger.unidentified > 0 {
        findings.push(Finding::UnidentifiedPosts(ledger.unidentified));
    }
    findings.retain(|finding| finding.counts_as().is_some());
    let mut figures = count(acknowledged, database, &accepted, &posted);
    figures.posts = size(ledger.posts.len()) + ledger.unidentified;
    for finding in &findings {
        figures.count(finding);
    }
    Verdict { figures, findings }
}

/// The messages acknowledged individually and those of acknowledged campaigns.
fn accepted_ids(acknowledged: &Acknowledged, database: &DatabaseRecords) -> BTreeSet<MessageId> {
    let of_campaigns = acknowledged
        .campaigns
        .keys()
        .filter_map(|id| database.campaigns.get(id))
        .flat_map(|campaign| campaign.messages.iter().copied());
    acknowledged
        .messages
        .keys()
        .copied()
        .chain(of_campaigns)
        .collect()
}

fn posted(ledger: &LedgerRecords) -> BTreeMap<MessageId, u32> {
    let mut posted = BTreeMap::new();
    for post in &ledger.posts {
        *posted.entry(post.message_id).or_default() += 1;
    }
    posted
}

/// Findings of the strict audit that the product does not rule out: an in-doubt message given up for lack of evidence
/// may have reached Meta, and so may the first copy of a flagged message whose second copy was refused. A POST of a
/// lost message is reported once, as lost.
fn is_explained(
    finding: &Finding,
    accepted: &BTreeSet<MessageId>,
    stored: &BTreeMap<MessageId, Stored>,
) -> bool {
    match finding {
        Finding::UnexpectedPost(_, MessageState::Unresolved) => true,
        Finding::UnexpectedPost(id, _) => stored.get(id).is_some_and(|row| row.possible_duplicate),
        Finding::PostedUnknown(id) => accepted.contains(id),
        _ => false,
    }
}

fn campaigns<'a>(
    acknowledged: &'a Acknowledged,
    database: &'a DatabaseRecords,
) -> impl Iterator<Item = Finding> + 'a {
    acknowledged
        .campaigns
        .iter()
        .flat_map(|(id, (_, planned))| {
            let none = CampaignRow::default();
            let row = database.campaigns.get(id).unwrap_or(&none);
            let there = size(row.messages.len()) + row.skipped + row.waiting;
            let mut missing = planned.saturating_sub(there);
            let mut waiting = row.waiting;
            if row.is_cancelled {
                (missing, waiting) = (0, 0);
            } else if row.has_ended {
                (missing, waiting) = (missing + waiting, 0);
            }
            [
                (missing > 0).then_some(Finding::CampaignRowsMissing(*id, missing)),
                (waiting > 0).then_some(Finding::CampaignRowsWaiting(*id, waiting)),
            ]
            .into_iter()
            .flatten()
        })
}

/// Messages acknowledged to one business and stored under another, posted under another's name or from another's
/// number, or referred to by a row of another business.
fn cross_tenant(
    acknowledged: &Acknowledged,
    database: &DatabaseRecords,
    ledger: &LedgerRecords,
) -> impl Iterator<Item = Finding> {
    let owner = |id: &MessageId| database.messages.get(id).map(|row| row.business_id);
    let log_accepted = acknowledged
        .messages
        .iter()
        .filter(|(id, business)| owner(id).is_some_and(|owner| owner != **business))
        .map(|(id, _)| *id);
    let posted = ledger.posts.iter().filter(|post| {
        let named = owner(&post.message_id).is_some_and(|owner| owner != post.business_id);
        let number = (post.phone_number_id.clone(), post.business_id);
        named || !database.numbers.contains(&number)
    });
    let cross_tenant: BTreeSet<MessageId> = log_accepted
        .chain(posted.map(|post| post.message_id))
        .chain(database.cross_tenant.iter().copied())
        .collect();
    cross_tenant.into_iter().map(Finding::CrossTenant)
}

/// The figures that do not come from findings.
fn count(
    acknowledged: &Acknowledged,
    database: &DatabaseRecords,
    accepted: &BTreeSet<MessageId>,
    posted: &BTreeMap<MessageId, u32>,
) -> Figures {
    let row = |id: &MessageId| database.messages.get(id).map(|row| row.stored);
    let has_ended = |id: &&MessageId| {
        row(id).is_some_and(|row| {
            row.state.is_settled() && (posted.contains_key(id) || !row.state.is_delivery())
        })
    };
    let of_campaigns: u64 = acknowledged
        .campaigns
        .values()
        .map(|(_, planned)| planned)
        .sum();
    let shared = acknowledged
        .findings
        .iter()
        .filter(|finding| matches!(finding, Finding::SharedMessageId(_)));
    let skipped = acknowledged
        .campaigns
        .keys()
        .filter_map(|id| database.campaigns.get(id))
        .map(|campaign| {
            campaign.skipped
                + if campaign.is_cancelled {
                    campaign.waiting
                } else {
                    0
                }
        });
    let is_flagged = |id: &MessageId| row(id).is_some_and(|row| row.possible_duplicate);
    let duplicates = posted.iter().filter(|(_, times)| **times > 1);
    Figures {
        accepted: size(acknowledged.messages.len()) + size(shared.count()) + of_campaigns,
        terminal: size(accepted.iter().filter(has_ended).count()) + skipped.sum::<u64>(),
        dup_flagged: size(duplicates.filter(|(id, _)| is_flagged(id)).count()),
        ..Figures::default()
    }
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
