//! The rows of businesses, to verify that a refused call changed none.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::harness::Harness;

/// A digest of the businesses' rows in each table.
pub(super) type Snapshot = BTreeMap<String, String>;

pub(super) async fn snapshot(harness: &Harness, businesses: &[Uuid]) -> Snapshot {
    let admin = harness.db.admin().await;
    let tables = "select relname::text from pg_class join pg_attribute on attrelid = pg_class.oid
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
        and attname = 'business_id' and not attisdropped";
    let tables = admin.query(tables, &[]).await.unwrap();
    assert!(tables.len() > 10, "the tables were found");
    let digest = |table: &str| {
        format!(
            "select '{table}', md5(coalesce(string_agg(it::text, '' order by it::text), '')) from {table} it
             where business_id = any($1)"
        )
    };
    let digests: Vec<String> = tables.iter().map(|row| digest(row.get(0))).collect();
    let sql = digests.join(" union all ");
    let rows = admin.query(&sql, &[&businesses]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
