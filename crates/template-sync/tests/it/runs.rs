//! What one run makes of what Meta lists.

use chrono::TimeDelta;
use common::clock::Clock;
use common::ids::BusinessId;
use common::secret::AccessToken;
use meta_sim::sample;
use storage::batch::template_sync::{self as storage_sync, Account};
use storage::templates::{self, TemplateFilter};
use template_sync::Ending;

use crate::shop::{Shop, new_business};

const CONNECTED: i16 = 1;
const STOPPED: i16 = 2;
const ACCEPTED: i16 = 1;
const HELD: i16 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn every_template_of_the_account_is_stored_and_listed() {
    let shop = Shop::open().await;
    assert_eq!(
        shop.synchroniser()
            .synchronise(&shop.account)
            .await
            .unwrap(),
        Ending::Written
    );
    assert!(shop.synced_at().await.is_some());
    assert_eq!(shop.sync_error().await, None);

    let token = AccessToken::new(sample::TOKEN.to_owned());
    let listed = shop
        .cloud_api()
        .templates(&token, &shop.account.waba_id)
        .await
        .unwrap();
    let mut at_meta: Vec<_> = listed
        .into_iter()
        .map(|node| (node.name, node.language, node.id))
        .collect();
    at_meta.sort();
    let scope = shop.database.store.business(shop.account.business_id);
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
async fn a_second_run_that_finds_nothing_new_tells_nothing() {
    let shop = Shop::open().await;
    let synchroniser = shop.synchroniser();
    synchroniser.synchronise(&shop.account).await.unwrap();
    let first = shop.synced_at().await;
    shop.clock.advance(TimeDelta::minutes(1));
    synchroniser.synchronise(&shop.account).await.unwrap();
    assert!(shop.synced_at().await > first);
    assert!(shop.events("template.status_changed").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_changes_disappears_and_comes_back_is_followed() {
    let shop = Shop::open().await;
    let synchroniser = shop.synchroniser();
    shop.put_template("essai_ticket", "PENDING");
    synchroniser.synchronise(&shop.account).await.unwrap();
    shop.put_template("essai_ticket", "APPROVED");
    synchroniser.synchronise(&shop.account).await.unwrap();
    assert_eq!(shop.statuses("essai_ticket").await, ["APPROVED"]);

    shop.sim.reset().unwrap();
    synchroniser.synchronise(&shop.account).await.unwrap();
    assert_eq!(shop.statuses("essai_ticket").await, ["DELETED"]);

    // The simulator gives it an id that the stored one may already have: make sure that it is another.
    shop.put_template("essai_avant", "APPROVED");
    shop.put_template("essai_ticket", "APPROVED");
    synchroniser.synchronise(&shop.account).await.unwrap();
    let mut statuses = shop.statuses("essai_ticket").await;
    statuses.sort();
    assert_eq!(statuses, ["APPROVED", "DELETED"]);

    let told: Vec<_> = shop
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
async fn a_failure_at_meta_keeps_what_is_there_and_says_why() {
    let shop = Shop::open().await;
    let synchroniser = shop.synchroniser();
    shop.put_template("essai_ticket", "APPROVED");
    synchroniser.synchronise(&shop.account).await.unwrap();
    let synced_at = shop.synced_at().await;

    shop.refuse_templates(80_008);
    assert_eq!(
        synchroniser.synchronise(&shop.account).await.unwrap(),
        Ending::Failed
    );
    assert_eq!(shop.statuses("essai_ticket").await, ["APPROVED"]);
    assert_eq!(shop.synced_at().await, synced_at);
    assert!(
        shop.sync_error()
            .await
            .unwrap()
            .contains("tried again by itself")
    );
    assert_eq!(shop.number().await, (CONNECTED, None));

    shop.sim.clear_scripts();
    assert_eq!(
        synchroniser.synchronise(&shop.account).await.unwrap(),
        Ending::Written
    );
    assert_eq!(shop.sync_error().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_stops_the_numbers_once() {
    let shop = Shop::open().await;
    shop.connect(sample::EXPIRED_TOKEN).await;
    let synchroniser = shop.synchroniser();
    for _ in 0..2 {
        assert_eq!(
            synchroniser.synchronise(&shop.account).await.unwrap(),
            Ending::Failed
        );
    }
    let (connection, reason) = shop.number().await;
    assert_eq!(connection, STOPPED);
    assert!(reason.unwrap().contains("connect the number again"));
    assert!(shop.sync_error().await.unwrap().contains("new token"));
    let told = shop.events("number.stopped").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["phone_number_id"], sample::PHONE_NUMBER_ID);
    assert!(!told[0].to_string().contains(sample::EXPIRED_TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_is_missing_stops_no_number() {
    let shop = Shop::open().await;
    shop.refuse_templates(200);
    assert_eq!(
        shop.synchroniser()
            .synchronise(&shop.account)
            .await
            .unwrap(),
        Ending::Failed
    );
    assert!(
        shop.sync_error()
            .await
            .unwrap()
            .contains("whatsapp_business_management")
    );
    assert_eq!(shop.number().await, (CONNECTED, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_replaced_meanwhile_stops_nothing() {
    let shop = Shop::open().await;
    let (store, now) = (&shop.database.store, shop.clock.now());
    let run = storage_sync::begin(store, &shop.account, now)
        .await
        .unwrap()
        .unwrap();
    let refused = storage_sync::token(store, &shop.account)
        .await
        .unwrap()
        .unwrap();
    shop.connect(sample::TOKEN).await;
    assert_eq!(
        storage_sync::stop_numbers(store, &run, &refused, "refused", now)
            .await
            .unwrap(),
        0
    );
    assert_eq!(shop.number().await, (CONNECTED, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_wait_for_a_template_are_freed_when_it_may_be_sent() {
    let shop = Shop::open().await;
    let synchroniser = shop.synchroniser();
    shop.put_template("essai_promo", "PAUSED");
    shop.put_template("essai_ticket", "APPROVED");
    synchroniser.synchronise(&shop.account).await.unwrap();
    let (promo, ticket) = (
        shop.template_id("essai_promo").await,
        shop.template_id("essai_ticket").await,
    );
    let waits_for_promo = shop.hold_message(&promo, 3).await;
    let waits_for_ticket = shop.hold_message(&ticket, 3).await;
    let waits_for_number = shop.hold_message(&ticket, 1).await;

    synchroniser.synchronise(&shop.account).await.unwrap();
    assert_eq!(shop.message(waits_for_ticket).await, (ACCEPTED, 2, true));
    assert_eq!(shop.message(waits_for_promo).await, (HELD, 4, false));
    assert_eq!(shop.message(waits_for_number).await, (HELD, 4, false));

    shop.put_template("essai_promo", "APPROVED");
    synchroniser.synchronise(&shop.account).await.unwrap();
    assert_eq!(shop.message(waits_for_promo).await, (ACCEPTED, 2, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_run_writes_nothing_after_a_newer_one_began() {
    let shop = Shop::open().await;
    let (store, synchroniser) = (&shop.database.store, shop.synchroniser());
    let now = shop.clock.now();
    let older = storage_sync::begin(store, &shop.account, now)
        .await
        .unwrap()
        .unwrap();
    let newer = storage_sync::begin(store, &shop.account, now)
        .await
        .unwrap()
        .unwrap();
    assert!(newer.started_at > older.started_at);
    assert_eq!(
        synchroniser.carry_out(&older).await.unwrap(),
        Ending::Superseded
    );
    assert_eq!(shop.synced_at().await, None);
    assert_eq!(
        synchroniser.carry_out(&newer).await.unwrap(),
        Ending::Written
    );
    storage_sync::fail(store, &older, "too late").await.unwrap();
    assert_eq!(shop.sync_error().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_synchronises_the_account_of_another_business() {
    let shop = Shop::open().await;
    shop.refuse_templates(200);
    let foreign = Account {
        business_id: new_business(&shop.database.store, shop.clock.now()).await,
        waba_id: shop.account.waba_id.clone(),
    };
    let unknown = Account {
        business_id: BusinessId::new(shop.clock.now()),
        ..foreign.clone()
    };
    for account in [foreign, unknown] {
        assert_eq!(
            shop.synchroniser().synchronise(&account).await.unwrap(),
            Ending::NotConnected
        );
    }
    assert_eq!(shop.synced_at().await, None);
    assert!(
        shop.sim.stats().refused_by_code.is_empty(),
        "Meta was asked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_token_says_so() {
    let shop = Shop::open().await;
    shop.admin
        .execute("delete from access_tokens", &[])
        .await
        .unwrap();
    assert_eq!(
        shop.synchroniser()
            .synchronise(&shop.account)
            .await
            .unwrap(),
        Ending::NotConnected
    );
    assert!(shop.sync_error().await.unwrap().contains("no access token"));
}
