//! Which accounts are due, and who gets them.

use std::collections::HashSet;

use chrono::TimeDelta;
use common::clock::Clock;
use storage::batch::template_sync::{Account, SyncRun, claim_due};

use crate::shop::{Shop, connect, new_business};

async fn claim(shop: &Shop, limit: i64) -> Vec<SyncRun> {
    claim_due(&shop.store(), shop.clock.now(), TimeDelta::hours(1), limit)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_due_once_in_an_interval() {
    let shop = Shop::open().await;
    let [first] = claim(&shop, 10).await.try_into().unwrap();
    assert_eq!(first.account, shop.account);
    assert!(claim(&shop, 10).await.is_empty());
    shop.synchroniser().carry_out(&first).await.unwrap();
    shop.clock.advance(TimeDelta::minutes(49));
    assert!(claim(&shop, 10).await.is_empty());
    shop.clock.advance(TimeDelta::minutes(11));
    assert_eq!(claim(&shop, 10).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_failed_or_was_cut_off_is_due_again_soon() {
    let shop = Shop::open().await;
    assert_eq!(claim(&shop, 10).await.len(), 1);
    shop.clock.advance(TimeDelta::minutes(9));
    assert!(claim(&shop, 10).await.is_empty());
    shop.clock.advance(TimeDelta::minutes(1));
    let [again] = claim(&shop, 10).await.try_into().unwrap();

    shop.refuse_templates(1);
    shop.synchroniser().carry_out(&again).await.unwrap();
    shop.clock.advance(TimeDelta::minutes(10));
    assert_eq!(claim(&shop, 10).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_instances_share_the_accounts_and_none_gets_one_twice() {
    let shop = Shop::open().await;
    let store = &shop.database.store;
    let business_id = new_business(store, shop.clock.now()).await;
    for number in 0..19 {
        let account = Account {
            business_id,
            waba_id: format!("5{number:04}").parse().unwrap(),
        };
        connect(store, &account, "EAAsim", shop.clock.now()).await;
    }
    let (other, now) = (shop.database.another_store(), shop.clock.now());
    let half = |store| async move {
        claim_due(store, now, TimeDelta::hours(1), 10)
            .await
            .unwrap()
    };
    let (first, second) = tokio::join!(half(store), half(&other));
    let third = claim(&shop, 20).await;
    let claimed: Vec<_> = [first, second, third].concat();
    let distinct: HashSet<_> = claimed
        .iter()
        .map(|run| run.account.waba_id.as_str())
        .collect();
    assert_eq!((claimed.len(), distinct.len()), (20, 20));
}
