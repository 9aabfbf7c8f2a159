//! A number and an account that one business disconnected and another connected.

use chrono::{DateTime, TimeDelta, Utc};
use common::ids::{MessageId, PhoneNumberId};
use common::message::MessageState;
use common::messaging_limit::MessagingLimit;
use common::number::Connection;
use common::wire::{Identity, StatusDetail};
use sealing::HashDomain;
use storage::disconnection::disconnect;
use storage::phone_numbers::{self, PhoneNumber};
use storage::{StorageError, wabas};
use testkit::TestDb;
use worker_storage::accept::commit;
use worker_storage::dispatch::running;
use worker_storage::project::{
    LimitsUpdate, StatusOutcome, StatusUpdate, apply_limits, apply_statuses,
};
use worker_storage::template_sync;

use crate::fixture::{BusinessFixture, Order, id_of, now};

/// The former business of a number, its current business, and the number.
struct Handover {
    before: BusinessFixture,
    after: BusinessFixture,
    number: PhoneNumber,
    at: DateTime<Utc>,
}

impl Handover {
    async fn of(database: &TestDb) -> Self {
        let (before, after) = (
            BusinessFixture::open(database).await,
            BusinessFixture::open(database).await,
        );
        let at = now(database).await;
        let id: PhoneNumberId = before.number().parse().unwrap();
        let number = in_use(&before, &id).await;
        assert!(matches!(
            take_over(&after, &number, at).await,
            Err(StorageError::Duplicate { .. })
        ));
        take_out(&before, &id, at).await;
        take_over(&after, &number, at).await.unwrap();
        Self {
            before,
            after,
            number,
            at,
        }
    }
}

async fn in_use(shop: &BusinessFixture, id: &PhoneNumberId) -> PhoneNumber {
    let mut transaction = shop.scope.begin().await.unwrap();
    phone_numbers::get(&mut transaction, &shop.scope, id)
        .await
        .unwrap()
}

async fn take_out(shop: &BusinessFixture, id: &PhoneNumberId, at: DateTime<Utc>) {
    let mut transaction = shop.scope.begin().await.unwrap();
    let number = disconnect(&mut transaction, &shop.scope, id, at).await;
    assert_eq!(number.unwrap().connection, Connection::Disconnected);
    transaction.commit().await.unwrap();
}

async fn take_over(
    shop: &BusinessFixture,
    number: &PhoneNumber,
    at: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut transaction = shop.scope.begin().await?;
    wabas::insert(&mut transaction, &shop.scope, &number.waba_id, at).await?;
    phone_numbers::put(&mut transaction, &shop.scope, number).await?;
    transaction.commit().await
}

async fn accepted(shop: &BusinessFixture, at: DateTime<Utc>) -> MessageId {
    let call = shop.call(at, &Order::default()).await;
    commit(&shop.store, at, std::slice::from_ref(&call))
        .await
        .unwrap();
    id_of(&call)
}

async fn state(database: &TestDb, id: MessageId) -> i16 {
    let sql = "select state from messages where id = $1";
    let admin = database.admin().await;
    let row = admin.query_one(sql, &[&id.as_uuid()]).await;
    row.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_business_has_a_number_at_a_time() {
    let database = TestDb::start().await;
    let Handover {
        before,
        after,
        number,
        at,
    } = Handover::of(&database).await;
    // Reconnecting is refused as long as the other business has it.
    assert!(take_over(&before, &number, at).await.is_err());
    take_out(&after, &number.phone_number_id, at).await;
    take_over(&before, &number, at).await.unwrap();
    let shown = in_use(&before, &number.phone_number_id).await;
    assert_eq!(shown.connection, Connection::Connected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_without_our_id_finds_the_message_of_the_former_owner() {
    let database = TestDb::start().await;
    let Handover {
        before,
        after,
        number,
        at,
    } = Handover::of(&database).await;
    let id = accepted(&before, at).await;
    let keys = before.scope.keys().await.unwrap();
    let hash = keys.lookup_hash(HashDomain::Wamid, b"wamid.A").bytes;
    let sql =
        "insert into attempts (business_id, message_id, attempt, outcome, wamid_hash, ended_at)
        values ($1, $2, 1, 1, $3, now())";
    let admin = database.admin().await;
    let business = before.id.as_uuid();
    admin
        .execute(sql, &[&business, &id.as_uuid(), &hash.as_slice()])
        .await
        .unwrap();
    let status = |wamid: &str| StatusUpdate {
        phone_number_id: number.phone_number_id.clone(),
        message: None,
        status: MessageState::Delivered,
        occurred_at: at,
        error_code: None,
        slows_the_number: false,
        pricing_category: None,
        pricing_type: None,
        billable: false,
        detail: StatusDetail {
            wamid: wamid.to_owned(),
            recipient: Identity::default(),
            in_group: false,
            errors: None,
        },
    };
    apply_statuses(&after.store, &[status("wamid.A")], at)
        .await
        .unwrap();
    assert_eq!(state(&database, id).await, MessageState::Delivered.code());
    // An unmatched status is stored for the business that has the number.
    let clear = "delete from unmatched_statuses";
    admin.batch_execute(clear).await.unwrap();
    let outcome = apply_statuses(&after.store, &[status("wamid.B")], at)
        .await
        .unwrap();
    let unmatched = StatusOutcome {
        unmatched: 1,
        ..StatusOutcome::default()
    };
    assert_eq!(outcome, unmatched);
    let sql = "select business_id from unmatched_statuses";
    let owner: uuid::Uuid = admin.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(owner, after.id.as_uuid());
}

#[tokio::test(flavor = "multi_thread")]
async fn account_updates_belong_to_the_current_owner() {
    let database = TestDb::start().await;
    let Handover {
        before,
        after,
        number,
        at,
    } = Handover::of(&database).await;
    let update = LimitsUpdate {
        waba_id: number.waba_id.clone(),
        occurred_at: at,
        messaging_limit: Some(MessagingLimit::People(250)),
    };
    let outcome = apply_limits(&after.store, &[update], at).await.unwrap();
    assert_eq!((outcome.changed, outcome.foreign), (1, 0));
    let limit =
        async |shop: &BusinessFixture| in_use(shop, &number.phone_number_id).await.messaging_limit;
    assert_eq!(limit(&after).await, "TIER_250");
    assert_eq!(limit(&before).await, "TIER_UNLIMITED");
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_read_for_the_business_that_has_the_account() {
    let database = TestDb::start().await;
    let Handover {
        before,
        after,
        number,
        at,
    } = Handover::of(&database).await;
    let due = template_sync::claim_due(&after.store, at, TimeDelta::hours(1), 10);
    let due: Vec<_> = due
        .await
        .unwrap()
        .into_iter()
        .map(|run| run.account)
        .collect();
    let of = |shop: &BusinessFixture| template_sync::Account {
        business_id: shop.id,
        waba_id: number.waba_id.clone(),
    };
    assert!(due.contains(&of(&after)) && !due.contains(&of(&before)));
    let begun = template_sync::begin(&before.store, &of(&before), at).await;
    assert_eq!(begun.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_held_by_the_former_owner_block_no_campaign() {
    let database = TestDb::start().await;
    let Handover {
        before,
        after,
        number,
        ..
    } = Handover::of(&database).await;
    let admin = database.admin().await;
    let rows = format!(
        "insert into due_messages (business_id, message_id, phone_number_id, lane, kind, held_reason)
            values ('{before}', gen_random_uuid(), '{number}', 3, 4, 4);
        insert into campaigns (business_id, campaign_id, name, phone_number_id, template_id, state,
            created_at, started_at)
            values ('{after}', gen_random_uuid(), 'Rentrée', '{number}', '{template}', 2, now(), now())",
        before = before.id,
        after = after.id,
        number = number.phone_number_id,
        template = after.template(),
    );
    admin.batch_execute(&rows).await.unwrap();
    let outstanding: Vec<u64> = running(&after.store)
        .await
        .unwrap()
        .iter()
        .map(|campaign| campaign.outstanding)
        .collect();
    assert_eq!(outstanding, [0]);
}
