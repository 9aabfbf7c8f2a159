//! Template statuses from webhooks, alongside the synchronisation.

use chrono::{DateTime, TimeDelta, Utc};
use common::ids::TemplateId;
use common::template::{Category, TemplateStatus};
use storage::templates::Template;
use testkit::TestDb;
use worker_storage::project::{
    TemplateStatusOutcome, TemplateStatusUpdate, apply_template_statuses,
};
use worker_storage::template_sync::{self, Account, SyncChanges};

use crate::fixture::{BusinessFixture, now};

async fn account(database: &TestDb, shop: &BusinessFixture) -> Account {
    let sql = "select waba_id from templates where template_id = $1";
    let admin = database.admin().await;
    let row = admin.query_one(sql, &[&shop.template()]).await.unwrap();
    Account {
        business_id: shop.id,
        waba_id: row.get::<_, &str>(0).parse().unwrap(),
    }
}

fn update(
    account: &Account,
    shop: &BusinessFixture,
    status: &str,
    at: DateTime<Utc>,
) -> TemplateStatusUpdate {
    TemplateStatusUpdate {
        waba_id: account.waba_id.clone(),
        template_id: Some(shop.template().parse().unwrap()),
        name: String::new(),
        language: String::new(),
        status: TemplateStatus::from_meta(status),
        occurred_at: at,
    }
}

async fn status(database: &TestDb, shop: &BusinessFixture) -> String {
    let sql = "select status from templates where template_id = $1";
    let admin = database.admin().await;
    let row = admin.query_one(sql, &[&shop.template()]).await.unwrap();
    row.get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_status_holds_in_whatever_order_webhooks_come() {
    let database = TestDb::start().await;
    let shop = BusinessFixture::open(&database).await;
    let (account, at) = (account(&database, &shop).await, now(&database).await);
    let later = |seconds| at + TimeDelta::seconds(seconds);
    let paused = update(&account, &shop, "PAUSED", later(1));
    let approved = update(&account, &shop, "APPROVED", later(2));
    let apply = async |updates: &[TemplateStatusUpdate]| {
        apply_template_statuses(&shop.store, updates, at)
            .await
            .unwrap()
    };
    let outcome = apply(std::slice::from_ref(&paused)).await;
    assert_eq!((outcome.changed, outcome.sendable.len()), (1, 0));
    assert_eq!(status(&database, &shop).await, "PAUSED");
    let template_id: TemplateId = shop.template().parse().unwrap();
    let outcome = apply(std::slice::from_ref(&approved)).await;
    assert_eq!(outcome.changed, 1);
    assert_eq!(outcome.sendable, [(account.clone(), template_id.clone())]);
    let outcome = apply(&[paused]).await;
    assert_eq!((outcome.changed, outcome.outdated), (0, 1));
    assert_eq!(status(&database, &shop).await, "APPROVED");
    // Repeating it changes nothing, and returns messages that may still be waiting.
    let outcome = apply(&[approved]).await;
    assert_eq!(outcome.sendable, [(account.clone(), template_id)]);
    assert_eq!(outcome.changed, 0);
    let by_name = TemplateStatusUpdate {
        template_id: None,
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
        ..update(&account, &shop, "DISABLED", later(3))
    };
    let stranger = TemplateStatusUpdate {
        waba_id: "1".parse().unwrap(),
        ..by_name.clone()
    };
    let outcome = apply(&[stranger, by_name]).await;
    let expected = TemplateStatusOutcome {
        changed: 1,
        unknown: 1,
        ..TemplateStatusOutcome::default()
    };
    assert_eq!(outcome, expected);
    let events = "select count(*) from events where type = 'template.status_changed'";
    let admin = database.admin().await;
    let reported: i64 = admin.query_one(events, &[]).await.unwrap().get(0);
    assert_eq!(reported, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_webhook_of_last_week_reopens_nothing() {
    let database = TestDb::start().await;
    let shop = BusinessFixture::open(&database).await;
    let (account, at) = (account(&database, &shop).await, now(&database).await);
    for word in ["APPROVED", "PAUSED"] {
        let old = update(&account, &shop, word, at - TimeDelta::days(6));
        let outcome = apply_template_statuses(&shop.store, &[old], at).await;
        assert_eq!(outcome.unwrap().outdated, 1, "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronisation_that_read_before_the_pause_does_not_undo_it() {
    let database = TestDb::start().await;
    let shop = BusinessFixture::open(&database).await;
    let (account, at) = (account(&database, &shop).await, now(&database).await);
    let begun = template_sync::begin(&shop.store, &account, at).await;
    let run = begun.unwrap().unwrap();
    let paused = update(&account, &shop, "PAUSED", at + TimeDelta::seconds(1));
    apply_template_statuses(&shop.store, &[paused], at)
        .await
        .unwrap();
    let listed = Template {
        template_id: shop.template().parse().unwrap(),
        waba_id: account.waba_id.clone(),
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
        category: Category::Utility,
        status: TemplateStatus::Approved,
        parameter_format: "POSITIONAL".to_owned(),
        components: serde_json::json!([]),
        quality_score: None,
        rejected_reason: None,
        synced_at: at,
    };
    let write = async |run: &template_sync::SyncRun| {
        let listed = vec![listed.clone()];
        let changes = |_: &[template_sync::KnownTemplate]| SyncChanges {
            listed,
            ..SyncChanges::default()
        };
        let written = template_sync::write(&shop.store, run, at, changes).await;
        assert!(written.unwrap());
    };
    write(&run).await;
    assert_eq!(status(&database, &shop).await, "PAUSED");
    let begun = template_sync::begin(&shop.store, &account, at + TimeDelta::seconds(2)).await;
    write(&begun.unwrap().unwrap()).await;
    assert_eq!(status(&database, &shop).await, "APPROVED");
}
