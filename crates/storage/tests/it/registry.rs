//! The registry of retention (`common::retention`) matches the schema, and the operator's documents match the registry.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use common::retention::{
    AtRest, Category, Expiry, Retention, TABLES, Table, expiring_tables, partitioned_tables, table,
};
use testkit::TestDb;

/// The page with the table of the registry.
const PAGE: &str = include_str!("../../../../docs/operations.md");
/// Tables and their columns with their types; without partitions, and without the table of the migrations that have run.
const COLUMNS: &str = "
    select c.relname::text, a.attname::text, format_type(a.atttypid, null)
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and a.attnum > 0 and not a.attisdropped and c.relname <> '__diesel_schema_migrations'";

/// The type of each column, by table.
async fn columns(database: &TestDb) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut columns: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for row in database.admin().await.query(COLUMNS, &[]).await.unwrap() {
        let of_table = columns.entry(row.get(0)).or_default();
        of_table.insert(row.get(1), row.get(2));
    }
    columns
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_has_an_entry_and_every_entry_a_table() {
    let database = TestDb::start().await;
    let columns = columns(&database).await;
    let there: BTreeSet<&str> = columns.keys().map(String::as_str).collect();
    let listed: BTreeSet<&str> = TABLES.iter().map(|table| table.name).collect();
    let unlisted: Vec<_> = there.difference(&listed).collect();
    assert!(
        unlisted.is_empty(),
        "add to crates/common/src/retention/tables.rs: {unlisted:?}"
    );
    let gone: Vec<_> = listed.difference(&there).collect();
    assert!(gone.is_empty(), "no such table: {gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn just_the_partitioned_tables_are_dropped_by_the_month() {
    let database = TestDb::start().await;
    let sql = "select relname::text from pg_class
        where relkind = 'p' and relnamespace = 'public'::regnamespace";
    let rows = database.admin().await.query(sql, &[]).await.unwrap();
    let there: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
    let listed = partitioned_tables().map(|(table, _)| table.to_owned());
    assert_eq!(listed.collect::<BTreeSet<_>>(), there);
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_rows_are_found_by_a_time_and_deleted_by_their_primary_key() {
    let database = TestDb::start().await;
    let (admin, columns) = (database.admin().await, columns(&database).await);
    for table in expiring_tables() {
        let time = columns[table.name].get(table.column());
        let expected = "timestamp with time zone".to_owned();
        assert_eq!(time, Some(&expected), "{}", table.name);
        let sql = "select array_agg(a.attname::text order by k.position)
            from pg_index i cross join unnest(i.indkey::smallint[]) with ordinality as k (number, position)
                join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
            where i.indisprimary and i.indrelid = $1::text::regclass";
        let key = admin.query_one(sql, &[&table.name]).await.unwrap();
        assert_eq!(key.get::<_, Vec<String>>(0), table.key, "{}", table.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_sealed_or_hashed_columns_is_listed_as_such() {
    let database = TestDb::start().await;
    for (name, columns) in columns(&database).await {
        let at_rest = table(&name).unwrap().at_rest;
        let has = |form| {
            columns
                .keys()
                .any(|column| column.rsplit('_').next() == Some(form))
        };
        if has("sealed") {
            let is_listed = matches!(at_rest, AtRest::Sealed | AtRest::SealedAndHashed);
            assert!(is_listed, "{name} has sealed columns: {at_rest:?}");
        }
        if has("hash") {
            let is_listed = matches!(at_rest, AtRest::Hashed | AtRest::SealedAndHashed);
            assert!(is_listed, "{name} has hashed columns: {at_rest:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_has_a_comment() {
    let database = TestDb::start().await;
    let sql = "select relname::text from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
            and relname <> '__diesel_schema_migrations' and obj_description(oid, 'pg_class') is null";
    let rows = database.admin().await.query(sql, &[]).await.unwrap();
    let without: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn the_operators_documents_list_the_registry() {
    let lines: Vec<String> = TABLES.iter().map(line).collect();
    let expected = lines.join("\n");
    assert!(
        PAGE.contains(&format!("|---|---|---|---|\n{expected}\n\n")),
        "docs/operations.md, section \"What is kept for how long\", should have just these lines:\n{expected}"
    );
}

/// The line of a table in the documents.
fn line(table: &Table) -> String {
    let kept = match table.retention {
        Retention::Partition(category) => format!("{}, by the month", period(category)),
        Retention::Rows(category, Expiry::After(column), _) => {
            format!("{} after `{column}`", period(category))
        }
        Retention::Rows(category, Expiry::At(column), _) => {
            format!("until `{column}`, at most {}", period(category))
        }
        Retention::ByService(category, service) => {
            format!("{}, by the {service}", period(category))
        }
        Retention::WithParent(parent) => format!("as `{parent}`"),
        Retention::When(event) => format!("until {event}"),
        Retention::Never(reason) => format!("always: {reason}"),
    };
    let Table { name, purpose, .. } = table;
    format!(
        "| `{name}` | {purpose} | {} | {kept} |",
        table.at_rest.as_str()
    )
}

/// The default period in words.
fn period(category: Category) -> String {
    let period = category.default_period();
    if period < TimeDelta::hours(1) {
        format!("{} minutes", period.num_minutes())
    } else if period < TimeDelta::days(2) {
        format!("{} hours", period.num_hours())
    } else {
        format!("{} days", period.num_days())
    }
}
