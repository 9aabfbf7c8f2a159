//! The findings of an audit.

use std::fmt;

use common::ids::{CampaignId, MessageId};
use common::message::MessageState;

/// A violated invariant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Accepted and not stored.
    Lost(MessageId),
    /// Stored and never accepted.
    Phantom(MessageId),
    /// Posted and not stored: a recipient got a message that the database does not contain.
    PostedUnknown(MessageId),
    /// Stored, but in no terminal state.
    Unsettled(MessageId, MessageState),
    /// Accepted and never posted, although nothing prevented it.
    NeverPosted(MessageId, MessageState),
    /// Recorded as posted, but Meta never received it.
    MissingPost(MessageId, MessageState),
    /// Recorded as ended without a POST, but Meta accepted one.
    UnexpectedPost(MessageId, MessageState),
    /// Posted more than once without `possible_duplicate`.
    UnflaggedDuplicate(MessageId, u32),
    /// A status webhook that was answered 200 is not recorded.
    StatusMissing(MessageId, &'static str),
    /// One message id was returned for calls under two keys.
    SharedMessageId(MessageId),
    /// A call repeated under its key returned another message.
    KeyAnsweredTwice(MessageId),
    /// Rows of an accepted campaign that have neither a message nor a skip reason.
    CampaignRowsMissing(CampaignId, u64),
    /// Rows of a campaign that are still waiting for their messages.
    CampaignRowsWaiting(CampaignId, u64),
    /// POSTs whose opaque id is missing or not ours.
    UnidentifiedPosts(u64),
    /// Owned by one business, and stored, recorded or posted under another.
    CrossTenant(MessageId),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(id) => write!(f, "{id} was accepted and is not stored"),
            Self::Phantom(id) => write!(f, "{id} is stored and was never accepted"),
            Self::PostedUnknown(id) => write!(f, "{id} was posted and is not stored"),
            Self::Unsettled(id, state) => {
                write!(f, "{id} is in no terminal state: {}", state.as_str())
            }
            Self::NeverPosted(id, state) => {
                write!(f, "{id} was never posted and is {}", state.as_str())
            }
            Self::MissingPost(id, state) => {
                write!(f, "{id} is {}, but Meta never received it", state.as_str())
            }
            Self::UnexpectedPost(id, state) => write!(
                f,
                "{id} is {}, but Meta accepted a POST of it",
                state.as_str()
            ),
            Self::UnflaggedDuplicate(id, times) => {
                write!(f, "{id} was posted {times} times and is not flagged")
            }
            Self::StatusMissing(id, status) => {
                write!(
                    f,
                    "{id} lacks the status `{status}`, which was answered 200"
                )
            }
            Self::SharedMessageId(id) => write!(f, "{id} was returned for two different calls"),
            Self::KeyAnsweredTwice(id) => {
                write!(
                    f,
                    "{id} was created for a call that had already been answered"
                )
            }
            Self::CampaignRowsMissing(id, rows) => {
                write!(
                    f,
                    "{rows} rows of campaign {id} have no message and no skip reason"
                )
            }
            Self::CampaignRowsWaiting(id, rows) => {
                write!(
                    f,
                    "{rows} rows of campaign {id} are waiting for their messages"
                )
            }
            Self::UnidentifiedPosts(posts) => write!(f, "{posts} POSTs carry no opaque id of ours"),
            Self::CrossTenant(id) => write!(
                f,
                "{id} belongs to one business and was recorded under another"
            ),
        }
    }
}
