//! Meta's updates of the numbers of an account.

use chrono::{DateTime, TimeDelta, Utc};
use common::messaging_limit::MessagingLimit;
use testkit::TestDb;
use worker_storage::project::{LimitsOutcome, LimitsUpdate, apply_limits};

use crate::fixture::{BusinessFixture, now};

fn said(waba_id: &str, at: DateTime<Utc>, limit: MessagingLimit) -> LimitsUpdate {
    LimitsUpdate {
        waba_id: waba_id.parse().unwrap(),
        occurred_at: at,
        messaging_limit: Some(limit),
    }
}

async fn waba(database: &TestDb, shop: &BusinessFixture) -> String {
    let sql = "select waba_id from phone_numbers where business_id = $1";
    let admin = database.admin().await;
    let row = admin.query_one(sql, &[&shop.id.as_uuid()]).await;
    row.unwrap().get(0)
}

/// The messaging limit, and whether a refresh of the number was requested.
async fn stored(database: &TestDb, shop: &BusinessFixture) -> (String, bool) {
    let sql = "select messaging_limit, refresh_requested_at is not null from phone_numbers where business_id = $1";
    let admin = database.admin().await;
    let row = admin.query_one(sql, &[&shop.id.as_uuid()]).await.unwrap();
    (row.get(0), row.get(1))
}

async fn count_limit_events(database: &TestDb) -> i64 {
    let sql = "select count(*) from events where type = 'number.limits_changed'";
    let admin = database.admin().await;
    admin.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_messaging_limit_applies_in_any_order() {
    let database = TestDb::start().await;
    let (shop, other) = (
        BusinessFixture::open(&database).await,
        BusinessFixture::open(&database).await,
    );
    let (account, at) = (waba(&database, &shop).await, now(&database).await);
    let newer = said(&account, at, MessagingLimit::People(2_000));
    let older = said(
        &account,
        at - TimeDelta::seconds(1),
        MessagingLimit::People(250),
    );
    for (updates, changed) in [
        (vec![newer.clone()], 1),
        (vec![newer.clone()], 0),
        (vec![older.clone(), older], 0),
    ] {
        let outcome = apply_limits(&shop.store, &updates, at).await.unwrap();
        let expected = LimitsOutcome {
            changed,
            to_read: 1,
            foreign: 0,
        };
        assert_eq!(outcome, expected);
        assert_eq!(stored(&database, &shop).await, ("TIER_2K".to_owned(), true));
    }
    assert_eq!(count_limit_events(&database).await, 1);
    let untouched = ("TIER_UNLIMITED".to_owned(), false);
    assert_eq!(stored(&database, &other).await, untouched);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_without_a_limit_requests_a_refresh_and_an_unknown_one_is_counted() {
    let database = TestDb::start().await;
    let shop = BusinessFixture::open(&database).await;
    let at = now(&database).await;
    let flagged = LimitsUpdate {
        waba_id: waba(&database, &shop).await.parse().unwrap(),
        occurred_at: at,
        messaging_limit: None,
    };
    let foreign = said("1", at, MessagingLimit::People(250));
    let outcome = apply_limits(&shop.store, &[flagged, foreign], at)
        .await
        .unwrap();
    assert_eq!((outcome.to_read, outcome.foreign), (1, 1));
    let expected = ("TIER_UNLIMITED".to_owned(), true);
    assert_eq!(stored(&database, &shop).await, expected);
    assert_eq!(count_limit_events(&database).await, 0);
}
