//! Row-level security alone keeps businesses apart.

use testkit::TestDb;

#[tokio::test(flavor = "multi_thread")]
async fn a_business_sees_no_foreign_row_in_any_table_without_any_filter() {
    let database = TestDb::start().await;
    let mut admin = database.admin().await;
    let (own, foreign) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    for business in [own, foreign] {
        plant(&admin, business).await;
    }
    let transaction = admin.transaction().await.unwrap();
    transaction
        .batch_execute("set local role djigbachats_business")
        .await
        .unwrap();
    transaction
        .execute(
            "select set_config('djigbachats.business_id', $1, true)",
            &[&own.to_string()],
        )
        .await
        .unwrap();
    for table in [
        "businesses",
        "event_counters",
        "suppressions",
        "messages",
        "events",
        "media",
    ] {
        let sql = format!("select count(*) filter (where business_id = $1), count(*) from {table}");
        let row = transaction.query_one(&sql, &[&own]).await.unwrap();
        assert_eq!(
            (row.get::<_, i64>(0), row.get::<_, i64>(1)),
            (1, 1),
            "{table}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_never_reads_the_content_of_a_file() {
    let database = TestDb::start().await;
    let mut admin = database.admin().await;
    let transaction = admin.transaction().await.unwrap();
    for (role, may_read) in [("sender", true), ("business", false)] {
        let role = format!("set local role djigbachats_{role}");
        transaction.batch_execute(&role).await.unwrap();
        let read = transaction.execute("select from media_chunks", &[]).await;
        assert_eq!(read.is_ok(), may_read, "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_business_no_row_is_visible() {
    let database = TestDb::start().await;
    let mut admin = database.admin().await;
    plant(&admin, uuid::Uuid::now_v7()).await;
    let transaction = admin.transaction().await.unwrap();
    transaction
        .batch_execute("set local role djigbachats_business")
        .await
        .unwrap();
    let row = transaction
        .query_one("select count(*) from businesses", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}

/// One row in each of several tables, inserted as a superuser.
async fn plant(admin: &tokio_postgres::Client, business: uuid::Uuid) {
    let sql = [
        "insert into businesses values ($1, 'Boutique', 'BF', now())",
        "insert into event_counters values ($1, 0)",
        "insert into suppressions values ($1, '\\x01', 1, '', 'keyword', now(), null)",
        "insert into messages (business_id, id, phone_number_id, template_id, category, lane, hash_version,
            recipient_hash, recipient_sealed) values ($1, first_uuid_at(now()), '1', '1', 2, 2, 1, '\\x01', '\\x01')",
        "insert into events values ($1, first_uuid_at(now()), 1, 'message.sent', null, null, null, '{}', now())",
        "insert into media values ($1, first_uuid_at(now()), 'application/pdf', 1, 1, null)",
    ];
    for statement in sql {
        admin.execute(statement, &[&business]).await.unwrap();
    }
}
