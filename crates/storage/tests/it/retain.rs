//! What is past its time goes, and nothing else.

use chrono::{Months, TimeDelta};
use storage::batch::accept::commit;
use storage::batch::retain::{
    ShortLived, conservation_difference, drop_partition, make_partitions, partitions, purge,
};
use testkit::TestDb;

use crate::shop::{Order, Shop, now, rows};

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_of_a_one_time_code_are_gone_after_their_five_minutes() {
    let database = TestDb::start().await;
    let (shop, at) = (Shop::open(&database).await, now(&database).await);
    let order = Order {
        category: common::template::Category::Authentication,
        ..Order::default()
    };
    commit(&shop.store, at, &[shop.call(at, &order).await])
        .await
        .unwrap();
    let later = |seconds| {
        purge(
            &shop.store,
            ShortLived::OtpSecrets,
            at + TimeDelta::seconds(seconds),
        )
    };
    assert_eq!(later(299).await.unwrap(), 0);
    assert_eq!(later(301).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_lives_for_seven_days() {
    let database = TestDb::start().await;
    let (shop, at) = (Shop::open(&database).await, now(&database).await);
    commit(&shop.store, at, &[shop.call(at, &Order::default()).await])
        .await
        .unwrap();
    let after = |days| {
        purge(
            &shop.store,
            ShortLived::IdempotencyKeys,
            at + TimeDelta::days(days),
        )
    };
    assert_eq!(after(6).await.unwrap(), 0);
    assert_eq!(after(8).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_forgotten_when_it_is_worth_nothing_any_more() {
    let database = TestDb::start().await;
    let (shop, at) = (Shop::open(&database).await, now(&database).await);
    let insert = "insert into media_uploads (business_id, media_id, phone_number_id, meta_media_id, expires_at)
        select business_id, first_uuid_at(now()), phone_number_id, '1037543291543636', $1 from phone_numbers";
    let admin = database.admin().await;
    let end = at + TimeDelta::days(28);
    assert_eq!(admin.execute(insert, &[&end]).await.unwrap(), 1);
    let after = |days| {
        let day = at + TimeDelta::days(days);
        purge(&shop.store, ShortLived::MediaUploads, day)
    };
    assert_eq!(after(27).await.unwrap(), 0);
    assert_eq!(after(29).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_month_takes_its_messages_out_of_the_count_and_of_what_is_due() {
    let database = TestDb::start().await;
    let (shop, at) = (Shop::open(&database).await, now(&database).await);
    commit(&shop.store, at, &[shop.call(at, &Order::default()).await])
        .await
        .unwrap();
    assert_eq!(conservation_difference(&shop.store).await.unwrap(), 0);
    database
        .admin()
        .await
        .execute(
            "update accepted_counts set accepted = accepted + 1 where slot = 1",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(conservation_difference(&shop.store).await.unwrap(), 1);
    let due = "insert into due_messages (business_id, message_id, phone_number_id, lane, kind)
        select business_id, id, phone_number_id, lane, 4 from messages
        union all select business_id, first_uuid_at(now() - interval '1 year'), phone_number_id, lane, 4 from messages";
    assert_eq!(database.admin().await.execute(due, &[]).await.unwrap(), 2);
    let all = partitions(&shop.store).await.unwrap();
    let month = all
        .iter()
        .find(|partition| partition.parent == "messages")
        .unwrap();
    drop_partition(&shop.store, month).await.unwrap();
    assert_eq!(conservation_difference(&shop.store).await.unwrap(), 1);
    assert_eq!(rows(&database, &["due_messages"]).await["due_messages"], 1);
    let left = partitions(&shop.store).await.unwrap();
    assert_eq!(left.len(), all.len() - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn months_are_made_ahead_once() {
    let database = TestDb::start().await;
    let ahead = now(&database).await + Months::new(4);
    assert_eq!(make_partitions(&database.store, ahead).await.unwrap(), 12);
    assert_eq!(make_partitions(&database.store, ahead).await.unwrap(), 0);
}
