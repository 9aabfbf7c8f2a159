//! Connections for requests, of which each business may use a share.

use std::time::Duration;

use sealing::MasterKeys;
use storage::{Login, StorageError, StorageSettings, Store};
use testkit::TestDb;

use crate::fixture::BusinessFixture;

#[tokio::test(flavor = "multi_thread")]
async fn a_business_at_its_share_waits_and_others_do_not() {
    let database = TestDb::start().await;
    let settings = StorageSettings {
        request_connections: 3,
        request_connections_per_business: 2,
        ..database.settings(Login::Gateway)
    };
    let (exhausted, other) = (
        BusinessFixture::open(&database).await,
        BusinessFixture::open(&database).await,
    );
    let master = MasterKeys::parse(&database.master_key).unwrap();
    let store = Store::new(&settings, master).unwrap();
    let (scope, others) = (store.business(exhausted.id), store.business(other.id));
    let held = (scope.begin().await.unwrap(), scope.begin().await.unwrap());
    let third = tokio::spawn({
        let scope = scope.clone();
        async move { scope.begin().await.map(drop) }
    });
    for _ in 0..3 {
        let transaction = tokio::time::timeout(Duration::from_secs(5), others.begin()).await;
        drop(
            transaction
                .expect("the other business does not wait")
                .unwrap(),
        );
    }
    // Reading the keys of the business does not count towards its share.
    scope.keys().await.unwrap();
    let refused = third.await.unwrap();
    assert!(
        matches!(refused, Err(StorageError::ShareExhausted)),
        "{refused:?}"
    );
    drop(held);
    scope.begin().await.unwrap();
}
