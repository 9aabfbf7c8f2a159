-- The database keeps the limits of retention itself: whoever has the janitor's role can drop no month before its time.

set local role djigbachats_owner;

-- How old the first day of a month must be before the month is dropped. `djigbachats migrate` replaces it when the setting
-- `janitor.retention_days` is shorter.
create function retention_limit(parent text) returns interval language sql immutable as
    $$ select make_interval(days => case when parent in ('media', 'media_chunks') then 70 else 351 end) $$;

-- Only the partitions of this schema: a temporary table of the same name is not one of them.
create or replace function partitions() returns table (parent text, name text, first_day timestamptz)
    language sql stable security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
    select p.relname::text, c.relname::text, to_timestamp(right(c.relname, 7) || '_01', 'YYYY_MM_DD')
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relkind = 'p' and c.relkind = 'r'
        and c.relnamespace = 'public'::regnamespace and p.relnamespace = 'public'::regnamespace
$$;

create or replace function drop_partition(name text) returns void
    language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
    partition record;
begin
    select * into partition from partitions() p where p.name = drop_partition.name;
    if not found then
        raise exception 'not a partition of ours: %', name;
    end if;
    if now() < partition.first_day + retention_limit(partition.parent) then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('the partition %s is kept until its first day is %s old', name,
                retention_limit(partition.parent)),
            hint = 'After janitor.retention_days was shortened, djigbachats migrate makes it known to the database.';
    end if;
    set local lock_timeout = '200ms';
    execute format('drop table public.%I', name);
end $$;

reset role;
