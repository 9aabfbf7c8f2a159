//! Indexes of the tables that are filled, away meanwhile: made at the end they cost a third of what they cost row by row.

use anyhow::Result;
use tokio_postgres::Client;

use super::copies::TABLES;

/// How one is taken away and made again.
pub(super) struct Kept {
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
/// A build sorts in memory when it has room.
const ROOM: &str = "set maintenance_work_mem = '512MB'";

pub(super) async fn take_away(admin: &Client) -> Result<Vec<Kept>> {
    let mut kept = Vec::new();
    for table in TABLES {
        for row in admin.query(OF_TABLE, &[&table.name]).await? {
            admin.batch_execute(row.get(0)).await?;
            kept.push(Kept { make: row.get(1) });
        }
    }
    Ok(kept)
}

pub(super) async fn put_back(admin: &Client, kept: &[Kept]) -> Result<()> {
    admin.batch_execute(ROOM).await?;
    for index in kept {
        admin.batch_execute(&index.make).await?;
    }
    Ok(())
}
