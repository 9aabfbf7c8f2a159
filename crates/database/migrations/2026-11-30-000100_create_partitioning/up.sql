-- Partitions: tables that grow for ever are cut by the month of their ids, and a month is dropped as a whole, because a
-- deleted row stays readable in its page for long. Only the owner of a table may create and drop its partitions; the
-- janitor calls the functions below. A migration that creates a partitioned table calls make_partitions at its end.
set local role djigbachats_owner;

create function first_uuid_at(at timestamptz) returns uuid language sql immutable parallel safe as
    $$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;
comment on function first_uuid_at is 'The smallest UUIDv7 of a time: the bounds of partitions, and of searches by time.';

create function partition_options(parent text) returns text language sql immutable set search_path = public, pg_temp as $$
    -- A message is updated four times within moments, before its old versions can be removed: the page keeps space for them.
    select case parent when 'messages' then 'with (fillfactor = 30)' else '' end
$$;
comment on function partition_options is 'The storage options of new partitions of a table.';

create function make_partitions(through timestamptz) returns integer
    language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
    furthest constant interval := interval '6 months';
    parent text;
    first_day timestamptz;
    partition text;
    made integer := 0;
begin
    if (through <= now() + furthest) is not true then
        raise exception using
            errcode = 'invalid_parameter_value',
            message = format('partitions are created at most %s ahead, not through %s', furthest, through),
            hint = 'Compare the clock of the caller with that of the database.';
    end if;
    -- A new partition waits for every open transaction on its table, and accepts wait behind it: rather fail and try again.
    set local lock_timeout = '200ms';
    for parent in select relname from pg_class where relkind = 'p' and relnamespace = 'public'::regnamespace order by 1 loop
        -- An id that was made just before midnight may be written after it, and clocks differ.
        first_day := date_trunc('month', now() - interval '1 day');
        while first_day <= through loop
            partition := format('public.%I', parent || to_char(first_day, '_YYYY_MM'));
            if to_regclass(partition) is null then
                execute format('create table %s partition of public.%I for values from (%L) to (%L) %s', partition, parent,
                    first_uuid_at(first_day), first_uuid_at(first_day + interval '1 month'), partition_options(parent));
                made := made + 1;
            end if;
            first_day := first_day + interval '1 month';
        end loop;
    end loop;
    return made;
end $$;
comment on function make_partitions is
    'Creates the missing partitions of every partitioned table from the month of yesterday to that of a time; returns how many.';

create function partitions() returns table (parent text, name text, first_day timestamptz)
    language sql stable security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
    select p.relname::text, c.relname::text, to_timestamp(right(c.relname, 7) || '_01', 'YYYY_MM_DD')
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relkind = 'p' and c.relkind = 'r'
        -- A temporary table of the same name is not one of them.
        and c.relnamespace = 'public'::regnamespace and p.relnamespace = 'public'::regnamespace
$$;
comment on function partitions is 'The partitions with their table and the first day of their month.';

create function retention_limit(parent text) returns interval language sql immutable as
    $$ select make_interval(days => case
        when parent in ('media', 'media_chunks') then 70
        when parent in ('messages', 'attempts', 'inbound_messages', 'events') then 351 end) $$;
comment on function retention_limit is
    'How old the first day of a month must be before the month may be dropped: the periods of common::retention. Null keeps the '
    'table for ever. `djigbachats migrate` replaces the function by the setting janitor.retention_days.';

create function drop_partition(name text) returns void
    language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
    partition record;
    kept_for interval;
begin
    select * into partition from partitions() p where p.name = drop_partition.name;
    if not found then
        raise exception 'not a partition of ours: %', name;
    end if;
    kept_for := retention_limit(partition.parent);
    if kept_for is null then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('the partition %s is kept: its table has no retention limit', name);
    elsif now() < partition.first_day + kept_for then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('the partition %s is kept until its first day is %s old', name, kept_for),
            hint = 'After janitor.retention_days was shortened, run djigbachats migrate with the same setting.';
    end if;
    set local lock_timeout = '200ms';
    execute format('drop table public.%I', name);
end $$;
comment on function drop_partition is
    'Drops a partition whose month is past the retention limit, and refuses any other: the janitor cannot delete too early.';

revoke all on function make_partitions, drop_partition from public;
grant execute on function make_partitions, drop_partition to djigbachats_janitor;

reset role;
