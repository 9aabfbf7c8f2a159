//! The effect of one run on the stored templates.

use chrono::TimeDelta;
use common::clock::Clock;
use common::ids::BusinessId;
use common::secret::AccessToken;
use meta_sim::sample;
use storage::templates::{self, TemplateFilter};
use template_sync::Ending;
use worker_storage::template_sync::{self as storage_sync, Account};

use crate::fixture::{Fixture, new_business};

const CONNECTED: i16 = 1;
const STOPPED: i16 = 2;
const ACCEPTED: i16 = 1;
const HELD: i16 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn every_template_of_the_account_is_stored_and_listed() {
    let fixture = Fixture::open().await;
    assert_eq!(
        fixture
            .synchroniser()
            .synchronise(&fixture.account)
            .await
            .unwrap(),
        Ending::Written
    );
    assert!(fixture.synced_at().await.is_some());
    assert_eq!(fixture.sync_error().await, None);

    let token = AccessToken::new(sample::TOKEN.to_owned());
    let listed = fixture
        .cloud_api()
        .templates(&token, &fixture.account.waba_id)
        .await
        .result
        .unwrap();
    let mut at_meta: Vec<_> = listed
        .into_iter()
        .map(|node| (node.name, node.language, node.id))
        .collect();
    at_meta.sort();
    let scope = fixture.database.store.business(fixture.account.business_id);
    let mut transaction = scope.begin().await.unwrap();
    let (mut stored, mut filter) = (Vec::new(), TemplateFilter::default());
    loop {
        let page = templates::list(&mut transaction, &scope, &filter, 7)
            .await
            .unwrap();
        stored.extend(
            page.items
                .into_iter()
                .map(|item| (item.name, item.language, item.template_id)),
        );
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    assert!(at_meta.len() > 25);
    assert_eq!(stored, at_meta);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_without_changes_writes_no_event() {
    let fixture = Fixture::open().await;
    let synchroniser = fixture.synchroniser();
    synchroniser.synchronise(&fixture.account).await.unwrap();
    let first = fixture.synced_at().await;
    fixture.clock.advance(TimeDelta::minutes(1));
    synchroniser.synchronise(&fixture.account).await.unwrap();
    assert!(fixture.synced_at().await > first);
    assert!(fixture.events("template.status_changed").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_changes_disappears_and_comes_back_is_followed() {
    let fixture = Fixture::open().await;
    let synchroniser = fixture.synchroniser();
    fixture.put_template("essai_ticket", "PENDING");
    synchroniser.synchronise(&fixture.account).await.unwrap();
    fixture.put_template("essai_ticket", "APPROVED");
    synchroniser.synchronise(&fixture.account).await.unwrap();
    assert_eq!(fixture.statuses("essai_ticket").await, ["APPROVED"]);

    fixture.sim.reset().unwrap();
    synchroniser.synchronise(&fixture.account).await.unwrap();
    assert_eq!(fixture.statuses("essai_ticket").await, ["DELETED"]);

    // The simulator may give it the id of the stored one: make sure that they differ.
    fixture.put_template("essai_avant", "APPROVED");
    fixture.put_template("essai_ticket", "APPROVED");
    synchroniser.synchronise(&fixture.account).await.unwrap();
    let mut statuses = fixture.statuses("essai_ticket").await;
    statuses.sort();
    assert_eq!(statuses, ["APPROVED", "DELETED"]);

    let told: Vec<_> = fixture
        .events("template.status_changed")
        .await
        .iter()
        .map(|data| (data["previous_status"].clone(), data["status"].clone()))
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|(from, to)| (from.as_str().unwrap(), to.as_str().unwrap()))
        .collect();
    assert_eq!(told, [("PENDING", "APPROVED"), ("APPROVED", "DELETED")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_at_meta_keeps_the_templates_and_records_the_reason() {
    let fixture = Fixture::open().await;
    let synchroniser = fixture.synchroniser();
    fixture.put_template("essai_ticket", "APPROVED");
    synchroniser.synchronise(&fixture.account).await.unwrap();
    let synced_at = fixture.synced_at().await;

    fixture.refuse_templates(80_008);
    assert_eq!(
        synchroniser.synchronise(&fixture.account).await.unwrap(),
        Ending::Failed
    );
    assert_eq!(fixture.statuses("essai_ticket").await, ["APPROVED"]);
    assert_eq!(fixture.synced_at().await, synced_at);
    assert!(
        fixture
            .sync_error()
            .await
            .unwrap()
            .contains("repeated automatically")
    );
    assert_eq!(fixture.number().await, (CONNECTED, None));

    fixture.sim.clear_scripts();
    fixture.clock.advance(TimeDelta::minutes(11));
    assert_eq!(
        synchroniser.synchronise(&fixture.account).await.unwrap(),
        Ending::Written
    );
    assert_eq!(fixture.sync_error().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_stops_the_numbers_once() {
    let fixture = Fixture::open().await;
    fixture.connect(sample::EXPIRED_TOKEN).await;
    let synchroniser = fixture.synchroniser();
    for _ in 0..2 {
        assert_eq!(
            synchroniser.synchronise(&fixture.account).await.unwrap(),
            Ending::Failed
        );
    }
    let (connection, reason) = fixture.number().await;
    assert_eq!(connection, STOPPED);
    assert!(reason.unwrap().contains("connect the number again"));
    assert!(fixture.sync_error().await.unwrap().contains("new token"));
    let told = fixture.events("number.stopped").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["phone_number_id"], sample::PHONE_NUMBER_ID);
    assert!(!told[0].to_string().contains(sample::EXPIRED_TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_stops_no_number() {
    let fixture = Fixture::open().await;
    fixture.refuse_templates(200);
    assert_eq!(
        fixture
            .synchroniser()
            .synchronise(&fixture.account)
            .await
            .unwrap(),
        Ending::Failed
    );
    assert!(
        fixture
            .sync_error()
            .await
            .unwrap()
            .contains("whatsapp_business_management")
    );
    assert_eq!(fixture.number().await, (CONNECTED, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_replaced_meanwhile_stops_nothing() {
    let fixture = Fixture::open().await;
    let (store, now) = (&fixture.database.store, fixture.clock.now());
    let run = storage_sync::begin(store, &fixture.account, now)
        .await
        .unwrap()
        .unwrap();
    let refused = storage_sync::token(store, &fixture.account)
        .await
        .unwrap()
        .unwrap();
    fixture.connect(sample::TOKEN).await;
    assert_eq!(
        storage_sync::stop_numbers(store, &run.account, &refused, "refused", now)
            .await
            .unwrap(),
        0
    );
    assert_eq!(fixture.number().await, (CONNECTED, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_held_for_a_template_are_released_when_it_is_sendable() {
    let fixture = Fixture::open().await;
    let synchroniser = fixture.synchroniser();
    fixture.put_template("essai_promo", "PAUSED");
    fixture.put_template("essai_ticket", "APPROVED");
    synchroniser.synchronise(&fixture.account).await.unwrap();
    let (promo, ticket) = (
        fixture.template_id("essai_promo").await,
        fixture.template_id("essai_ticket").await,
    );
    let waits_for_promo = fixture.hold_message(&promo, 3).await;
    let waits_for_ticket = fixture.hold_message(&ticket, 3).await;
    let waits_for_number = fixture.hold_message(&ticket, 1).await;

    synchroniser.synchronise(&fixture.account).await.unwrap();
    assert_eq!(fixture.message(waits_for_ticket).await, (ACCEPTED, 2, true));
    assert_eq!(fixture.message(waits_for_promo).await, (HELD, 4, false));
    assert_eq!(fixture.message(waits_for_number).await, (HELD, 4, false));

    fixture.put_template("essai_promo", "APPROVED");
    synchroniser.synchronise(&fixture.account).await.unwrap();
    assert_eq!(fixture.message(waits_for_promo).await, (ACCEPTED, 2, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_run_writes_nothing_after_a_newer_one_began() {
    let fixture = Fixture::open().await;
    let (store, synchroniser) = (&fixture.database.store, fixture.synchroniser());
    let now = fixture.clock.now();
    let older = storage_sync::begin(store, &fixture.account, now)
        .await
        .unwrap()
        .unwrap();
    let newer = storage_sync::begin(store, &fixture.account, now)
        .await
        .unwrap()
        .unwrap();
    assert!(newer.started_at > older.started_at);
    assert_eq!(
        synchroniser.carry_out(&older).await.unwrap(),
        Ending::Superseded
    );
    assert_eq!(fixture.synced_at().await, None);
    assert_eq!(
        synchroniser.carry_out(&newer).await.unwrap(),
        Ending::Written
    );
    storage_sync::fail(store, &older, "too late").await.unwrap();
    assert_eq!(fixture.sync_error().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_of_another_business_is_not_synchronised() {
    let fixture = Fixture::open().await;
    fixture.refuse_templates(200);
    let foreign = Account {
        business_id: new_business(&fixture.database.store, fixture.clock.now()).await,
        waba_id: fixture.account.waba_id.clone(),
    };
    let unknown = Account {
        business_id: BusinessId::new(fixture.clock.now()),
        ..foreign.clone()
    };
    for account in [foreign, unknown] {
        assert_eq!(
            fixture.synchroniser().synchronise(&account).await.unwrap(),
            Ending::NotConnected
        );
    }
    assert_eq!(fixture.synced_at().await, None);
    assert!(
        fixture.sim.stats().refused_by_code.is_empty(),
        "Meta was called"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_token_is_recorded() {
    let fixture = Fixture::open().await;
    fixture
        .admin
        .execute("delete from access_tokens", &[])
        .await
        .unwrap();
    assert_eq!(
        fixture
            .synchroniser()
            .synchronise(&fixture.account)
            .await
            .unwrap(),
        Ending::NotConnected
    );
    assert!(
        fixture
            .sync_error()
            .await
            .unwrap()
            .contains("no access token")
    );
}
