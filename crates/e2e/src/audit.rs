//! The audit: what was accepted, what is stored and what was posted must be one and the same set of messages.
//!
//! Pure, and strict on purpose: it knows nothing of retries, leases or crashes, only of what a business was promised. Each
//! finding names a message and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use common::ids::MessageId;
use common::message::MessageState;

/// What the database says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its state.
    pub state: MessageState,
    /// Whether it is flagged as one that a person may have got twice.
    pub possible_duplicate: bool,
    /// Which words of Meta were recorded.
    pub words: Words,
}

/// Words of Meta about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words {
    /// `sent`.
    pub sent: bool,
    /// `delivered`.
    pub delivered: bool,
    /// `read`.
    pub read: bool,
    /// `failed`.
    pub failed: bool,
}

/// Something that must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Accepted and not stored.
    Lost(MessageId),
    /// Stored and never accepted.
    Phantom(MessageId),
    /// Posted and not stored: somebody got a message that nobody knows of.
    PostedUnknown(MessageId),
    /// Stored, but its life has not ended.
    Unsettled(MessageId, &'static str),
    /// Accepted and never posted, although nothing forbade it.
    NeverPosted(MessageId, &'static str),
    /// Said to be with Meta, which never saw it; or said to have never left, while Meta has it.
    Contradicted(MessageId, &'static str),
    /// Posted more than once without the flag that says so.
    UnflaggedTwin(MessageId, u32),
    /// Meta was answered 200 for each of its words, and one of them is not there.
    WordLost(MessageId, &'static str),
}

impl Words {
    /// All that is told of a message that was read.
    pub const READ: Self = Self {
        sent: true,
        delivered: true,
        read: true,
        failed: false,
    };
    /// All that is told of a message that failed.
    pub const FAILED: Self = Self {
        sent: false,
        delivered: false,
        read: false,
        failed: true,
    };
}

/// Compares the three sets. Every posted message must be told of as `read` or as `failed`: the simulated Meta is to be set
/// so that each message ends in one of them.
#[must_use]
pub fn audit(
    accepted: &BTreeSet<MessageId>,
    stored: &BTreeMap<MessageId, Stored>,
    posted: &BTreeMap<MessageId, u32>,
) -> Vec<Finding> {
    let lost = accepted
        .iter()
        .filter(|id| !stored.contains_key(id))
        .map(|id| Finding::Lost(*id));
    let phantoms = stored
        .keys()
        .filter(|id| !accepted.contains(id))
        .map(|id| Finding::Phantom(*id));
    let unknown = posted
        .keys()
        .filter(|id| !stored.contains_key(id))
        .map(|id| Finding::PostedUnknown(*id));
    let lives = stored.iter().flat_map(|(id, message)| {
        judge(*id, *message, posted.get(id).copied().unwrap_or_default())
    });
    lost.chain(phantoms).chain(unknown).chain(lives).collect()
}

fn judge(id: MessageId, message: Stored, posts: u32) -> Vec<Finding> {
    let state = message.state.as_str();
    let mut findings = Vec::new();
    if !message.state.is_settled() {
        findings.push(Finding::Unsettled(id, state));
    } else if posts == 0 {
        let with_meta = message.state.is_delivery();
        findings.push(if with_meta {
            Finding::Contradicted(id, state)
        } else {
            Finding::NeverPosted(id, state)
        });
    } else if !message.state.is_delivery() {
        findings.push(Finding::Contradicted(id, state));
    } else if let Some(word) = missing_word(message.words) {
        findings.push(Finding::WordLost(id, word));
    }
    if posts > 1 && !message.possible_duplicate {
        findings.push(Finding::UnflaggedTwin(id, posts));
    }
    findings
}

/// The first word that is missing. A twin may have been read and failed: then both are there.
const fn missing_word(words: Words) -> Option<&'static str> {
    match words {
        Words {
            failed: true,
            sent: false,
            delivered: false,
            read: false,
        } => None,
        Words { sent: false, .. } => Some("sent"),
        Words {
            delivered: false, ..
        } => Some("delivered"),
        Words { read: false, .. } => Some("read"),
        _ => None,
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(id) => write!(f, "{id} was accepted and is gone"),
            Self::Phantom(id) => write!(f, "{id} is stored and was never accepted"),
            Self::PostedUnknown(id) => write!(f, "{id} was posted and is not stored"),
            Self::Unsettled(id, state) => write!(f, "{id} has not ended: it is {state}"),
            Self::NeverPosted(id, state) => write!(f, "{id} was never posted and is {state}"),
            Self::Contradicted(id, state) => write!(f, "{id} is {state}, and Meta knows better"),
            Self::UnflaggedTwin(id, times) => {
                write!(f, "{id} was posted {times} times and is not flagged")
            }
            Self::WordLost(id, word) => {
                write!(f, "{id} lacks Meta's word `{word}`, which was answered 200")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three messages that went well: read, failed, and read after two posts with the flag.
    struct Books {
        accepted: BTreeSet<MessageId>,
        stored: BTreeMap<MessageId, Stored>,
        posted: BTreeMap<MessageId, u32>,
    }

    fn id(number: u128) -> MessageId {
        MessageId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn books() -> Books {
        let read = Stored {
            state: MessageState::Read,
            possible_duplicate: false,
            words: Words::READ,
        };
        let failed = Stored {
            state: MessageState::Failed,
            words: Words::FAILED,
            ..read
        };
        let twin = Stored {
            possible_duplicate: true,
            ..read
        };
        Books {
            accepted: [id(1), id(2), id(3)].into(),
            stored: [(id(1), read), (id(2), failed), (id(3), twin)].into(),
            posted: [(id(1), 1), (id(2), 1), (id(3), 2)].into(),
        }
    }

    fn findings(spoil: impl FnOnce(&mut Books)) -> Vec<Finding> {
        let mut books = books();
        spoil(&mut books);
        audit(&books.accepted, &books.stored, &books.posted)
    }

    fn with_state(state: MessageState) -> Vec<Finding> {
        findings(|books| books.stored.get_mut(&id(1)).unwrap().state = state)
    }

    #[test]
    fn good_books_have_no_finding() {
        assert_eq!(findings(|_| {}), []);
    }

    #[test]
    fn a_message_that_is_gone_is_lost_and_its_post_is_of_nobody() {
        let found = findings(|books| {
            let _ = books.stored.remove(&id(1));
        });
        assert_eq!(found, [Finding::Lost(id(1)), Finding::PostedUnknown(id(1))]);
    }

    #[test]
    fn a_message_that_nobody_asked_for_is_a_phantom() {
        let found = findings(|books| {
            let _ = books.accepted.remove(&id(2));
        });
        assert_eq!(found, [Finding::Phantom(id(2))]);
    }

    #[test]
    fn a_second_post_without_the_flag_is_seen() {
        let found = findings(|books| {
            let _ = books.posted.insert(id(1), 2);
        });
        assert_eq!(found, [Finding::UnflaggedTwin(id(1), 2)]);
    }

    #[test]
    fn a_message_without_an_end_is_seen_in_every_such_state() {
        for state in MessageState::ALL
            .into_iter()
            .filter(|state| !state.is_settled())
        {
            assert_eq!(
                with_state(state),
                [Finding::Unsettled(id(1), state.as_str())]
            );
        }
    }

    #[test]
    fn a_post_that_did_not_happen_and_one_that_is_denied_are_seen() {
        let unposted = findings(|books| {
            let _ = books.posted.remove(&id(1));
        });
        assert_eq!(unposted, [Finding::Contradicted(id(1), "read")]);
        assert_eq!(
            with_state(MessageState::Unresolved),
            [Finding::Contradicted(id(1), "unresolved")]
        );
        let never = findings(|books| {
            books.posted.remove(&id(1));
            books.stored.get_mut(&id(1)).unwrap().state = MessageState::Expired;
        });
        assert_eq!(never, [Finding::NeverPosted(id(1), "expired")]);
    }

    #[test]
    fn each_word_that_is_lost_is_seen() {
        let without = |take: fn(&mut Words)| {
            findings(|books| take(&mut books.stored.get_mut(&id(1)).unwrap().words))
        };
        assert_eq!(
            without(|words| words.sent = false),
            [Finding::WordLost(id(1), "sent")]
        );
        assert_eq!(
            without(|words| words.delivered = false),
            [Finding::WordLost(id(1), "delivered")]
        );
        assert_eq!(
            without(|words| words.read = false),
            [Finding::WordLost(id(1), "read")]
        );
        assert_eq!(
            without(|words| *words = Words::default()),
            [Finding::WordLost(id(1), "sent")]
        );
    }
}
