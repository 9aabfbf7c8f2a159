//! The connections for requests, of which each business may hold a share.

use std::time::Duration;

use sealing::MasterKeys;
use storage::{Login, StorageError, StorageSettings, Store};
use testkit::TestDb;

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn a_business_that_holds_its_share_waits_for_itself_and_nobody_else_does() {
    let database = TestDb::start().await;
    let settings = StorageSettings {
        request_connections: 3,
        request_connections_per_business: 2,
        ..database.settings(Login::Gateway)
    };
    let (greedy, other) = (Shop::open(&database).await, Shop::open(&database).await);
    let master = MasterKeys::parse(&database.master_key).unwrap();
    let store = Store::new(&settings, master).unwrap();
    let (scope, others) = (store.business(greedy.id), store.business(other.id));
    let held = (scope.begin().await.unwrap(), scope.begin().await.unwrap());
    let third = tokio::spawn({
        let scope = scope.clone();
        async move { scope.begin().await.map(drop) }
    });
    for _ in 0..3 {
        let begun = tokio::time::timeout(Duration::from_secs(5), others.begin()).await;
        drop(begun.expect("the other business does not wait").unwrap());
    }
    // Whoever holds the share may need the keys of the business.
    scope.keys().await.unwrap();
    let refused = third.await.unwrap();
    assert!(
        matches!(refused, Err(StorageError::ShareExhausted)),
        "{refused:?}"
    );
    drop(held);
    scope.begin().await.unwrap();
}
