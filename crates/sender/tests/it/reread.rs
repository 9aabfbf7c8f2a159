//! A number is read from Meta again when a webhook asked for it, and once in a while.

use chrono::TimeDelta;
use common::message::HeldReason;
use common::template::Category;
use meta_sim::{NumberChange, sample};
use sender::SenderSettings;
use storage::batch::reread::{self, ReadOutcome, Reading};
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

fn reading() -> SenderSettings {
    let mut settings = quick();
    settings.reread.every_ms = 20;
    settings
}

const WORDS: &str =
    "select quality_rating || ' ' || throughput_level || ' ' || messaging_limit from phone_numbers";

async fn until_known(stand: &Stand, words: &str) {
    eventually("the number is known anew", PATIENCE, async || {
        let row = stand.admin.query_one(WORDS, &[]).await.unwrap();
        (row.get::<_, String>(0) == words).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_says_of_a_number_is_known_when_a_webhook_asked_for_it_and_after_an_hour() {
    let stand = Stand::start().await;
    let sender = stand.send(reading());
    let change = |quality: &str| NumberChange {
        phone_number_id: sample::PHONE_NUMBER_ID.to_owned(),
        quality_rating: Some(quality.to_owned()),
        throughput: Some("HIGH".to_owned()),
        messaging_limit: Some("TIER_10K".to_owned()),
        event: None,
    };
    stand.meta.change_number(&change("RED")).unwrap();
    stand
        .sql("update phone_numbers set reread_asked_at = now()")
        .await;
    until_known(&stand, "RED HIGH TIER_10K").await;
    stand.meta.change_number(&change("GREEN")).unwrap();
    stand
        .sql("update phone_numbers set read_at = now() - interval '61 minutes'")
        .await;
    until_known(&stand, "GREEN HIGH TIER_10K").await;
    sender.stop().await;
    let told = "select count(*) from events where type = 'number.limits_changed'";
    let row = stand.admin.query_one(told, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_stops_the_number() {
    let stand = Stand::start().await;
    stand.keep_token(sample::EXPIRED_TOKEN).await;
    stand
        .sql("update phone_numbers set reread_asked_at = now()")
        .await;
    let sender = stand.send(reading());
    eventually("the number is stopped", PATIENCE, async || {
        let row = stand
            .admin
            .query_one("select connection from phone_numbers", &[])
            .await;
        (row.unwrap().get::<_, i16>(0) == 2).then_some(())
    })
    .await;
    let id = stand.order(Category::Utility, AWA).await;
    stand.until_held(id, HeldReason::NumberStopped).await;
    assert_eq!(stand.copies(id), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_a_webhook_overtook_is_not_stored() {
    let stand = Stand::start().await;
    stand
        .sql("update phone_numbers set reread_asked_at = now()")
        .await;
    let store = &stand.db.store;
    let due = reread::due(store, stand.now() - TimeDelta::hours(1), 10)
        .await
        .unwrap();
    stand
        .sql("update phone_numbers set reread_asked_at = reread_asked_at + interval '1 second'")
        .await;
    let reading = Reading {
        quality_rating: Some("RED".to_owned()),
        ..Reading::default()
    };
    let outcome = reread::write(store, stand.now(), &due[0], &reading).await;
    assert_eq!(outcome.unwrap(), ReadOutcome::Overtaken);
    until_known(&stand, "GREEN STANDARD TIER_UNLIMITED").await;
}
