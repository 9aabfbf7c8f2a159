//! Partitions of past months, as the product would have created them.

use anyhow::Result;
use tokio_postgres::Client;

/// As many as 90 days can span.
const MAKE: &str = "
    set role djigbachats_owner;
    do $$
    declare
        model record;
        this_month timestamptz := date_trunc('month', now() at time zone 'utc') at time zone 'utc';
        first_day timestamptz;
    begin
        for model in
            select p.parent, array_to_string(c.reloptions, ', ') as options
            from partitions() p join pg_class c on c.oid = p.name::regclass where p.first_day = this_month
        loop
            for months in 1..4 loop
                first_day := this_month - months * interval '1 month';
                execute format('create table if not exists %I partition of %I for values from (%L) to (%L) %s',
                    model.parent || '_' || to_char(first_day at time zone 'utc', 'YYYY_MM'), model.parent,
                    first_uuid_at(first_day), first_uuid_at(first_day + interval '1 month'),
                    'with (' || model.options || ')');
            end loop;
        end loop;
    end $$;
    reset role;";

/// Creates them.
pub(super) async fn make(admin: &Client) -> Result<()> {
    Ok(admin.batch_execute(MAKE).await?)
}
