//! The event feed: numbered without gaps, despite concurrent writers.

use common::feed::{FeedEvent, NumberEvent};
use storage::events::{self, FeedEntry};
use testkit::TestDb;
use tokio::task::JoinSet;

use crate::fixture::{BusinessFixture, now};

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_leave_no_gap_and_no_duplicate_number() {
    const REQUESTS: i64 = 12;
    let database = TestDb::start().await;
    let shop = BusinessFixture::open(&database).await;
    let now = now(&database).await;
    let mut requests = JoinSet::new();
    for request in 0..REQUESTS {
        let (scope, id) = (shop.scope.clone(), shop.id);
        requests.spawn(async move {
            let entry = |reason: &str| FeedEntry {
                business_id: id,
                event: FeedEvent::Number {
                    phone_number_id: "106540352242922".parse().unwrap(),
                    event: NumberEvent::Stopped {
                        reason: reason.to_owned(),
                    },
                },
                occurred_at: now,
            };
            let mut transaction = scope.begin().await.unwrap();
            events::append(
                &mut transaction,
                &scope,
                now,
                &[entry("first"), entry("second")],
            )
            .await
            .unwrap();
            // Some roll back.
            if request % 3 != 0 {
                transaction.commit().await.unwrap();
            }
        });
    }
    requests.join_all().await;
    let mut transaction = shop.scope.begin().await.unwrap();
    let all = events::list(&mut transaction, &shop.scope, 0, 100)
        .await
        .unwrap();
    let numbers: Vec<i64> = all.iter().map(|event| event.number).collect();
    let kept = REQUESTS * 2 / 3 * 2;
    assert_eq!(numbers, (1..=kept).collect::<Vec<_>>());
    assert!(
        all.chunks(2)
            .all(|pair| pair[0].data["reason"] == "first" && pair[1].data["reason"] == "second")
    );
    let rest = events::list(&mut transaction, &shop.scope, kept - 1, 100)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    let page = events::list(&mut transaction, &shop.scope, 3, 2)
        .await
        .unwrap();
    assert_eq!(
        page.iter().map(|event| event.number).collect::<Vec<_>>(),
        [4, 5]
    );
}
