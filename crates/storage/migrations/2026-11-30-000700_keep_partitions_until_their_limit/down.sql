create or replace function drop_partition(name text) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if not exists (select from partitions() p where p.name = drop_partition.name) then
        raise exception 'not a partition of ours: %', name;
    end if;
    set local lock_timeout = '200ms';
    execute format('drop table if exists %I', name);
end $$;

create or replace function partitions() returns table (parent text, name text, first_day timestamptz)
    language sql stable security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
    select p.relname::text, c.relname::text, to_timestamp(right(c.relname, 7) || '_01', 'YYYY_MM_DD')
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relkind = 'p' and c.relkind = 'r'
$$;

drop function retention_limit(text);
