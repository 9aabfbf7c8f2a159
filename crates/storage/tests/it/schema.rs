//! The schema created by the migrations matches the code.

use testkit::TestDb;

/// Tables without rows of a business.
const WITHOUT_BUSINESS: [&str; 4] = [
    "__diesel_schema_migrations",
    "accepted_counts",
    "processed_updates",
    "watermarks",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_a_business_forces_row_level_security() {
    let database = TestDb::start().await;
    let rows = database
        .admin()
        .await
        .query(
            "select relname::text, relrowsecurity and relforcerowsecurity from pg_class
             where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition",
            &[],
        )
        .await
        .unwrap();
    assert!(rows.len() > 15);
    for row in rows {
        let (table, forced): (String, bool) = (row.get(0), row.get(1));
        assert_eq!(
            forced,
            !WITHOUT_BUSINESS.contains(&table.as_str()),
            "{table}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_service_may_reach_a_partition_by_its_own_name() {
    let database = TestDb::start().await;
    let granted = database
        .admin()
        .await
        .query_one(
            "select count(*) from pg_class c, aclexplode(c.relacl) g
             where c.relispartition and g.grantee <> c.relowner",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(granted.get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_lists_the_columns_of_the_migrations() {
    let database = TestDb::start().await;
    let rows = database
        .admin()
        .await
        .query(
            "select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
             where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
               and a.attnum > 0 and not a.attisdropped and c.relname <> '__diesel_schema_migrations'
             order by c.relname, a.attnum",
            &[],
        )
        .await
        .unwrap();
    let made: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(
        known_columns(include_str!("../../../database/src/schema.rs")),
        made
    );
}

/// Table and column of each line of `schema.rs`.
fn known_columns(schema: &str) -> Vec<(String, String)> {
    let (mut table, mut columns) = (String::new(), Vec::new());
    for line in schema.lines().map(str::trim) {
        if let Some((name, _)) = line
            .strip_suffix(") {")
            .and_then(|line| line.split_once(" ("))
        {
            table = name.to_owned();
        } else if let Some((column, _)) = line.split_once(" -> ") {
            columns.push((table.clone(), column.trim_end_matches('_').to_owned()));
        }
    }
    columns
}
