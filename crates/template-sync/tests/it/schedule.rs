//! Which accounts are due, and which instance claims them.

use std::collections::HashSet;

use chrono::TimeDelta;
use common::clock::Clock;
use worker_storage::template_sync::{Account, SyncRun, claim_due};

use crate::fixture::{Fixture, connect, new_business};

async fn claim(fixture: &Fixture, limit: i64) -> Vec<SyncRun> {
    claim_due(
        &fixture.store(),
        fixture.clock.now(),
        TimeDelta::hours(1),
        limit,
    )
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_due_once_in_an_interval() {
    let fixture = Fixture::open().await;
    let [first] = claim(&fixture, 10).await.try_into().unwrap();
    assert_eq!(first.account, fixture.account);
    assert!(claim(&fixture, 10).await.is_empty());
    fixture.synchroniser().carry_out(&first).await.unwrap();
    fixture.clock.advance(TimeDelta::minutes(49));
    assert!(claim(&fixture, 10).await.is_empty());
    fixture.clock.advance(TimeDelta::minutes(11));
    assert_eq!(claim(&fixture, 10).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_failed_or_was_cut_off_is_due_again_soon() {
    let fixture = Fixture::open().await;
    assert_eq!(claim(&fixture, 10).await.len(), 1);
    fixture.clock.advance(TimeDelta::minutes(9));
    assert!(claim(&fixture, 10).await.is_empty());
    fixture.clock.advance(TimeDelta::minutes(1));
    let [again] = claim(&fixture, 10).await.try_into().unwrap();

    fixture.refuse_templates(1);
    fixture.synchroniser().carry_out(&again).await.unwrap();
    fixture.clock.advance(TimeDelta::minutes(10));
    assert_eq!(claim(&fixture, 10).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_instances_claim_distinct_accounts() {
    let fixture = Fixture::open().await;
    let store = &fixture.database.store;
    let business_id = new_business(store, fixture.clock.now()).await;
    for number in 0..19 {
        let account = Account {
            business_id,
            waba_id: format!("5{number:04}").parse().unwrap(),
        };
        connect(store, &account, "EAAsim", fixture.clock.now()).await;
    }
    let (other, now) = (fixture.database.another_store(), fixture.clock.now());
    let half = |store| async move {
        claim_due(store, now, TimeDelta::hours(1), 10)
            .await
            .unwrap()
    };
    let (first, second) = tokio::join!(half(store), half(&other));
    let third = claim(&fixture, 20).await;
    let claimed: Vec<_> = [first, second, third].concat();
    let distinct: HashSet<_> = claimed
        .iter()
        .map(|run| run.account.waba_id.as_str())
        .collect();
    assert_eq!((claimed.len(), distinct.len()), (20, 20));
}
