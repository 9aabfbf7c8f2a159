//! The three books side by side: what clients were promised, what the database holds, what Meta accepted.

use std::collections::{BTreeMap, BTreeSet};

use common::ids::{BusinessId, CampaignId, MessageId};
use common::message::MessageState;

use super::{Figures, Finding, Promises, Stored, audit};

/// A message in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRow {
    /// Whose it is.
    pub business_id: BusinessId,
    /// What is said of it.
    pub stored: Stored,
}

/// A campaign in the database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CampaignRow {
    /// The messages of its rows.
    pub messages: BTreeSet<MessageId>,
    /// Rows that wait for their message.
    pub waiting: u64,
    /// Rows of people who opted out after the campaign had been planned.
    pub left_out: u64,
    /// Whether nothing more is released.
    pub is_over: bool,
    /// Whether it was stopped for good by its owner: then rows may rightly have no message.
    pub is_cancelled: bool,
}

/// What the database holds.
#[derive(Debug, Clone, Default)]
pub struct DatabaseBook {
    /// Every message.
    pub messages: BTreeMap<MessageId, MessageRow>,
    /// Every campaign that was started.
    pub campaigns: BTreeMap<CampaignId, CampaignRow>,
    /// The numbers with the businesses that have them or had them before.
    pub numbers: BTreeSet<(String, BusinessId)>,
    /// Messages that a row of another business speaks of.
    pub strays: BTreeSet<MessageId>,
}

/// A POST that Meta accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The business that its opaque id names.
    pub business_id: BusinessId,
    /// The message that it names.
    pub message_id: MessageId,
    /// The number that it was posted from.
    pub phone_number_id: String,
}

/// What Meta accepted.
#[derive(Debug, Clone, Default)]
pub struct LedgerBook {
    /// The posts that name a message of ours.
    pub posts: Vec<Post>,
    /// Those that do not.
    pub nameless: u64,
}

/// What an audit comes to.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The figures.
    pub figures: Figures,
    /// What raised those that must be 0.
    pub findings: Vec<Finding>,
}

/// Compares the books.
#[must_use]
pub fn verdict(promises: &Promises, database: &DatabaseBook, ledger: &LedgerBook) -> Verdict {
    let accepted = accepted_ids(promises, database);
    let stored: BTreeMap<MessageId, Stored> = database
        .messages
        .iter()
        .map(|(id, row)| (*id, row.stored))
        .collect();
    let posted = posted(ledger);
    let mut findings = promises.findings.clone();
    findings.extend(
        audit(&accepted, &stored, &posted)
            .into_iter()
            .filter(|finding| !is_explained(finding, &accepted, &stored)),
    );
    findings.extend(campaigns(promises, database));
    findings.extend(strays(promises, database, ledger));
    if ledger.nameless > 0 {
        findings.push(Finding::Nameless(ledger.nameless));
    }
    findings.retain(|finding| finding.counts_as().is_some());
    let mut figures = count(promises, database, &accepted, &posted);
    figures.posts = size(ledger.posts.len()) + ledger.nameless;
    for finding in &findings {
        figures.count(finding);
    }
    Verdict { figures, findings }
}

/// The messages that were promised one by one, and those of the campaigns that were.
fn accepted_ids(promises: &Promises, database: &DatabaseBook) -> BTreeSet<MessageId> {
    let of_campaigns = promises
        .campaigns
        .keys()
        .filter_map(|id| database.campaigns.get(id))
        .flat_map(|campaign| campaign.messages.iter().copied());
    promises
        .messages
        .keys()
        .copied()
        .chain(of_campaigns)
        .collect()
}

fn posted(ledger: &LedgerBook) -> BTreeMap<MessageId, u32> {
    let mut posted = BTreeMap::new();
    for post in &ledger.posts {
        *posted.entry(post.message_id).or_default() += 1;
    }
    posted
}

/// What the strict audit finds and the product never promised otherwise: a doubt that was given up for want of evidence
/// may be at Meta, and so may the first copy of a flagged message whose second one was refused. A post of a message that
/// is lost is told once.
fn is_explained(
    finding: &Finding,
    accepted: &BTreeSet<MessageId>,
    stored: &BTreeMap<MessageId, Stored>,
) -> bool {
    match finding {
        Finding::Denied(_, MessageState::Unresolved) => true,
        Finding::Denied(id, _) => stored.get(id).is_some_and(|row| row.possible_duplicate),
        Finding::PostedUnknown(id) => accepted.contains(id),
        _ => false,
    }
}

fn campaigns<'a>(
    promises: &'a Promises,
    database: &'a DatabaseBook,
) -> impl Iterator<Item = Finding> + 'a {
    promises.campaigns.iter().flat_map(|(id, (_, planned))| {
        let none = CampaignRow::default();
        let row = database.campaigns.get(id).unwrap_or(&none);
        let there = size(row.messages.len()) + row.left_out + row.waiting;
        let mut missing = planned.saturating_sub(there);
        let mut waiting = row.waiting;
        if row.is_cancelled {
            (missing, waiting) = (0, 0);
        } else if row.is_over {
            (missing, waiting) = (missing + waiting, 0);
        }
        [
            (missing > 0).then_some(Finding::CampaignShort(*id, missing)),
            (waiting > 0).then_some(Finding::CampaignWaits(*id, waiting)),
        ]
        .into_iter()
        .flatten()
    })
}

/// Messages that were promised to one business and stored under another, posted under another's name or from another's
/// number, or told by a row of another one.
fn strays(
    promises: &Promises,
    database: &DatabaseBook,
    ledger: &LedgerBook,
) -> impl Iterator<Item = Finding> {
    let owner = |id: &MessageId| database.messages.get(id).map(|row| row.business_id);
    let promised = promises
        .messages
        .iter()
        .filter(|(id, business)| owner(id).is_some_and(|owner| owner != **business))
        .map(|(id, _)| *id);
    let posted = ledger.posts.iter().filter(|post| {
        let named = owner(&post.message_id).is_some_and(|owner| owner != post.business_id);
        let number = (post.phone_number_id.clone(), post.business_id);
        named || !database.numbers.contains(&number)
    });
    let strays: BTreeSet<MessageId> = promised
        .chain(posted.map(|post| post.message_id))
        .chain(database.strays.iter().copied())
        .collect();
    strays.into_iter().map(Finding::Strayed)
}

/// The figures that are no findings.
fn count(
    promises: &Promises,
    database: &DatabaseBook,
    accepted: &BTreeSet<MessageId>,
    posted: &BTreeMap<MessageId, u32>,
) -> Figures {
    let row = |id: &MessageId| database.messages.get(id).map(|row| row.stored);
    let has_ended = |id: &&MessageId| {
        row(id).is_some_and(|row| {
            row.state.is_settled() && (posted.contains_key(id) || !row.state.is_delivery())
        })
    };
    let of_campaigns: u64 = promises
        .campaigns
        .values()
        .map(|(_, planned)| planned)
        .sum();
    let shared = promises
        .findings
        .iter()
        .filter(|finding| matches!(finding, Finding::AnsweredForTwo(_)));
    let left_out = promises
        .campaigns
        .keys()
        .filter_map(|id| database.campaigns.get(id))
        .map(|campaign| {
            campaign.left_out
                + if campaign.is_cancelled {
                    campaign.waiting
                } else {
                    0
                }
        });
    let is_flagged = |id: &MessageId| row(id).is_some_and(|row| row.possible_duplicate);
    let twins = posted.iter().filter(|(_, times)| **times > 1);
    Figures {
        accepted: size(promises.messages.len()) + size(shared.count()) + of_campaigns,
        terminal: size(accepted.iter().filter(has_ended).count()) + left_out.sum::<u64>(),
        dup_flagged: size(twins.filter(|(id, _)| is_flagged(id)).count()),
        ..Figures::default()
    }
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
