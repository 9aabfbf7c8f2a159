//! The audit against good books, and against books that were spoilt in one way each.

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
        assert_eq!(with_state(state), [Finding::Unsettled(id(1), state)]);
    }
}

#[test]
fn a_post_that_did_not_happen_and_one_that_is_denied_are_seen() {
    let unposted = findings(|books| {
        let _ = books.posted.remove(&id(1));
    });
    assert_eq!(unposted, [Finding::NeverLeft(id(1), MessageState::Read)]);
    assert_eq!(
        with_state(MessageState::Unresolved),
        [Finding::Denied(id(1), MessageState::Unresolved)]
    );
    let never = findings(|books| {
        books.posted.remove(&id(1));
        books.stored.get_mut(&id(1)).unwrap().state = MessageState::Expired;
    });
    assert_eq!(never, [Finding::NeverPosted(id(1), MessageState::Expired)]);
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
