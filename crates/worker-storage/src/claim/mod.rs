//! The claim: one transaction decides which messages may leave now.
//!
//! Rows are locked first, in the order of their keys and without waiting for those that another works on; what decides
//! is read in a second statement, because a statement that waited for a lock still judges by its old snapshot. Then
//! every row changes its state, but for those that the caller has no capacity for: to `sending` with a lease, to a final state, or on
//! hold. Whoever comes second finds nothing to claim.
//!
//! What happens to a locked message, in this order; the first that says no decides:
//!
//! 1. `common::message::eligibility`, called by the sender: ended, held, or eligible;
//! 2. the pair rate limit of its recipient (`sender::pair_rate_limit`);
//! 3. a send slot of its number (`sender::consumer::slots`);
//! 4. the messaging limit of its portfolio (`messaging_limit`); a message that is held by it gives its slot back;
//! 5. one statement for each kind of change writes states, timers, uploads and events.

mod campaign_contacts;
mod context;
pub(crate) mod messaging_limit;
mod open;
mod recategorise;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use common::feed::{Hold, MessageEvent};
use common::ids::{BusinessId, MessageId, PhoneNumberId};
use common::message::{
    Cause, Eligibility, EndReason, ExpiredReason, HeldReason, Lane, MessageState,
};

pub use context::ClaimContext;
pub use open::{ClaimedMessage, OpenError, OpenedMessage};

use super::events;
use super::media;
use super::timers::{self, Timer};
use super::transitions::{self, StateTransition};
use super::{expiry_reasons, windows};
use context::Candidate;
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};

/// Names a message.
pub type MessageKey = (BusinessId, MessageId);

/// What is decided about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It leaves.
    Send,
    /// It may leave, but the sender has no capacity for it now: nothing changes.
    NotNow,
    /// It may leave, but the sender has no capacity for it before that time: the reaper publishes it again then.
    Later(Duration),
    /// It waits.
    Held(HeldReason),
    /// It never leaves any more.
    Ended(EndReason),
}

/// For how long a claimed message is the sender's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leases {
    /// One-time codes.
    pub otp: Duration,
    /// All others.
    pub others: Duration,
}

/// What a claim came to.
#[derive(Default)]
pub struct Claimed {
    /// To be posted before their leases end.
    pub to_send: Vec<ClaimedMessage>,
    /// May leave, but not now.
    pub not_now: Vec<(MessageKey, PhoneNumberId)>,
    /// May be claimed, but another transaction works on them at the moment.
    pub busy: Vec<MessageKey>,
    /// What was decided, and of how many.
    pub decisions: Vec<(Decision, Lane)>,
}

impl Leases {
    /// The lease of a lane.
    #[must_use]
    pub const fn of(&self, lane: Lane) -> Duration {
        match lane {
            Lane::Otp => self.otp,
            Lane::Transactional | Lane::Campaign => self.others,
        }
    }
}

impl Decision {
    /// The stable word in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::NotNow => "not_now",
            Self::Later(_) => "later",
            Self::Held(reason) => reason.as_str(),
            Self::Ended(reason) => reason.as_str(),
        }
    }

    /// What changes the state of the message, if it changes.
    const fn cause(self) -> Option<Cause> {
        match self {
            Self::Send => Some(Cause::Claimed),
            Self::NotNow | Self::Later(_) => None,
            Self::Held(reason) => Some(Cause::Held(reason)),
            Self::Ended(reason) => Some(Cause::Ended(reason)),
        }
    }

    const fn expired_reason(self) -> Option<ExpiredReason> {
        match self {
            Self::Ended(reason) => reason.expired_reason(),
            _ => None,
        }
    }

    const fn event(self) -> Option<MessageEvent> {
        match self {
            // Uploads take a moment, and there is one for each receipt: what becomes of the message says enough.
            Self::Send
            | Self::NotNow
            | Self::Later(_)
            | Self::Held(HeldReason::MediaNotUploaded) => None,
            Self::Held(reason) => Some(MessageEvent::Held(Hold::BeforePost { reason })),
            Self::Ended(reason) => Some(reason.event()),
        }
    }
}

impl From<Eligibility> for Decision {
    fn from(eligibility: Eligibility) -> Self {
        match eligibility {
            Eligibility::Eligible => Self::Send,
            Eligibility::Held(reason) => Self::Held(reason),
            Eligibility::Ended(reason) => Self::Ended(reason),
        }
    }
}

/// Claims what of `wanted` may leave, as `decide` says: one decision for each of the contexts, in their order. What would
/// leave and finds nothing left in its number's messaging limit is held; `reserved` is the share of each limit that is for
/// one-time codes.
///
/// # Errors
/// When the database is not available, a message cannot be read, or nothing was decided. Then nothing is claimed, but for
/// an error of the commit itself: what it may have claimed comes back when the leases end.
pub async fn claim(
    store: &Store,
    now: DateTime<Utc>,
    wanted: &[MessageKey],
    leases: Leases,
    reserved: f64,
    decide: impl AsyncFnOnce(&[ClaimContext]) -> Result<Vec<Decision>, StorageError>,
) -> Result<Claimed, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let mut candidates = context::lock(&transaction, wanted).await?;
    let mut claimed = Claimed {
        busy: busy(&transaction, wanted, &candidates).await?,
        ..Claimed::default()
    };
    let mut contexts = context::gather(&transaction, &mut candidates).await?;
    windows::load(&transaction, &mut contexts).await?;
    campaign_contacts::load(&transaction, &mut contexts).await?;
    if candidates.iter().any(Candidate::carries_media) {
        let files: Vec<_> = candidates.iter().map(Candidate::media).collect();
        media::load(&transaction, &files, &mut contexts).await?;
    }
    let mut decided = Vec::with_capacity(candidates.len());
    let mut decisions = decide(&contexts).await?;
    messaging_limit::take(&transaction, reserved, &contexts, &mut decisions).await?;
    let (mut uploads, mut waiting) = (Vec::new(), Vec::new());
    for ((candidate, context), decision) in candidates.into_iter().zip(&contexts).zip(decisions) {
        claimed.decisions.push((decision, context.subject.lane));
        match decision {
            Decision::Send => claimed.to_send.push(candidate.claimed(context)?),
            Decision::NotNow => {
                let number = context.subject.phone_number_id.clone();
                claimed.not_now.push((candidate.key(), number));
            }
            Decision::Held(HeldReason::MediaNotUploaded) => {
                let missing = candidate.missing_media(context);
                waiting.extend(missing.first().map(|file| (candidate.key(), file.media_id)));
                uploads.extend(missing);
            }
            _ => {}
        }
        decided.push((context, decision));
    }
    // Before the feed: its foreign key locks the number, which whoever connects it locks first.
    media::want(&transaction, uploads).await?;
    media::name_missing(&transaction, &waiting).await?;
    write(&transaction, now, leases, &decided).await?;
    transaction.commit().await?;
    Ok(claimed)
}

async fn write(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    leases: Leases,
    decided: &[(&ClaimContext, Decision)],
) -> Result<(), StorageError> {
    let (mut changes, mut timers, mut leased, mut settled, mut entries) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (context, decision) in decided {
        if *decision == Decision::NotNow {
            continue;
        }
        if let Some(cause) = decision.cause() {
            changes.push(transition(context, cause)?);
        }
        match decision {
            Decision::Later(wait) => {
                timers.push((context.subject.clone(), Timer::Publish(*wait)));
            }
            Decision::Send if context.subject.lane == Lane::Campaign => {
                leased.push((context.subject.clone(), leases.of(Lane::Campaign)));
            }
            Decision::Send => timers.push((
                context.subject.clone(),
                Timer::Lease(leases.of(context.subject.lane)),
            )),
            Decision::Held(reason) => {
                timers.push((
                    context.subject.clone(),
                    Timer::Held(*reason, context.eligibility.expires_at),
                ));
            }
            _ => settled.push(context.subject.clone()),
        }
        entries.extend(
            decision
                .event()
                .map(|event| context.subject.entry(event, now)),
        );
    }
    transitions::apply(transaction, now, &changes).await?;
    recategorise::store(transaction, decided).await?;
    timers::put(transaction, &timers).await?;
    timers::put_leases_if_none(transaction, &leased).await?;
    timers::forget(transaction, &settled).await?;
    media::note_refusals(transaction, decided).await?;
    let keys = settled
        .iter()
        .map(|subject| (subject.business_id, subject.message_id));
    transitions::forget_codes(transaction, keys).await?;
    expiry_reasons::note(transaction, &expired(decided)).await?;
    events::append(transaction, now, &entries).await
}

/// Those that expire before their time.
fn expired(decided: &[(&ClaimContext, Decision)]) -> Vec<(MessageKey, ExpiredReason)> {
    let reason = |(context, decision): &(&ClaimContext, Decision)| {
        let key = (context.subject.business_id, context.subject.message_id);
        Some((key, decision.expired_reason()?))
    };
    decided.iter().filter_map(reason).collect()
}

/// The transition of a claimed message, whose row was locked in a state that a claim may take.
fn transition(context: &ClaimContext, cause: Cause) -> Result<StateTransition, StorageError> {
    let to = MessageState::Accepted.after(cause);
    Ok(StateTransition {
        key: (context.subject.business_id, context.subject.message_id),
        to: to.ok_or(transitions::unexpected_state())?,
        attempt: context.eligibility.attempt + u16::from(cause == Cause::Claimed),
        possible_duplicate: context.eligibility.possible_duplicate,
    })
}

/// Those that may be claimed although the lock passed them over: another transaction holds them, and may let them be.
async fn busy(
    transaction: &BatchTransaction<'_>,
    wanted: &[MessageKey],
    candidates: &[Candidate],
) -> Result<Vec<MessageKey>, StorageError> {
    let locked: BTreeSet<MessageKey> = candidates.iter().map(Candidate::key).collect();
    let missing: BTreeSet<MessageKey> = wanted
        .iter()
        .copied()
        .filter(|key| !locked.contains(key))
        .collect();
    context::still_accepted(transaction, missing).await
}
