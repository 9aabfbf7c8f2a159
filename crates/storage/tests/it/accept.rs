//! The batch commit: idempotent, all or nothing, and one-time codes only in their own table.

use chrono::{DateTime, TimeDelta, Utc};
use common::message::{DEFAULT_LIFE, OTP_LIFE};
use common::template::Category;
use storage::idempotency_keys::find;
use testkit::TestDb;
use worker_storage::accept::{AcceptOutcome, ID_LIFE, commit};

use crate::fixture::{BusinessFixture, Order, after, id_of, now, rows};

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_call_is_not_stored_and_uses_no_key() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let late = shop.call(at, &Order::default()).await;
    let committed_at = at + ID_LIFE + TimeDelta::milliseconds(1);
    let again = shop.call(committed_at, &Order::default()).await;
    // A retry in the same batch is accepted, although the expired call has the same key.
    let outcomes = commit(&shop.store, committed_at, &[late, again])
        .await
        .unwrap();
    assert_eq!(outcomes, [AcceptOutcome::Expired, AcceptOutcome::Accepted]);
    let late = shop.call(at, &Order::default()).await;
    let outcomes = commit(&shop.store, committed_at, &[late]).await.unwrap();
    assert_eq!(outcomes, [AcceptOutcome::Expired]);
    assert_eq!(rows(&database, &["messages"]).await["messages"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_expired_message_rejects_its_whole_call() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let orders = || (0..3).map(|_| Order::default()).collect::<Vec<_>>();
    let late = shop.bulk_call(at, &orders()).await;
    let committed_at = at + ID_LIFE + TimeDelta::milliseconds(1);
    let batch = [late, shop.bulk_call(committed_at, &orders()).await];
    let outcomes = commit(&shop.store, committed_at, &batch).await.unwrap();
    assert_eq!(outcomes, [AcceptOutcome::Expired, AcceptOutcome::Accepted]);
    assert_eq!(rows(&database, &["messages"]).await["messages"], 3);
    assert_eq!(accepted(&database).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn single_and_bulk_calls_share_a_batch() {
    let database = TestDb::start().await;
    let (one, other) = (
        BusinessFixture::open(&database).await,
        BusinessFixture::open(&database).await,
    );
    let at = now(&database).await;
    let many = |key| {
        let order = move |number: usize| Order {
            key,
            category: if number < 5 {
                Category::Utility
            } else {
                Category::Authentication
            },
            ..Order::default()
        };
        (0..10).map(order).collect::<Vec<_>>()
    };
    let batch = [
        one.bulk_call(at, &many("till 1")).await,
        other.call(at, &Order::default()).await,
        one.bulk_call(at, &many("till 1")).await,
        other.bulk_call(at, &many("till 2")).await,
    ];
    let outcomes = commit(&one.store, at, &batch).await.unwrap();
    use AcceptOutcome::{Accepted, Replayed};
    assert!(
        matches!(
            outcomes.as_slice(),
            [Accepted, Accepted, Replayed(_), Accepted]
        ),
        "{outcomes:?}"
    );
    let counts = rows(&database, &["messages", "otp_secrets", "idempotency_keys"]).await;
    assert_eq!(counts.into_values().collect::<Vec<_>>(), [3, 21, 10]);
    assert_eq!(accepted(&database).await, 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_again_gets_the_first_answer_and_stores_nothing() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let first = shop.call(at, &Order::default()).await;
    let first_id = id_of(&first);
    assert_eq!(
        commit(&shop.store, at, &[first]).await.unwrap(),
        [AcceptOutcome::Accepted]
    );
    let again = shop.call(at, &Order::default()).await;
    let outcomes = commit(&shop.store, at, &[again]).await.unwrap();
    let [AcceptOutcome::Replayed(answer)] = outcomes.as_slice() else {
        panic!("{outcomes:?}")
    };
    assert_eq!(
        answer.body,
        format!("{{\"id\":\"{first_id}\"}}").into_bytes()
    );
    assert_eq!(
        rows(&database, &["messages", "idempotency_keys"])
            .await
            .into_values()
            .collect::<Vec<_>>(),
        [1, 1]
    );
    assert_eq!(accepted(&database).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_kept_sealed_for_its_business_and_its_key() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let call = shop.call(at, &Order::default()).await;
    let id = id_of(&call).to_string();
    commit(&shop.store, at, &[call]).await.unwrap();
    let admin = database.admin().await;
    let read = "select key_hash, response_body from idempotency_keys";
    let row = admin.query_one(read, &[]).await.unwrap();
    let (key_hash, kept): (Vec<u8>, Vec<u8>) = (row.get(0), row.get(1));
    assert!(!String::from_utf8_lossy(&kept).contains(&id));
    let key_hash = <[u8; 32]>::try_from(key_hash).unwrap();
    let keys = shop.scope.keys().await.unwrap();
    let mut transaction = shop.scope.begin().await.unwrap();
    let found = find(&mut transaction, &shop.scope, Some(&keys), &key_hash).await;
    let body = found.unwrap().unwrap().body;
    assert_eq!(body, format!("{{\"id\":\"{id}\"}}").into_bytes());
    // An answer stored under another key cannot be decrypted.
    let moved = [7; 32];
    let update = "update idempotency_keys set key_hash = $1";
    admin.execute(update, &[&moved.as_slice()]).await.unwrap();
    assert!(
        find(&mut transaction, &shop.scope, Some(&keys), &moved)
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_call_under_the_same_key_is_refused_in_a_batch_and_after_it() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let other = Order {
        body: "{\"to\":\"another\"}",
        ..Order::default()
    };
    let batch = [
        shop.call(at, &Order::default()).await,
        shop.call(at, &other).await,
        shop.call(at, &Order::default()).await,
    ];
    let outcomes = commit(&shop.store, at, &batch).await.unwrap();
    assert_eq!(
        outcomes[..2],
        [AcceptOutcome::Accepted, AcceptOutcome::KeyConflict]
    );
    assert!(matches!(outcomes[2], AcceptOutcome::Replayed(_)));
    let later = shop.call(at, &other).await;
    assert_eq!(
        commit(&shop.store, at, &[later]).await.unwrap(),
        [AcceptOutcome::KeyConflict]
    );
    assert_eq!(rows(&database, &["messages"]).await["messages"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_processes_with_one_key_one_stores_a_message() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let mut commits = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let call = shop.call(at, &Order::default()).await;
        let store = shop.store.clone();
        commits.spawn(async move { commit(&store, at, &[call]).await.unwrap().pop().unwrap() });
    }
    let outcomes = commits.join_all().await;
    let accepted = outcomes
        .iter()
        .filter(|outcome| **outcome == AcceptOutcome::Accepted)
        .count();
    let replayed = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, AcceptOutcome::Replayed(_)))
        .count();
    assert_eq!((accepted, replayed), (1, 63));
    assert_eq!(rows(&database, &["messages"]).await["messages"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_with_keys_in_opposite_order_do_not_deadlock() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let keys: Vec<String> = (0..200).map(|number| format!("key {number}")).collect();
    for round in 0..5 {
        let body = round.to_string();
        let mut groups = [Vec::new(), Vec::new()];
        for key in &keys {
            let key = format!("{key} of round {round}");
            let order = Order {
                key: &key,
                body: &body,
                ..Order::default()
            };
            groups[0].push(shop.call(at, &order).await);
            groups[1].insert(0, shop.call(at, &order).await);
        }
        let [one, other] = groups;
        let (one, other) = tokio::join!(
            commit(&shop.store, at, &one),
            commit(&shop.store, at, &other)
        );
        let both = [one.unwrap(), other.unwrap()].concat();
        let accepted = both
            .iter()
            .filter(|outcome| **outcome == AcceptOutcome::Accepted)
            .count();
        assert_eq!(accepted, keys.len());
    }
    assert_eq!(accepted(&database).await, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_refused_by_the_database_fails_its_whole_batch() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    // There is no partition that far in the future.
    let invalid = shop
        .call(
            after(at, 60 * 24 * 400),
            &Order {
                key: "invalid",
                ..Order::default()
            },
        )
        .await;
    let valid = shop.call(at, &Order::default()).await;
    let error = commit(&shop.store, at, &[valid, invalid])
        .await
        .unwrap_err();
    assert!(!error.is_unavailable());
    let counts = rows(&database, &["messages", "idempotency_keys"]).await;
    assert!(counts.into_values().all(|count| count == 0));
    assert_eq!(accepted(&database).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_distinguished_from_an_invalid_call() {
    const FULL: &str = "create function full_disk() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
        create trigger full_disk before insert on messages for each row execute function full_disk()";
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    database.admin().await.batch_execute(FULL).await.unwrap();
    let call = shop.call(at, &Order::default()).await;
    let error = commit(&shop.store, at, &[call]).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert_eq!(accepted(&database).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_code_is_only_in_its_table_and_expires_with_the_message() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let code = Order {
        category: Category::Authentication,
        ..Order::default()
    };
    let patient = Order {
        key: "patient",
        expires_at: Some(after(at, 60)),
        ..code
    };
    let hasty = Order {
        key: "hasty",
        category: Category::Authentication,
        expires_at: Some(after(at, 1)),
        ..Order::default()
    };
    let batch = [shop.call(at, &patient).await, shop.call(at, &hasty).await];
    commit(&shop.store, at, &batch).await.unwrap();
    let admin = database.admin().await;
    let sql = "select m.content_sealed is null, m.expires_at, o.expires_at, m.lane
        from messages m join otp_secrets o on o.message_id = m.id order by m.expires_at";
    let rows = admin.query(sql, &[]).await.unwrap();
    let read = |index: usize| {
        let row = &rows[index];
        (
            row.get::<_, bool>(0),
            row.get(1),
            row.get(2),
            row.get::<_, i16>(3),
        )
    };
    assert_eq!(read(0), (true, after(at, 1), at + OTP_LIFE, 1));
    assert_eq!(read(1), (true, at + OTP_LIFE, at + OTP_LIFE, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_an_expiry_gets_one() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    commit(&shop.store, at, &[shop.call(at, &Order::default()).await])
        .await
        .unwrap();
    let sql = "select expires_at from messages";
    let row = database.admin().await.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, DateTime<Utc>>(0), at + DEFAULT_LIFE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_contains_messages_of_several_businesses() {
    let database = TestDb::start().await;
    let (one, other) = (
        BusinessFixture::open(&database).await,
        BusinessFixture::open(&database).await,
    );
    let at = now(&database).await;
    // The same key of two businesses is two keys.
    let batch = [
        one.call(at, &Order::default()).await,
        other.call(at, &Order::default()).await,
    ];
    let outcomes = commit(&one.store, at, &batch).await.unwrap();
    assert_eq!(outcomes, [AcceptOutcome::Accepted, AcceptOutcome::Accepted]);
    assert_eq!(accepted(&database).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_the_batch_only_accesses_its_businesses() {
    let database = TestDb::start().await;
    let (own, foreign) = (
        BusinessFixture::open(&database).await,
        BusinessFixture::open(&database).await,
    );
    let at = now(&database).await;
    let batch = [
        own.call(at, &Order::default()).await,
        foreign.call(at, &Order::default()).await,
    ];
    commit(&own.store, at, &batch).await.unwrap();
    let mut admin = database.admin().await;
    let transaction = admin.transaction().await.unwrap();
    let setup = format!(
        "set local role djigbachats_accept; set local djigbachats.business_ids = '{}'",
        own.id
    );
    transaction.batch_execute(&setup).await.unwrap();
    for table in ["messages", "idempotency_keys"] {
        let sql = format!("select count(*) from {table}");
        assert_eq!(
            transaction
                .query_one(&sql, &[])
                .await
                .unwrap()
                .get::<_, i64>(0),
            1,
            "{table}"
        );
    }
    let sql = "insert into idempotency_keys values ($1, '\\x01', '\\x01', 202, '{}', now())";
    let refused = transaction
        .execute(sql, &[&foreign.id.as_uuid()])
        .await
        .unwrap_err();
    assert!(
        refused
            .as_db_error()
            .unwrap()
            .message()
            .contains("row-level security")
    );
}

async fn accepted(database: &TestDb) -> i64 {
    let sql = "select sum(accepted)::bigint from accepted_counts";
    database
        .admin()
        .await
        .query_one(sql, &[])
        .await
        .unwrap()
        .get(0)
}
