//! What an audit may find.

use std::fmt;

use common::ids::{CampaignId, MessageId};
use common::message::MessageState;

/// Something that must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Accepted and not stored.
    Lost(MessageId),
    /// Stored and never accepted.
    Phantom(MessageId),
    /// Posted and not stored: somebody got a message that nobody knows of.
    PostedUnknown(MessageId),
    /// Stored, but its life has not ended.
    Unsettled(MessageId, MessageState),
    /// Accepted and never posted, although nothing forbade it.
    NeverPosted(MessageId, MessageState),
    /// Said to be with Meta, which never saw it.
    NeverLeft(MessageId, MessageState),
    /// Said to have ended without having left, while Meta has it.
    Denied(MessageId, MessageState),
    /// Posted more than once without the flag that says so.
    UnflaggedTwin(MessageId, u32),
    /// Meta was answered 200 for each of its words, and one of them is not there.
    WordLost(MessageId, &'static str),
    /// One message was the answer to calls under two keys: one of them is nobody's.
    AnsweredForTwo(MessageId),
    /// A call that was repeated under its key was answered with another message.
    AnsweredAnew(MessageId),
    /// So many rows of a campaign that was accepted have neither a message nor a reason.
    CampaignShort(CampaignId, u64),
    /// So many rows of a campaign wait for their messages.
    CampaignWaits(CampaignId, u64),
    /// So many posts bear no id of ours.
    Nameless(u64),
    /// Of one business, and stored, told or posted under another one.
    Strayed(MessageId),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(id) => write!(f, "{id} was accepted and is gone"),
            Self::Phantom(id) => write!(f, "{id} is stored and was never accepted"),
            Self::PostedUnknown(id) => write!(f, "{id} was posted and is not stored"),
            Self::Unsettled(id, state) => {
                write!(f, "{id} has not ended: it is {}", state.as_str())
            }
            Self::NeverPosted(id, state) => {
                write!(f, "{id} was never posted and is {}", state.as_str())
            }
            Self::NeverLeft(id, state) => {
                write!(f, "{id} is {}, and Meta never saw it", state.as_str())
            }
            Self::Denied(id, state) => write!(f, "{id} is {}, and Meta has it", state.as_str()),
            Self::UnflaggedTwin(id, times) => {
                write!(f, "{id} was posted {times} times and is not flagged")
            }
            Self::WordLost(id, word) => {
                write!(f, "{id} lacks Meta's word `{word}`, which was answered 200")
            }
            Self::AnsweredForTwo(id) => write!(f, "{id} was the answer to two different calls"),
            Self::AnsweredAnew(id) => {
                write!(
                    f,
                    "{id} was made although its call had been answered before"
                )
            }
            Self::CampaignShort(id, rows) => {
                write!(
                    f,
                    "{rows} rows of campaign {id} have no message and no reason"
                )
            }
            Self::CampaignWaits(id, rows) => {
                write!(f, "{rows} rows of campaign {id} wait for their messages")
            }
            Self::Nameless(posts) => write!(f, "{posts} posts bear no id of ours"),
            Self::Strayed(id) => write!(f, "{id} is of one business and was seen under another"),
        }
    }
}
