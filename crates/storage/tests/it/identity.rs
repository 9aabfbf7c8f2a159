//! One person under different identifiers of Meta: data stored under one applies to all of them.

use chrono::{DateTime, TimeDelta, Utc};
use common::message::MessageState;
use common::wire::{Identity, IdentityChange, IdentityChangeKind, StatusDetail};
use testkit::TestDb;
use worker_storage::project::{
    Preference, PreferenceUpdate, StatusUpdate, apply_inbound, apply_preferences, apply_statuses,
};

use crate::fixture::{BusinessFixture, now};
use crate::people::{StoredPeople, receive, shown, text, write};
use crate::retain::purge_table;

const AWA: &str = "22670112233";
const AWA_ID: &str = "BF.13491208655302741918";
const ALI: &str = "22676445566";
const ALI_ID: &str = "BF.99";

async fn open(database: &TestDb) -> (BusinessFixture, StoredPeople, DateTime<Utc>) {
    let shop = BusinessFixture::open(database).await;
    let kept = StoredPeople::of(database, &shop).await;
    let at = now(database).await;
    (shop, kept, at)
}

fn later(at: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    at + TimeDelta::seconds(seconds)
}

async fn prefers(
    shop: &BusinessFixture,
    person: Identity,
    preference: Preference,
    at: DateTime<Utc>,
) {
    let update = PreferenceUpdate {
        phone_number_id: shop.number().parse().unwrap(),
        occurred_at: at,
        preference,
        person,
    };
    apply_preferences(&shop.store, &[update], at).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_from_the_number_as_meta_spells_it_holds_for_the_number_as_the_shop_does() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    for (of_meta, of_shop) in [
        ("22997123456", "+2290197123456"),
        ("558291112233", "+5582991112233"),
        ("5215512345678", "+525512345678"),
    ] {
        assert!(!kept.is_opted_out(of_shop).await);
        write(&shop, (Some(of_meta), None), "STOP", at).await;
        assert!(kept.is_opted_out(of_shop).await, "{of_shop}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_from_a_user_id_holds_for_the_number_that_was_seen_beside_it() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    write(&shop, (Some(AWA), Some(AWA_ID)), "bonjour", at).await;
    write(&shop, (None, Some(AWA_ID)), "STOP", later(at, 1)).await;
    assert!(kept.is_opted_out(AWA).await && kept.is_opted_out(AWA_ID).await);
    // So does the window, which the second message renewed.
    assert!(kept.has_window(AWA).await && kept.has_window(AWA_ID).await);
    write(&shop, (Some(AWA), None), "START", later(at, 2)).await;
    assert!(!kept.is_opted_out(AWA).await && !kept.is_opted_out(AWA_ID).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_that_comes_late_applies_backwards() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    write(&shop, (None, Some(AWA_ID)), "STOP", at).await;
    write(&shop, (Some(AWA), None), "bonjour", later(at, 1)).await;
    assert!(!kept.is_opted_out(AWA).await && !kept.has_window("22670000000").await);
    let status = StatusUpdate {
        phone_number_id: shop.number().parse().unwrap(),
        message: None,
        status: MessageState::Sent,
        occurred_at: at,
        error_code: None,
        slows_the_number: false,
        pricing_category: None,
        pricing_type: None,
        billable: false,
        detail: StatusDetail {
            wamid: "wamid.sent".to_owned(),
            recipient: shown(Some(AWA), Some(AWA_ID)),
            in_group: false,
            errors: None,
        },
    };
    apply_statuses(&shop.store, &[status], later(at, 2))
        .await
        .unwrap();
    assert!(kept.is_opted_out(AWA).await);
    assert_eq!(kept.contact(AWA).await, kept.contact(AWA_ID).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_opt_in_under_one_name_does_not_lift_a_later_opt_out_under_another() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    write(&shop, (None, Some(AWA_ID)), "STOP", later(at, 5)).await;
    write(&shop, (Some(AWA), None), "START", at).await;
    write(&shop, (Some(AWA), Some(AWA_ID)), "bonjour", later(at, 9)).await;
    assert!(kept.is_opted_out(AWA).await && kept.is_opted_out(AWA_ID).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_with_another_user_id_is_another_person() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    write(&shop, (Some(AWA), Some(AWA_ID)), "bonjour", at).await;
    // Evidence of the number's new owner, who has written nothing but this reaction.
    write(&shop, (Some(AWA), Some(ALI_ID)), "STOP", later(at, 1)).await;
    assert_ne!(kept.contact(AWA_ID).await, kept.contact(AWA).await);
    assert_eq!(kept.contact(ALI_ID).await, kept.contact(AWA).await);
    assert!(
        !kept.is_opted_out(AWA_ID).await,
        "the former owner has not opted out"
    );
    assert_eq!(kept.events("contact.number_reassigned").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recycled_number_keeps_its_opt_out_and_no_consent_and_no_window() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    write(&shop, (Some(AWA), Some(AWA_ID)), "STOP", at).await;
    write(&shop, (Some(AWA), Some(AWA_ID)), "START", later(at, 1)).await;
    assert!(!kept.is_opted_out(AWA).await);
    // Ali has the number now, as a status shows.
    let message = text(&shop, shown(Some(AWA), Some(ALI_ID)), "👍", later(at, 2));
    let reaction = worker_storage::project::InboundMessage {
        message_type: "reaction".to_owned(),
        ..message
    };
    receive(&shop, reaction).await;
    assert!(kept.is_opted_out(AWA).await, "the consent was not Ali's");
    assert!(!kept.is_opted_out(AWA_ID).await, "Awa's consent stays hers");
    assert!(!kept.has_window(AWA).await && kept.has_window(AWA_ID).await);
}

fn system(
    shop: &BusinessFixture,
    change: IdentityChange,
    from: Identity,
    at: DateTime<Utc>,
) -> worker_storage::project::InboundMessage {
    let mut message = text(shop, from, "", at);
    message.message_type = "system".to_owned();
    message.content.words.clear();
    message.content.identity_change = Some(change);
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_change_of_number_the_opt_out_holds_for_both_numbers() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    write(&shop, (Some(AWA), None), "STOP", at).await;
    let change = IdentityChange {
        kind: IdentityChangeKind::NumberChanged,
        previous: Identity::default(),
        current: shown(Some(ALI), None),
    };
    receive(
        &shop,
        system(&shop, change, shown(Some(AWA), None), later(at, 1)),
    )
    .await;
    assert!(kept.is_opted_out(ALI).await && kept.is_opted_out(AWA).await);
    assert_eq!(kept.contact(AWA).await, None);
    // The old number is assigned to another person, who writes from it.
    write(&shop, (Some(AWA), None), "bonjour", later(at, 2)).await;
    assert_ne!(kept.contact(AWA).await, kept.contact(ALI).await);
    assert!(!kept.has_window(ALI).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_change_of_user_id_the_person_is_the_same() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    write(&shop, (Some(AWA), Some(AWA_ID)), "bonjour", at).await;
    write(&shop, (None, Some(AWA_ID)), "STOP", later(at, 1)).await;
    let change = IdentityChange {
        kind: IdentityChangeKind::UserIdChanged,
        previous: shown(None, Some(AWA_ID)),
        current: shown(None, Some("BF.2")),
    };
    receive(
        &shop,
        system(&shop, change, Identity::default(), later(at, 2)),
    )
    .await;
    assert!(kept.is_opted_out("BF.2").await);
    assert_eq!(kept.contact("BF.2").await, kept.contact(AWA).await);
    assert_eq!(kept.events("contact.number_reassigned").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preference_at_meta_is_lifted_by_resume_alone_and_resume_lifts_nothing_else() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    let both = || shown(Some(AWA), Some(AWA_ID));
    prefers(&shop, both(), Preference::Stop, at).await;
    assert!(kept.is_opted_out(AWA).await && kept.is_opted_out(AWA_ID).await);
    write(&shop, (Some(AWA), None), "START", later(at, 1)).await;
    assert!(
        kept.is_opted_out(AWA).await,
        "START does not lift Meta's own stop"
    );
    prefers(
        &shop,
        shown(Some(AWA), None),
        Preference::Resume,
        later(at, 2),
    )
    .await;
    assert!(!kept.is_opted_out(AWA).await && !kept.is_opted_out(AWA_ID).await);
    write(&shop, (None, Some(AWA_ID)), "STOP", later(at, 3)).await;
    prefers(&shop, both(), Preference::Resume, later(at, 4)).await;
    assert!(
        kept.is_opted_out(AWA).await,
        "resume does not lift an opt-out sent to the shop"
    );
    assert_eq!(kept.events("contact.opted_out").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_later_preference_holds_in_whatever_order_they_come() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    prefers(
        &shop,
        shown(Some(AWA), None),
        Preference::Resume,
        later(at, 9),
    )
    .await;
    prefers(&shop, shown(Some(AWA), Some(AWA_ID)), Preference::Stop, at).await;
    assert!(!kept.is_opted_out(AWA).await);
    prefers(
        &shop,
        shown(None, Some(AWA_ID)),
        Preference::Stop,
        later(at, 10),
    )
    .await;
    prefers(
        &shop,
        shown(None, Some(AWA_ID)),
        Preference::Stop,
        later(at, 10),
    )
    .await;
    assert!(kept.is_opted_out(AWA).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_a_message_for_a_stopped_preference_suppresses_the_person() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    write(&shop, (Some(AWA), Some(AWA_ID)), "bonjour", at).await;
    let call = shop
        .call(
            at,
            &crate::fixture::Order {
                recipient: "+22670112233",
                ..Default::default()
            },
        )
        .await;
    let id = crate::fixture::id_of(&call);
    worker_storage::accept::commit(&shop.store, at, &[call])
        .await
        .unwrap();
    let failed = StatusUpdate {
        phone_number_id: shop.number().parse().unwrap(),
        message: Some((shop.id, id)),
        status: MessageState::Failed,
        occurred_at: at,
        error_code: Some(131_050),
        slows_the_number: false,
        pricing_category: None,
        pricing_type: None,
        billable: false,
        detail: StatusDetail {
            wamid: "wamid.failed".to_owned(),
            recipient: shown(Some(AWA), None),
            in_group: false,
            errors: None,
        },
    };
    apply_statuses(&shop.store, std::slice::from_ref(&failed), at)
        .await
        .unwrap();
    apply_statuses(&shop.store, &[failed], at).await.unwrap();
    assert!(kept.is_opted_out(AWA).await && kept.is_opted_out(AWA_ID).await);
    assert_eq!(kept.events("contact.opted_out").await, 1);
    prefers(
        &shop,
        shown(None, Some(AWA_ID)),
        Preference::Resume,
        later(at, 5),
    )
    .await;
    assert!(!kept.is_opted_out(AWA).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_read_holds_marketing_until_the_person_says_otherwise() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    prefers(&shop, shown(Some(AWA), None), Preference::Unreadable, at).await;
    assert!(kept.is_opted_out(AWA).await);
    write(&shop, (Some(AWA), None), "START", later(at, 1)).await;
    assert!(!kept.is_opted_out(AWA).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_a_group_opens_no_window_links_nobody_and_is_no_consent() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    write(&shop, (Some(AWA), None), "STOP", at).await;
    for words in ["bonjour", "START"] {
        let mut message = text(&shop, shown(Some(ALI), Some(ALI_ID)), words, later(at, 1));
        message.content.group_id = Some("group".to_owned());
        receive(&shop, message).await;
    }
    assert!(!kept.has_window(ALI).await && kept.contact(ALI).await.is_none());
    let mut start = text(&shop, shown(Some(AWA), None), "START", later(at, 2));
    start.content.group_id = Some("group".to_owned());
    receive(&shop, start).await;
    assert!(kept.is_opted_out(AWA).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_message_is_deleted_in_any_order() {
    let database = TestDb::start().await;
    let (shop, _, at) = open(&database).await;
    for revoked_first in [false, true] {
        let message = text(&shop, shown(Some(AWA), None), "secret", at);
        let mut revoke = text(&shop, shown(Some(AWA), None), "", at);
        revoke.message_type = "revoke".to_owned();
        revoke.content.revoked_wamid = Some(message.content.wamid.clone());
        // Another person cannot revoke it.
        let mut forged = text(&shop, shown(Some(ALI), None), "", at);
        forged.message_type = "revoke".to_owned();
        forged.content.revoked_wamid = Some(message.content.wamid.clone());
        receive(&shop, forged).await;
        let admin = database.admin().await;
        let gone = async || -> i64 {
            let sql = "select count(*) from inbound_messages
                where type = 'text' and content_sealed is null and revoked_at is not null";
            admin.query_one(sql, &[]).await.unwrap().get(0)
        };
        let before = gone().await;
        let (first, second) = if revoked_first {
            (revoke, message)
        } else {
            (message, revoke)
        };
        receive(&shop, first).await;
        assert_eq!(gone().await, before);
        receive(&shop, second).await;
        assert_eq!(gone().await, before + 1, "revoked first: {revoked_first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_links_and_an_opt_out_at_once_end_as_one_contact_that_opted_out() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    for round in 0..12 {
        let (number, id, second) = (
            format!("226701{round:05}"),
            format!("BF.1{round}"),
            format!("22997{round:06}"),
        );
        write(&shop, (Some(&number), None), "bonjour", at).await;
        write(&shop, (None, Some(&id)), "bonjour", at).await;
        write(&shop, (Some(&second), None), "bonjour", at).await;
        let items = [
            text(&shop, shown(Some(&number), Some(&id)), "oui", later(at, 1)),
            text(&shop, shown(Some(&second), Some(&id)), "oui", later(at, 1)),
            text(&shop, shown(None, Some(&id)), "STOP", later(at, 1)),
        ];
        let stores = [
            shop.store.clone(),
            database.another_store(),
            database.another_store(),
        ];
        let applied = items.iter().zip(&stores).map(|(item, store)| async move {
            apply_inbound(store, std::slice::from_ref(item), item.occurred_at)
                .await
                .unwrap();
        });
        futures_util::future::join_all(applied).await;
        let contacts = [
            kept.contact(&number).await,
            kept.contact(&id).await,
            kept.contact(&second).await,
        ];
        assert!(contacts[0].is_some() && contacts.iter().all(|contact| *contact == contacts[0]));
        for identifier in [&number, &id, &second] {
            assert!(kept.is_opted_out(identifier).await, "{round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_never_crosses_a_business() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    let other = BusinessFixture::open(&database).await;
    let of_other = StoredPeople::of(&database, &other).await;
    write(&shop, (Some(AWA), Some(AWA_ID)), "STOP", at).await;
    write(&other, (Some(AWA), Some(ALI_ID)), "bonjour", at).await;
    assert!(!of_other.is_opted_out(AWA).await && of_other.contact(AWA_ID).await.is_none());
    assert!(kept.is_opted_out(AWA).await && kept.contact(ALI_ID).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_forgotten_351_days_after_the_last_traffic_and_refusals_stay() {
    let database = TestDb::start().await;
    let (shop, kept, at) = open(&database).await;
    write(&shop, (Some(AWA), Some(AWA_ID)), "STOP", at).await;
    let admin = database.admin().await;
    let sql = "update contacts set last_seen_at = last_seen_at - interval '200 days'";
    admin.batch_execute(sql).await.unwrap();
    // Traffic: the person was seen again.
    write(&shop, (Some(AWA), Some(AWA_ID)), "bonjour", at).await;
    let after = |days| purge_table(&shop.store, "contacts", at + TimeDelta::days(days));
    assert_eq!(after(350).await, 0);
    assert_eq!(after(352).await, 1);
    assert_eq!(kept.contact(AWA).await, None);
    assert!(kept.is_opted_out(AWA).await && kept.is_opted_out(AWA_ID).await);
}
