//! Sample files: the service reads and opens what the gateway stored.

use common::clock::Clock;
use common::ids::MediaId;
use common::media::MediaType;
use storage::media::{self, Media};
use worker_storage::template_publications::read_sample;

use crate::fixture::{Fixture, new_business};

/// More than one chunk.
const BYTES: usize = 3_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_file_is_read_under_the_login_of_the_service_and_by_its_business_alone() {
    let fixture = Fixture::open().await;
    let mut content = b"%PDF-1.7 ".to_vec();
    content.resize(BYTES, b'x');
    let new = Media {
        id: MediaId::new(fixture.clock.now()),
        media_type: MediaType::of_content_type("application/pdf").unwrap(),
        size_bytes: i32::try_from(BYTES).unwrap(),
        filename: None,
    };
    let business_id = fixture.account.business_id;
    let scope = fixture.database.store.business(business_id);
    let keys = scope.keys().await.unwrap();
    let mut transaction = scope.begin().await.unwrap();
    media::insert(&mut transaction, &scope, &keys, &new, &content)
        .await
        .unwrap();
    transaction.commit().await.unwrap();

    let sample = read_sample(&fixture.store(), business_id, new.id)
        .await
        .unwrap();
    let sample = sample.expect("it is stored");
    assert_eq!(sample.media_type.as_str(), "application/pdf");
    assert_eq!(sample.content, content);

    let other = new_business(&fixture.database.store, fixture.clock.now()).await;
    assert!(
        read_sample(&fixture.store(), other, new.id)
            .await
            .unwrap()
            .is_none()
    );
}
