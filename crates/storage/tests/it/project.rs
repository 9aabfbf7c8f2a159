//! Statuses from Meta and messages from clients, applied in any order and any number of times.

use chrono::{DateTime, TimeDelta, Utc};
use common::ids::{BusinessId, MessageId};
use common::message::MessageState;
use common::wire::{Identity, InboundContent, StatusDetail};
use sealing::HashDomain;
use testkit::TestDb;
use worker_storage::accept::commit;
use worker_storage::project::{
    InboundMessage, StatusOutcome, StatusUpdate, apply_inbound, apply_statuses, match_unmatched,
};
use worker_storage::retention::{make_partitions, partitions};

use crate::fixture::{BusinessFixture, Order, id_of, now};

const STATUSES: [MessageState; 4] = [
    MessageState::Sent,
    MessageState::Failed,
    MessageState::Delivered,
    MessageState::Read,
];

async fn accepted(shop: &BusinessFixture, at: DateTime<Utc>, key: &str) -> MessageId {
    let call = shop
        .call(
            at,
            &Order {
                key,
                ..Order::default()
            },
        )
        .await;
    let id = id_of(&call);
    commit(&shop.store, at, &[call]).await.unwrap();
    id
}

fn status(
    shop: &BusinessFixture,
    message: Option<(BusinessId, MessageId)>,
    status: MessageState,
    at: DateTime<Utc>,
) -> StatusUpdate {
    let errors = serde_json::json!([{"code": 131_049, "title": "not delivered"}]);
    let failed = status == MessageState::Failed;
    StatusUpdate {
        phone_number_id: shop.number().parse().unwrap(),
        message,
        status,
        occurred_at: at,
        error_code: failed.then_some(131_049),
        slows_the_number: false,
        pricing_category: Some("utility".to_owned()),
        pricing_type: Some("regular".to_owned()),
        billable: true,
        detail: StatusDetail {
            wamid: "wamid.A".to_owned(),
            recipient: Identity::default(),
            in_group: false,
            errors: failed.then_some(errors),
        },
    }
}

/// State, number of events, and timestamps of the row.
async fn row(database: &TestDb, id: MessageId) -> (i16, i64, Vec<Option<DateTime<Utc>>>) {
    let row = database
        .admin()
        .await
        .query_one(
            "select state, (select count(*) from events where message_id = $1), sent_at, delivered_at, read_at, failed_at
             from messages where id = $1",
            &[&id.as_uuid()],
        )
        .await
        .unwrap();
    (
        row.get(0),
        row.get(1),
        (2..6).map(|column| row.get(column)).collect(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_in_any_order_and_repeated_end_in_the_same_row() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let mut ends = Vec::new();
    for (index, order) in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]]
        .iter()
        .enumerate()
    {
        let id = accepted(&shop, at, &format!("order {index}")).await;
        let one_by_one = order.iter().chain(order);
        for step in one_by_one {
            let moment = at + TimeDelta::seconds(i64::try_from(*step).unwrap());
            let update = status(&shop, Some((shop.id, id)), STATUSES[*step], moment);
            apply_statuses(&shop.store, &[update], at).await.unwrap();
        }
        let (state, _, times) = row(&database, id).await;
        ends.push((state, times));
    }
    assert_eq!(ends[0].0, MessageState::Read.code());
    assert!(ends[0].1.iter().all(Option::is_some));
    assert!(ends.iter().all(|end| *end == ends[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_statuses_of_one_message_in_one_batch_are_one_write_and_an_event_each() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let id = accepted(&shop, at, "a").await;
    let updates: Vec<_> = [
        MessageState::Sent,
        MessageState::Delivered,
        MessageState::Delivered,
    ]
    .map(|word| status(&shop, Some((shop.id, id)), word, at))
    .into();
    let outcome = apply_statuses(&shop.store, &updates, at).await.unwrap();
    assert_eq!(
        outcome,
        StatusOutcome {
            changed: 1,
            ..StatusOutcome::default()
        }
    );
    let (state, events, _) = row(&database, id).await;
    assert_eq!((state, events), (MessageState::Delivered.code(), 2));
    let repeated = apply_statuses(&shop.store, &updates, at).await.unwrap();
    assert_eq!(repeated, StatusOutcome::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_names_the_message_of_another_business_changes_nothing() {
    let database = TestDb::start().await;
    let (shop, other, at) = (
        BusinessFixture::open(&database).await,
        BusinessFixture::open(&database).await,
        now(&database).await,
    );
    let id = accepted(&other, at, "a").await;
    let forged = status(&shop, Some((other.id, id)), MessageState::Read, at);
    let outcome = apply_statuses(&shop.store, &[forged], at).await.unwrap();
    assert_eq!(
        outcome,
        StatusOutcome {
            foreign: 1,
            ..StatusOutcome::default()
        }
    );
    assert_eq!(row(&database, id).await.0, MessageState::Accepted.code());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_without_our_id_waits_until_its_message_is_known() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let id = accepted(&shop, at, "a").await;
    let early = status(&shop, None, MessageState::Failed, at);
    let outcome = apply_statuses(&shop.store, &[early], at).await.unwrap();
    assert_eq!(
        outcome,
        StatusOutcome {
            unmatched: 1,
            ..StatusOutcome::default()
        }
    );
    assert_eq!(match_unmatched(&shop.store, at).await.unwrap(), 0);
    let hash = shop
        .scope
        .keys()
        .await
        .unwrap()
        .lookup_hash(HashDomain::Wamid, b"wamid.A")
        .bytes;
    database
        .admin()
        .await
        .execute(
            "insert into attempts (business_id, message_id, attempt, outcome, wamid_hash, ended_at)
             values ($1, $2, 1, 1, $3, now())",
            &[&shop.id.as_uuid(), &id.as_uuid(), &hash.as_slice()],
        )
        .await
        .unwrap();
    assert_eq!(match_unmatched(&shop.store, at).await.unwrap(), 1);
    assert_eq!(row(&database, id).await.0, MessageState::Failed.code());
    assert_eq!(match_unmatched(&shop.store, at).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_meta_repeats_is_stored_once() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let of = |word| status(&shop, None, word, at);
    let twice = [of(MessageState::Sent), of(MessageState::Sent)];
    let outcome = apply_statuses(&shop.store, &twice, at).await.unwrap();
    assert_eq!(outcome.unmatched, 1);
    let again = [of(MessageState::Sent), of(MessageState::Read)];
    let outcome = apply_statuses(&shop.store, &again, at).await.unwrap();
    assert_eq!(
        outcome.unmatched, 1,
        "another status of the message is another row"
    );
    let sql = "select count(*) from unmatched_statuses";
    let admin = database.admin().await;
    let rows: i64 = admin.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(rows, 2);
}

fn written(shop: &BusinessFixture, wamid: &str, words: &str, at: DateTime<Utc>) -> InboundMessage {
    InboundMessage {
        phone_number_id: shop.number().parse().unwrap(),
        message_type: "text".to_owned(),
        occurred_at: at,
        content: InboundContent {
            wamid: wamid.to_owned(),
            sender: Identity {
                wa_id: Some("22670112233".to_owned()),
                ..Identity::default()
            },
            name: Some("Awa".to_owned()),
            words: vec![words.to_owned()],
            message: serde_json::json!({"text": {"body": words}}),
            identity_change: None,
            group_id: None,
            revoked_wamid: None,
            edited_wamid: None,
        },
    }
}

async fn is_suppressed(database: &TestDb) -> bool {
    let sql = "select count(*) from suppressions where is_opted_out";
    database
        .admin()
        .await
        .query_one(sql, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        == 1
}

#[tokio::test(flavor = "multi_thread")]
async fn the_later_of_opt_out_and_opt_in_holds_in_whatever_order_they_come() {
    for reversed in [false, true] {
        let database = TestDb::start().await;
        let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
        let mut messages = [
            written(&shop, "wamid.1", "STOP", at),
            written(&shop, "wamid.2", "START", at + TimeDelta::seconds(1)),
            written(&shop, "wamid.3", "arrêt", at + TimeDelta::seconds(2)),
        ];
        if reversed {
            messages.reverse();
        }
        for message in messages {
            apply_inbound(&shop.store, &[message], at).await.unwrap();
        }
        assert!(is_suppressed(&database).await, "reversed: {reversed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_opt_out_and_an_opt_in_in_the_same_second_the_opt_out_holds() {
    for words in [["START", "STOP"], ["STOP", "START"]] {
        let database = TestDb::start().await;
        let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
        for word in words {
            let message = written(&shop, &format!("wamid.{word}"), word, at);
            apply_inbound(&shop.store, &[message], at).await.unwrap();
        }
        assert!(is_suppressed(&database).await, "{words:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_known_by_the_hash_under_which_messages_are_sent_to_them() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    accepted(&shop, at, "a").await;
    let outcome = apply_inbound(&shop.store, &[written(&shop, "wamid.1", "STOP", at)], at)
        .await
        .unwrap();
    assert_eq!((outcome.stored, outcome.opted_out), (1, 1));
    let sql =
        "select count(*) from suppressions s join messages m using (business_id, recipient_hash)";
    assert_eq!(
        database
            .admin()
            .await
            .query_one(sql, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        1
    );
    let repeated = apply_inbound(&shop.store, &[written(&shop, "wamid.1", "STOP", at)], at)
        .await
        .unwrap();
    assert_eq!((repeated.stored, repeated.repeated), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_partition_does_not_invalidate_the_data() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let all = partitions(&shop.store).await.unwrap();
    let admin = database.admin().await;
    for partition in all.iter().filter(|partition| partition.parent == "events") {
        let drop = format!("drop table {}", partition.name);
        admin.batch_execute(&drop).await.unwrap();
    }
    let message = [written(&shop, "wamid.1", "STOP", at)];
    let refused = apply_inbound(&shop.store, &message, at).await.unwrap_err();
    assert!(!refused.is_of_the_data());
    make_partitions(&shop.store, at).await.unwrap();
    let outcome = apply_inbound(&shop.store, &message, at).await.unwrap();
    assert_eq!(outcome.opted_out, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn late_throttles_of_one_burst_slow_the_number_down_once() {
    let database = TestDb::start().await;
    let shop = BusinessFixture::open(&database).await;
    let (admin, at) = (database.admin().await, now(&database).await);
    let send_rate = format!(
        "insert into number_send_rates values ('{}', '{}', now(), 0, now() - interval '1 hour')",
        shop.id,
        shop.number()
    );
    admin.batch_execute(&send_rate).await.unwrap();
    let left = "update messages set submitted_at = clock_timestamp() where id = $1";
    let mut ids = Vec::new();
    for key in ["a", "b", "c"] {
        ids.push(accepted(&shop, at, key).await);
    }
    for id in &ids[..2] {
        admin.execute(left, &[&id.as_uuid()]).await.unwrap();
    }
    let fail = async |id: MessageId| {
        let mut failed = status(&shop, Some((shop.id, id)), MessageState::Failed, at);
        (failed.error_code, failed.slows_the_number) = (Some(130_429), true);
        let outcome = apply_statuses(&shop.store, &[failed], at).await.unwrap();
        let sql = "select halvings from number_send_rates";
        let halvings: i16 = admin.query_one(sql, &[]).await.unwrap().get(0);
        (outcome.slowed_numbers, halvings)
    };
    assert_eq!(fail(ids[0]).await, (1, 1));
    // It was sent before the number was slowed down.
    assert_eq!(fail(ids[1]).await, (0, 1));
    admin
        .batch_execute(
            "update number_send_rates set slowed_at = clock_timestamp() - interval '5 seconds'",
        )
        .await
        .unwrap();
    admin.execute(left, &[&ids[2].as_uuid()]).await.unwrap();
    assert_eq!(fail(ids[2]).await, (1, 2));
    // Repeating the same one has no effect.
    assert_eq!(fail(ids[2]).await, (0, 2));
}
