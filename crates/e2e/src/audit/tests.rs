//! The audit of consistent sources, and of sources corrupted in one way each.

use super::*;

/// Three correct messages: one read, one failed, and one read after two POSTs and flagged.
struct Sources {
    accepted: BTreeSet<MessageId>,
    stored: BTreeMap<MessageId, Stored>,
    posted: BTreeMap<MessageId, u32>,
}

fn id(number: u128) -> MessageId {
    MessageId::from_uuid(uuid::Uuid::from_u128(number))
}

fn sources() -> Sources {
    let read = Stored {
        state: MessageState::Read,
        possible_duplicate: false,
        statuses: Statuses::READ,
    };
    let failed = Stored {
        state: MessageState::Failed,
        statuses: Statuses::FAILED,
        ..read
    };
    let duplicate = Stored {
        possible_duplicate: true,
        ..read
    };
    Sources {
        accepted: [id(1), id(2), id(3)].into(),
        stored: [(id(1), read), (id(2), failed), (id(3), duplicate)].into(),
        posted: [(id(1), 1), (id(2), 1), (id(3), 2)].into(),
    }
}

fn findings(corrupt: impl FnOnce(&mut Sources)) -> Vec<Finding> {
    let mut sources = sources();
    corrupt(&mut sources);
    audit(&sources.accepted, &sources.stored, &sources.posted)
}

fn with_state(state: MessageState) -> Vec<Finding> {
    findings(|sources| sources.stored.get_mut(&id(1)).unwrap().state = state)
}

#[test]
fn consistent_sources_have_no_finding() {
    assert_eq!(findings(|_| {}), []);
}

#[test]
fn a_missing_message_is_lost_and_its_post_is_unknown() {
    let found = findings(|sources| {
        let _ = sources.stored.remove(&id(1));
    });
    assert_eq!(found, [Finding::Lost(id(1)), Finding::PostedUnknown(id(1))]);
}

#[test]
fn a_message_that_was_never_accepted_is_a_phantom() {
    let found = findings(|sources| {
        let _ = sources.accepted.remove(&id(2));
    });
    assert_eq!(found, [Finding::Phantom(id(2))]);
}

#[test]
fn an_unflagged_second_post_is_detected() {
    let found = findings(|sources| {
        let _ = sources.posted.insert(id(1), 2);
    });
    assert_eq!(found, [Finding::UnflaggedDuplicate(id(1), 2)]);
}

#[test]
fn every_nonterminal_state_is_detected() {
    for state in MessageState::ALL
        .into_iter()
        .filter(|state| !state.is_settled())
    {
        assert_eq!(with_state(state), [Finding::Unsettled(id(1), state)]);
    }
}

#[test]
fn a_missing_and_an_unexpected_post_are_detected() {
    let unposted = findings(|sources| {
        let _ = sources.posted.remove(&id(1));
    });
    assert_eq!(unposted, [Finding::MissingPost(id(1), MessageState::Read)]);
    assert_eq!(
        with_state(MessageState::Unresolved),
        [Finding::UnexpectedPost(id(1), MessageState::Unresolved)]
    );
    let never = findings(|sources| {
        sources.posted.remove(&id(1));
        sources.stored.get_mut(&id(1)).unwrap().state = MessageState::Expired;
    });
    assert_eq!(never, [Finding::NeverPosted(id(1), MessageState::Expired)]);
}

#[test]
fn each_missing_status_is_detected() {
    let without = |take: fn(&mut Statuses)| {
        findings(|sources| take(&mut sources.stored.get_mut(&id(1)).unwrap().statuses))
    };
    assert_eq!(
        without(|statuses| statuses.sent = false),
        [Finding::StatusMissing(id(1), "sent")]
    );
    assert_eq!(
        without(|statuses| statuses.delivered = false),
        [Finding::StatusMissing(id(1), "delivered")]
    );
    assert_eq!(
        without(|statuses| statuses.read = false),
        [Finding::StatusMissing(id(1), "read")]
    );
    assert_eq!(
        without(|statuses| *statuses = Statuses::default()),
        [Finding::StatusMissing(id(1), "sent")]
    );
}
