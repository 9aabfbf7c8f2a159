//! A number is read from Meta again when a webhook requests it, and periodically.

use chrono::TimeDelta;
use common::message::HeldReason;
use common::template::Category;
use meta_sim::{NumberChange, sample};
use sender::SenderSettings;
use testkit::eventually;
use worker_storage::number_refresh::{self, ReadOutcome, Reading};

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

fn reading() -> SenderSettings {
    let mut settings = quick();
    settings.number_refresh.every_ms = 20;
    settings
}

const NUMBER_STATE: &str =
    "select quality_rating || ' ' || throughput_level || ' ' || messaging_limit from phone_numbers";

async fn until_refreshed(fixture: &Fixture, expected: &str) {
    eventually("the number was refreshed", TIMEOUT, async || {
        let row = fixture.admin.query_one(NUMBER_STATE, &[]).await.unwrap();
        (row.get::<_, String>(0) == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_refreshed_on_a_webhook_and_after_an_hour() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(reading());
    let change = |quality: &str| NumberChange {
        phone_number_id: sample::PHONE_NUMBER_ID.to_owned(),
        quality_rating: Some(quality.to_owned()),
        throughput: Some("HIGH".to_owned()),
        messaging_limit: Some("TIER_10K".to_owned()),
        event: None,
    };
    fixture.meta.change_number(&change("RED")).unwrap();
    fixture
        .sql("update phone_numbers set refresh_requested_at = now()")
        .await;
    until_refreshed(&fixture, "RED HIGH TIER_10K").await;
    fixture.meta.change_number(&change("GREEN")).unwrap();
    fixture
        .sql("update phone_numbers set refreshed_at = now() - interval '61 minutes'")
        .await;
    until_refreshed(&fixture, "GREEN HIGH TIER_10K").await;
    sender.stop().await;
    let sql = "select count(*) from events where type = 'number.limits_changed'";
    let row = fixture.admin.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_stops_the_number() {
    let fixture = Fixture::start().await;
    fixture.keep_token(sample::EXPIRED_TOKEN).await;
    fixture
        .sql("update phone_numbers set refresh_requested_at = now()")
        .await;
    let sender = fixture.send(reading());
    eventually("the number is stopped", TIMEOUT, async || {
        let row = fixture
            .admin
            .query_one("select connection from phone_numbers", &[])
            .await;
        (row.unwrap().get::<_, i16>(0) == 2).then_some(())
    })
    .await;
    let id = fixture.order(Category::Utility, AWA).await;
    fixture.until_held(id, HeldReason::NumberStopped).await;
    assert_eq!(fixture.copies(id), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_older_than_a_webhook_is_not_stored() {
    let fixture = Fixture::start().await;
    fixture
        .sql("update phone_numbers set refresh_requested_at = now()")
        .await;
    let store = &fixture.db.store;
    let due = number_refresh::due(store, fixture.now() - TimeDelta::hours(1), 10)
        .await
        .unwrap();
    fixture
        .sql("update phone_numbers set refresh_requested_at = refresh_requested_at + interval '1 second'")
        .await;
    let reading = Reading {
        quality_rating: Some("RED".to_owned()),
        ..Reading::default()
    };
    let outcome = number_refresh::write(store, fixture.now(), &due[0], &reading).await;
    assert_eq!(outcome.unwrap(), ReadOutcome::Overtaken);
    until_refreshed(&fixture, "GREEN STANDARD TIER_UNLIMITED").await;
}
