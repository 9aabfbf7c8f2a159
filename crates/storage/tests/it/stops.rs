//! A number is stopped only for the token that Meta refused: it may be reconnected with another one concurrently.

use std::time::Duration;

use common::message::PostOutcome;
use storage::StorageError;
use testkit::{TestDb, eventually};
use worker_storage::accept::commit;
use worker_storage::results::{Answer, AnswerDetail, Stop, record};
use worker_storage::template_sync::{self, Account};

use crate::fixture::{BusinessFixture, Order, id_of, now};

/// The statements of connecting a number, in their order: the number, then its token.
const WRITE_NUMBER: &str = "begin; update phone_numbers set connection = 1";
const WRITE_TOKEN: &str =
    "update access_tokens set token_sealed = '\\x02', fingerprint = 'new'; commit";

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_the_token_before_stops_no_number_that_is_being_connected() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    give_token(&database, &shop, b"\x01").await;
    let call = shop.call(at, &Order::default()).await;
    let refused = Answer {
        business_id: shop.id,
        message_id: id_of(&call),
        attempt: 1,
        outcome: PostOutcome::NumberStopped,
        wamid: None,
        detail: AnswerDetail::default(),
        again_in: Duration::ZERO,
        stop: Some(Stop::Number {
            phone_number_id: shop.number().parse().unwrap(),
            token_fingerprint: "old".to_owned(),
            reason: "the token has expired".to_owned(),
        }),
        throttled: None,
        recipient: None,
        ended_at: at,
    };
    commit(&shop.store, at, &[call]).await.unwrap();
    let store = shop.store.clone();
    let stopped = connected_meanwhile(&database, async move {
        let recorded = Box::pin(record(&store, at, &[refused])).await?;
        Ok(recorded.stopped_numbers)
    })
    .await;
    assert_eq!((stopped, connection(&database).await), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronisation_with_the_token_before_stops_no_number_that_is_being_connected() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let keys = shop.scope.keys().await.unwrap();
    let account = account(&database, &shop).await;
    let seal_context = storage::seal_contexts::access_token(shop.id, &account.waba_id);
    give_token(&database, &shop, &keys.seal(&seal_context, b"old").unwrap()).await;
    let store = shop.store.clone();
    let run = template_sync::begin(&store, &account, at)
        .await
        .unwrap()
        .unwrap();
    let token = template_sync::token(&store, &account)
        .await
        .unwrap()
        .unwrap();
    let stopped = connected_meanwhile(&database, async move {
        template_sync::stop_numbers(&store, &run.account, &token, "the token has expired", at).await
    })
    .await;
    assert_eq!((stopped, connection(&database).await), (0, 1));
}

/// The number of numbers stopped by `stop` while the number is being connected with another token.
async fn connected_meanwhile(
    database: &TestDb,
    stop: impl Future<Output = Result<usize, StorageError>> + Send + 'static,
) -> usize {
    let admin = database.admin().await;
    admin.batch_execute(WRITE_NUMBER).await.unwrap();
    let stopping = tokio::spawn(stop);
    let waiting = async || {
        let sql = "select count(*) from pg_stat_activity
            where wait_event_type = 'Lock' and datname = current_database()";
        let waiting: i64 = admin.query_one(sql, &[]).await.unwrap().get(0);
        (waiting > 0).then_some(())
    };
    eventually("the stop waits", Duration::from_secs(10), waiting).await;
    admin.batch_execute(WRITE_TOKEN).await.unwrap();
    stopping.await.unwrap().unwrap()
}

async fn account(database: &TestDb, shop: &BusinessFixture) -> Account {
    let row = database
        .admin()
        .await
        .query_one("select waba_id from wabas", &[])
        .await
        .unwrap();
    Account {
        business_id: shop.id,
        waba_id: row.get::<_, String>(0).parse().unwrap(),
    }
}

async fn give_token(database: &TestDb, shop: &BusinessFixture, sealed: &[u8]) {
    let sql = "insert into access_tokens select $1, waba_id, $2, 'old', null, now() from wabas";
    let admin = database.admin().await;
    admin
        .execute(sql, &[&shop.id.as_uuid(), &sealed])
        .await
        .unwrap();
}

/// 1 connected, 2 stopped.
async fn connection(database: &TestDb) -> i16 {
    let sql = "select connection from phone_numbers";
    database
        .admin()
        .await
        .query_one(sql, &[])
        .await
        .unwrap()
        .get(0)
}
