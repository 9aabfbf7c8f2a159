//! Drops the indexes of the preloaded tables and recreates them at the end, which takes a third of the time.

use anyhow::Result;
use tokio_postgres::Client;

use super::copies::TABLES;

/// The definition of a dropped index.
pub(super) struct DroppedIndex {
    make: String,
}

// Of a partitioned table this is its own definition, which its partitions share.
const OF_TABLE: &str = "
    select case when c.conname is null then 'drop index ' || i.indexrelid::regclass
            else format('alter table %s drop constraint %I', i.indrelid::regclass, c.conname) end,
        case when c.conname is null then replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
            else format('alter table %s add constraint %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) end
    from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype = 'p'
    where i.indrelid = $1::text::regclass";
/// Memory for sorting during index builds.
const SORT_MEMORY: &str = "set maintenance_work_mem = '512MB'";

pub(super) async fn drop_all(admin: &Client) -> Result<Vec<DroppedIndex>> {
    let mut kept = Vec::new();
    for table in TABLES {
        for row in admin.query(OF_TABLE, &[&table.name]).await? {
            admin.batch_execute(row.get(0)).await?;
            kept.push(DroppedIndex { make: row.get(1) });
        }
    }
    Ok(kept)
}

pub(super) async fn recreate_all(admin: &Client, kept: &[DroppedIndex]) -> Result<()> {
    admin.batch_execute(SORT_MEMORY).await?;
    for index in kept {
        admin.batch_execute(&index.make).await?;
    }
    Ok(())
}
