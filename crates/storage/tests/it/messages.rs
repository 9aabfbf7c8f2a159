//! Reading messages as a business.

use common::ids::MessageId;
use common::message::{MessageState, PostOutcome};
use common::recipient::Recipient;
use storage::StorageError;
use storage::messages::{self, MessageFilter, MessagePage, TimelineKind};
use testkit::TestDb;
use worker_storage::accept::commit;

use crate::fixture::{BusinessFixture, Order, after, id_of, now};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_readable_by_its_own_business_only() {
    let database = TestDb::start().await;
    let (shop, other) = (
        BusinessFixture::open(&database).await,
        BusinessFixture::open(&database).await,
    );
    let at = now(&database).await;
    let call = shop
        .call(
            at,
            &Order {
                reference: Some("facture 12"),
                ..Order::default()
            },
        )
        .await;
    let id = id_of(&call);
    commit(&shop.store, at, &[call]).await.unwrap();
    let keys = shop.scope.keys().await.unwrap();
    let mut transaction = shop.scope.begin().await.unwrap();
    let message = messages::find(&mut transaction, &shop.scope, &keys, id)
        .await
        .unwrap();
    assert_eq!(message.recipient.as_stored(), "+22670112233");
    assert_eq!(message.reference.as_deref(), Some("facture 12"));
    assert_eq!(
        message.template,
        Some(("ticket".to_owned(), "fr".to_owned()))
    );
    assert_eq!(
        (message.state, message.accepted_at()),
        (MessageState::Accepted, Some(at))
    );
    let keys = other.scope.keys().await.unwrap();
    let mut transaction = other.scope.begin().await.unwrap();
    let foreign = messages::find(&mut transaction, &other.scope, &keys, id).await;
    assert!(matches!(foreign, Err(StorageError::NotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_found_by_reference_recipient_and_state() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let mut calls = Vec::new();
    for (key, recipient, reference) in [
        ("a", "+22670112233", "facture 1"),
        ("b", "+22670112233", "facture 2"),
        ("c", "+22675000000", "facture 2"),
    ] {
        let order = Order {
            key,
            recipient,
            reference: Some(reference),
            ..Order::default()
        };
        calls.push(shop.call(at, &order).await);
    }
    let ids: Vec<MessageId> = calls.iter().map(id_of).collect();
    commit(&shop.store, at, &calls).await.unwrap();
    set_state(&database, ids[2], MessageState::Delivered).await;

    let by_reference = MessageFilter {
        reference: Some("facture 2".to_owned()),
        ..MessageFilter::default()
    };
    assert_eq!(found(&shop, &by_reference).await, sorted([ids[1], ids[2]]));
    let recipient = Some(Recipient::from_meta("22670112233").unwrap());
    let by_recipient = MessageFilter {
        recipient,
        ..MessageFilter::default()
    };
    assert_eq!(found(&shop, &by_recipient).await, sorted([ids[0], ids[1]]));
    let by_state = MessageFilter {
        state: Some(MessageState::Delivered),
        ..MessageFilter::default()
    };
    assert_eq!(found(&shop, &by_state).await, [ids[2]]);
    let nothing = MessageFilter {
        reference: Some("facture 3".to_owned()),
        ..MessageFilter::default()
    };
    assert!(found(&shop, &nothing).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_gap_or_overlap() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let mut calls = Vec::new();
    for number in 0..7 {
        let key = format!("key {number}");
        calls.push(
            shop.call(
                at,
                &Order {
                    key: &key,
                    ..Order::default()
                },
            )
            .await,
        );
    }
    let mut ids: Vec<MessageId> = calls.iter().map(id_of).collect();
    commit(&shop.store, at, &calls).await.unwrap();
    for state in [None, Some(MessageState::Accepted)] {
        let mut filter = MessageFilter {
            state,
            ..MessageFilter::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = page(&shop, &filter, 3).await;
            assert!(page.items.len() <= 3);
            seen.extend(page.items.iter().map(|message| message.id));
            let Some(next) = page.next else { break };
            filter.before = Some(next);
        }
        seen.reverse();
        ids.sort_unstable();
        assert_eq!(seen, ids, "{state:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_has_attempts_and_events_in_order() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let call = shop.call(at, &Order::default()).await;
    let id = id_of(&call);
    commit(&shop.store, at, &[call]).await.unwrap();
    let admin = database.admin().await;
    let sql = "insert into attempts values ($1, $2, 2, 1, 200, null, null, null, $3), ($1, $2, 1, 3, 429, 130429, null, null, $4)";
    admin
        .execute(
            sql,
            &[
                &shop.id.as_uuid(),
                &id.as_uuid(),
                &after(at, 2),
                &after(at, 1),
            ],
        )
        .await
        .unwrap();
    let sql = "insert into events values ($1, first_uuid_at($3), 1, 'message.submitted', $2, null, null, '{}', $3)";
    admin
        .execute(sql, &[&shop.id.as_uuid(), &id.as_uuid(), &after(at, 2)])
        .await
        .unwrap();
    let mut transaction = shop.scope.begin().await.unwrap();
    let items = messages::timeline(&mut transaction, &shop.scope, id)
        .await
        .unwrap();
    let reported: Vec<String> = items
        .iter()
        .map(|item| match &item.kind {
            TimelineKind::Attempt {
                number, outcome, ..
            } => format!("{number} {}", outcome.as_str()),
            TimelineKind::Event { name, .. } => name.clone(),
        })
        .collect();
    assert_eq!(
        reported,
        ["1 not_accepted", "2 submitted", "message.submitted"]
    );
    assert_eq!(PostOutcome::from_code(3), Some(PostOutcome::NotAccepted));
}

async fn page(shop: &BusinessFixture, filter: &MessageFilter, limit: usize) -> MessagePage {
    let keys = shop.scope.keys().await.unwrap();
    let mut transaction = shop.scope.begin().await.unwrap();
    messages::list(&mut transaction, &shop.scope, &keys, filter, limit)
        .await
        .unwrap()
}

/// The ids that a filter finds, in the order of creation.
async fn found(shop: &BusinessFixture, filter: &MessageFilter) -> Vec<MessageId> {
    sorted(
        page(shop, filter, 50)
            .await
            .items
            .iter()
            .map(|message| message.id),
    )
}

fn sorted(ids: impl IntoIterator<Item = MessageId>) -> Vec<MessageId> {
    let mut ids: Vec<MessageId> = ids.into_iter().collect();
    ids.sort_unstable();
    ids
}

async fn set_state(database: &TestDb, id: MessageId, state: MessageState) {
    let sql = "update messages set state = $2 where id = $1";
    database
        .admin()
        .await
        .execute(sql, &[&id.as_uuid(), &state.code()])
        .await
        .unwrap();
}
