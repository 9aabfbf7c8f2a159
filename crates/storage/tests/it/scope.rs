//! A dropped transaction leaves nothing open: no lock, no snapshot, and its connection is reused. One whose process
//! vanished or is suspended ends within a minute, a worker's within seconds.

use std::time::Duration;

use common::ids::BusinessId;
use storage::{BatchRole, events};
use testkit::{TestDb, eventually};

const OPEN: &str = "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'";
const LIMITS: &str = "select setconfig from pg_db_role_setting where setrole = $1::text::regrole";
/// A lock that two workers need.
const LOCK: &str = "select pg_advisory_xact_lock(4711)";
const SERVICES: &str = "select pid from pg_stat_activity where datname = current_database() and usename = 'djigbachats_test'";

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_transaction_leaves_nothing_open_and_its_connection_is_used_again() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    let scope = database
        .store
        .business(BusinessId::from_uuid(uuid::Uuid::now_v7()));
    let mut connections = Vec::new();
    for _ in 0..2 {
        let mut transaction = scope.begin().await.unwrap();
        assert!(
            events::list(&mut transaction, &scope, 0, 1)
                .await
                .unwrap()
                .is_empty()
        );
        let open: i64 = admin.query_one(OPEN, &[]).await.unwrap().get(0);
        assert_eq!(open, 1, "the test does not see an open transaction");
        drop(transaction);
        eventually(
            "no transaction is open",
            Duration::from_secs(5),
            async || {
                let open: i64 = admin.query_one(OPEN, &[]).await.unwrap().get(0);
                (open == 0).then_some(())
            },
        )
        .await;
        let pids = admin.query(SERVICES, &[]).await.unwrap();
        connections.push(pids.iter().map(|row| row.get(0)).collect::<Vec<i32>>());
    }
    assert_eq!(connections[0].len(), 1);
    assert_eq!(connections[0], connections[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_transaction_is_ended_by_the_database() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    for service in ["gateway", "sender", "template_sync", "retention_janitor"] {
        let login = format!("djigbachats_test_{service}");
        let settings = admin.query_one(LIMITS, &[&login]).await.unwrap();
        let settings: Vec<String> = settings.get(0);
        let limit = "idle_in_transaction_session_timeout=60s".to_owned();
        assert!(settings.contains(&limit), "{settings:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_worker_blocks_others_for_seconds_and_is_rolled_back() {
    let database = TestDb::start().await;
    let (mut still, mut other) = (
        database.store.batch(BatchRole::Sender).await.unwrap(),
        database.store.batch(BatchRole::Sender).await.unwrap(),
    );
    let stands_still = still.begin().await.unwrap();
    stands_still.query_one(LOCK, &[]).await.unwrap();
    let goes_on = other.begin().await.unwrap();
    tokio::time::timeout(Duration::from_secs(30), goes_on.query_one(LOCK, &[]))
        .await
        .expect("the lock is free again")
        .unwrap();
    goes_on.commit().await.unwrap();
    let ended = stands_still.commit().await.unwrap_err();
    assert!(ended.is_unavailable(), "trying again helps: {ended:?}");
}
