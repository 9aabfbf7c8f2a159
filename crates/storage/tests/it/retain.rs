//! Only expired data is deleted.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, TimeDelta, Utc};
use common::retention::{Category, Table, partitioned_tables, table};
use storage::Store;
use testkit::TestDb;
use worker_storage::accept::commit;
use worker_storage::retention::{
    Partition, conservation_difference, drop_partition, make_partitions, partitions, purge,
};

use crate::fixture::{BusinessFixture, Order, now, rows};

/// Deletes the expired rows of a table as the janitor does; returns how many.
pub(crate) async fn purge_table(store: &Store, name: &str, now: DateTime<Utc>) -> u64 {
    let expiring = table(name).and_then(Table::expiring).unwrap();
    purge(store, &expiring, now).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_of_a_one_time_code_are_gone_after_their_five_minutes() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let order = Order {
        category: common::template::Category::Authentication,
        ..Order::default()
    };
    commit(&shop.store, at, &[shop.call(at, &order).await])
        .await
        .unwrap();
    let later = |seconds| {
        let now = at + TimeDelta::seconds(seconds);
        purge_table(&shop.store, "otp_secrets", now)
    };
    assert_eq!(later(299).await, 0);
    assert_eq!(later(301).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_lives_for_seven_days() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    commit(&shop.store, at, &[shop.call(at, &Order::default()).await])
        .await
        .unwrap();
    let after = |days| purge_table(&shop.store, "idempotency_keys", at + TimeDelta::days(days));
    assert_eq!(after(6).await, 0);
    assert_eq!(after(8).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_upload_is_deleted() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
    let insert = "insert into media_uploads (business_id, media_id, phone_number_id, meta_media_id, expires_at)
        select business_id, first_uuid_at(now()), phone_number_id, '1037543291543636', $1 from phone_numbers";
    let admin = database.admin().await;
    let end = at + TimeDelta::days(28);
    assert_eq!(admin.execute(insert, &[&end]).await.unwrap(), 1);
    let after = |days| purge_table(&shop.store, "media_uploads", at + TimeDelta::days(days));
    assert_eq!(after(27).await, 0);
    assert_eq!(after(29).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_month_removes_its_messages_from_counters_and_due_rows() {
    let database = TestDb::start().await;
    let (shop, at) = (BusinessFixture::open(&database).await, now(&database).await);
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
    // As if a year had passed.
    let age = "create or replace function public.retention_limit(parent text) returns interval language sql immutable as
        $$ select interval '0' $$";
    database.admin().await.batch_execute(age).await.unwrap();
    let all = partitions(&shop.store).await.unwrap();
    let now = now(&database).await;
    let month = all
        .iter()
        .filter(|partition| partition.parent == "messages" && partition.first_day <= now)
        .max_by_key(|partition| partition.first_day)
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

#[tokio::test(flavor = "multi_thread")]
async fn a_month_far_ahead_is_not_made() {
    let database = TestDb::start().await;
    let before = partitions(&database.store).await.unwrap();
    let too_far = now(&database).await + Months::new(7);
    let refused = make_partitions(&database.store, too_far).await.unwrap_err();
    assert!(!refused.is_unavailable(), "{refused:?}");
    assert!(
        format!("{refused:?}").contains("at most 6 mons ahead"),
        "{refused:?}"
    );
    assert_eq!(partitions(&database.store).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn months_begin_in_utc_whatever_the_time_zone_of_the_session() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    let make = "set time zone 'Europe/Paris'; select make_partitions(now() + interval '5 months')";
    admin.batch_execute(make).await.unwrap();
    let gaps = "select count(*) from partitions() p
            join pg_class c on c.oid = ('public.' || p.name)::regclass
            where position(first_uuid_at(p.first_day)::text in pg_get_expr(c.relpartbound, c.oid)) = 0";
    let wrong = admin.query_one(gaps, &[]).await.unwrap();
    assert_eq!(wrong.get::<_, i64>(0), 0);
}

/// Creates the partition of the month that began this many days ago, as the product would have created it.
pub(crate) async fn make_old_partition(database: &TestDb, parent: &str, days: u32) -> Partition {
    let admin = database.admin().await;
    let month = "select to_char(day, 'YYYY_MM'), day at time zone 'utc', first_uuid_at(day at time zone 'utc')::text,
        first_uuid_at((day + interval '1 month') at time zone 'utc')::text
        from date_trunc('month', now() at time zone 'utc' - make_interval(days => $1)) as day";
    let month = admin
        .query_one(month, &[&i32::try_from(days).unwrap()])
        .await
        .unwrap();
    let name = format!("{parent}_{}", month.get::<_, String>(0));
    let (from, to): (String, String) = (month.get(2), month.get(3));
    let create = format!(
        "set role djigbachats_owner;
         create table if not exists {name} partition of {parent} for values from ('{from}') to ('{to}')"
    );
    admin.batch_execute(&create).await.unwrap();
    Partition {
        parent: parent.to_owned(),
        name,
        first_day: month.get(1),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_janitor_can_drop_no_month_before_its_limit() {
    let database = TestDb::start().await;
    let fresh = partitions(&database.store).await.unwrap();
    assert!(fresh.len() > 10);
    let mut kept = fresh;
    for (parent, days) in [
        ("messages", 319),
        ("attempts", 100),
        ("events", 62),
        ("inbound_messages", 200),
        ("media", 38),
        ("media_chunks", 38),
    ] {
        kept.push(make_old_partition(&database, parent, days).await);
    }
    for partition in &kept {
        let refused = drop_partition(&database.store, partition)
            .await
            .unwrap_err();
        assert!(!refused.is_unavailable(), "{refused:?}");
    }
    assert_eq!(partitions(&database.store).await.unwrap().len(), kept.len());
    for (parent, days) in [
        ("messages", 382),
        ("attempts", 382),
        ("events", 382),
        ("inbound_messages", 382),
        ("media", 101),
        ("media_chunks", 101),
    ] {
        let past = make_old_partition(&database, parent, days).await;
        drop_partition(&database.store, &past).await.unwrap();
    }
    assert_eq!(partitions(&database.store).await.unwrap().len(), kept.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_retention_applies_once_it_is_configured() {
    let database = TestDb::start().await;
    let month = make_old_partition(&database, "messages", 100).await;
    let drop = || drop_partition(&database.store, &month);
    assert!(drop().await.is_err());
    let admin = database.admin_url();
    let tell = |days| storage::set_retention(&admin, TimeDelta::days(days));
    tell(140).await.unwrap();
    assert!(drop().await.is_err());
    tell(90).await.unwrap();
    drop().await.unwrap();
    let this_month = partitions(&database.store).await.unwrap().remove(0);
    assert!(drop_partition(&database.store, &this_month).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_table_of_the_janitor_does_not_pass_for_a_partition() {
    let database = TestDb::start().await;
    let this_month = partitions(&database.store).await.unwrap().remove(0);
    let admin = database.admin().await;
    let name = &this_month.name;
    let shadow = format!(
        "set role djigbachats_janitor;
         create temp table media (id uuid) partition by range (id);
         create temp table {name} partition of media default;
         create temp table messages_2001_01 partition of media for values from
            ('00000000-0000-0000-0000-000000000000') to ('00000000-0000-0000-0000-000000000001')"
    );
    admin.batch_execute(&shadow).await.unwrap();
    for shadowed in [name.as_str(), "messages_2001_01"] {
        let dropped = admin
            .execute("select drop_partition($1)", &[&shadowed])
            .await;
        assert!(dropped.is_err(), "{shadowed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_and_the_registry_have_the_same_limits() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    let limits = async || {
        let sql = "select relname::text, extract(day from retention_limit(relname::text))::bigint
            from pg_class where relkind = 'p' and relnamespace = 'public'::regnamespace";
        let rows = admin.query(sql, &[]).await.unwrap();
        let limits = rows.iter().map(|row| (row.get(0), row.get(1)));
        limits.collect::<BTreeMap<String, Option<i64>>>()
    };
    let wanted = |period: fn(Category) -> TimeDelta| {
        partitioned_tables()
            .map(|(table, category)| (table.to_owned(), Some(period(category).num_days())))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(limits().await, wanted(Category::default_period));
    let url = database.admin_url();
    storage::set_retention(&url, TimeDelta::days(50))
        .await
        .unwrap();
    assert_eq!(
        limits().await,
        wanted(|category| category.shortened_to(TimeDelta::days(50)))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partitioned_table_without_a_limit_keeps_its_months() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    let make = "set role djigbachats_owner; create table unlisted (id uuid) partition by range (id); reset role";
    admin.batch_execute(make).await.unwrap();
    let old = make_old_partition(&database, "unlisted", 3000).await;
    let refused = drop_partition(&database.store, &old).await.unwrap_err();
    assert!(
        format!("{refused:?}").contains("no retention limit"),
        "{refused:?}"
    );
}
