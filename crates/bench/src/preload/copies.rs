//! Copies of the model messages, written inside the database: one statement per table and range of copies.

use anyhow::Result;
use tokio_postgres::Client;

/// A table whose rows are copied.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The condition of the rows that are copied.
    models: &'static str,
    /// Columns that differ between copies; timestamps always do. `s` is the model and `c` the copy.
    own: &'static [(&'static str, &'static str)],
    /// Whether rows are kept for a week only.
    a_week: bool,
}

/// All tables with data of a message.
pub(super) const TABLES: [Table; 6] = [
    Table {
        name: "messages",
        models: "true",
        own: &[
            ("id", "bench.id(s.id, c)"),
            ("recipient_hash", "bench.hash(s.recipient_hash, c)"),
            ("reference_hash", "bench.hash(s.reference_hash, c)"),
        ],
        a_week: false,
    },
    Table {
        name: "attempts",
        models: "true",
        own: &[
            ("message_id", "bench.id(s.message_id, c)"),
            ("wamid_hash", "bench.hash(s.wamid_hash, c)"),
        ],
        a_week: false,
    },
    Table {
        name: "events",
        models: "message_id is not null",
        own: &[
            ("id", "bench.id(s.id, c)"),
            ("message_id", "bench.id(s.message_id, c)"),
            ("number", "s.number + c.copy * c.numbers"),
        ],
        a_week: false,
    },
    Table {
        name: "campaign_recipients",
        models: "message_id is not null",
        own: &[
            ("row_number", "s.row_number + c.copy * c.rows"),
            ("message_id", "bench.id(s.message_id, c)"),
            ("recipient_hash", "bench.hash(s.recipient_hash, c)"),
        ],
        a_week: false,
    },
    Table {
        name: "processed_updates",
        models: "true",
        own: &[("update_hash", "bench.hash(s.update_hash, c)")],
        a_week: true,
    },
    Table {
        name: "idempotency_keys",
        models: "true",
        own: &[("key_hash", "bench.hash(s.key_hash, c)")],
        a_week: true,
    },
];

/// The copies: their number, how much older than the models they are, evenly spread over three months, and the prefix
/// of their UUIDv7. The functions derive a copy's own values, identical wherever they are used.
const PREPARE: &str = "
    create schema bench;
    create table bench.copies as
        select copy, age, lpad(to_hex((extract(epoch from now() - age) * 1000)::bigint), 12, '0') || '7' as begins,
            (select max(last_number) from event_counters) as numbers,
            (select max(row_number) from campaign_recipients) as rows
        from (select copy, interval '90 days' * (1 - (copy - 1) / $COPIES::double precision) as age
              from generate_series(1, $COPIES) as copy) as aged;
    create unique index on bench.copies (copy);
    create function bench.id(model uuid, c bench.copies) returns uuid language sql immutable as
        $$ select overlay(overlay(md5(model::text || (c).copy) placing (c).begins from 1) placing '8' from 17)::uuid $$;
    create function bench.hash(model bytea, c bench.copies) returns bytea language sql immutable as
        $$ select sha256(model || int4send((c).copy)) $$;";
/// The fill factor of message pages. The product leaves space for rows that grow later; copied rows have grown already.
/// With too few of them per page, new messages would go into the space left in old pages.
const FILL_PAGES: &str = "
    do $$ declare partition regclass; begin
        for partition in select inhrelid::regclass from pg_inherits where inhparent = 'messages'::regclass loop
            execute format('alter table %s %s', partition, $OPTIONS);
        end loop;
    end $$";
const WITH_GROWN_ROWS: &str = "'set (fillfactor = 36)'";
const WITH_YOUNG_ROWS: &str = "replace(partition_options('messages'), 'with', 'set')";
/// For superuser connections: no wait for the disk, and no foreign key checks of copied rows.
const AS_LOADER: &str = "set synchronous_commit = off; set session_replication_role = replica";
// The product's counters include the copies; statistics and visibility maps are as after months of autovacuum.
const SETTLE: [&str; 5] = [
    "update accepted_counts set accepted = accepted * ($COPIES + 1) where accepted > 0",
    "update event_counters set last_number = last_number + $COPIES * (select max(last_number) from event_counters)",
    "drop schema bench cascade",
    "vacuum (analyze)",
    "checkpoint",
];
const COLUMNS: &str = "
    select attname::text, atttypid = 'timestamptz'::regtype from pg_attribute
    where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum";

/// Saves the models and creates the table of copies.
pub(super) async fn prepare(admin: &Client, copies: u64) -> Result<()> {
    admin.batch_execute(&with_count(PREPARE, copies)).await?;
    let fill = FILL_PAGES.replace("$OPTIONS", WITH_GROWN_ROWS);
    admin.batch_execute(&fill).await?;
    for Table { name, models, .. } in &TABLES {
        let keep =
            format!("create table bench.{name} as select * from public.{name} where {models}");
        admin.batch_execute(&keep).await?;
    }
    Ok(())
}

/// Configures a connection for writing copies.
pub(super) async fn as_loader(client: &Client) -> Result<()> {
    Ok(client.batch_execute(AS_LOADER).await?)
}

/// Writes the copies with these numbers.
pub(super) async fn write(client: &Client, first: u64, last: u64) -> Result<()> {
    for table in &TABLES {
        let columns = client.query(COLUMNS, &[&table.name]).await?;
        let columns: Vec<(String, bool)> =
            columns.iter().map(|row| (row.get(0), row.get(1))).collect();
        let statement = statement(table, &columns, first, last);
        client.batch_execute(&statement).await?;
    }
    Ok(())
}

/// Updates the counters, drops the models and vacuums the tables.
pub(super) async fn settle(admin: &Client, copies: u64) -> Result<()> {
    let fill = FILL_PAGES.replace("$OPTIONS", WITH_YOUNG_ROWS);
    admin.batch_execute(&fill).await?;
    for statement in SETTLE {
        admin.batch_execute(&with_count(statement, copies)).await?;
    }
    Ok(())
}

fn with_count(sql: &str, copies: u64) -> String {
    sql.replace("$COPIES", &copies.to_string())
}

fn statement(table: &Table, columns: &[(String, bool)], first: u64, last: u64) -> String {
    let Table {
        name, own, a_week, ..
    } = table;
    let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let values: Vec<_> = columns
        .iter()
        .map(|(column, is_time)| value(own, column, *is_time))
        .collect();
    let young = if *a_week {
        "and c.age < interval '7 days'"
    } else {
        ""
    };
    format!(
        "insert into public.{name} ({}) select {} from bench.copies c cross join bench.{name} s
         where c.copy between {first} and {last} {young}",
        names.join(", "),
        values.join(", "),
    )
}

fn value(own: &[(&str, &str)], column: &str, is_time: bool) -> String {
    let own = own.iter().find(|(name, _)| *name == column);
    match (own, is_time) {
        (Some((_, value)), _) => (*value).to_owned(),
        (None, true) => format!("s.{column} - c.age"),
        (None, false) => format!("s.{column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_overrides_its_own_columns_and_timestamps() {
        let columns = [("id", false), ("state", false), ("sent_at", true)];
        let columns = columns.map(|(name, is_time)| (name.to_owned(), is_time));
        let [messages, ..] = &TABLES;
        let statement = statement(messages, &columns, 3, 7);
        assert!(
            statement.starts_with(
                "insert into public.messages (id, state, sent_at) \
                 select bench.id(s.id, c), s.state, s.sent_at - c.age from"
            ),
            "{statement}"
        );
        assert!(statement.contains("c.copy between 3 and 7"), "{statement}");
        assert!(!statement.contains("7 days"), "{statement}");
    }
}
