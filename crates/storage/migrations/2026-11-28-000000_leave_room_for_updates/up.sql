-- A row that is updated within its page costs its indices nothing. A message is written again four times within moments, and
-- the rows of a chunk of a campaign all in one statement, before anything of the page can be cleared away: so much room has
-- to be there from the start.
set local role djigbachats_owner;

alter table campaign_recipients set (fillfactor = 45);

-- What the partitions of a table are made with.
create or replace function partition_options(parent text) returns text language sql immutable
    set search_path = public, pg_temp as $$
    select case parent when 'messages' then 'with (fillfactor = 30)' else '' end
$$;

create or replace function make_partitions(through timestamptz) returns integer
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text;
    first_day timestamptz;
    partition text;
    made integer := 0;
begin
    -- A partition waits for every open transaction on its table: better try again than stop the accepts behind it.
    set local lock_timeout = '200ms';
    for parent in select relname from pg_class where relkind = 'p' and relnamespace = 'public'::regnamespace order by 1 loop
        first_day := date_trunc('month', now() at time zone 'utc') at time zone 'utc';
        while first_day <= through loop
            partition := format('%s_%s', parent, to_char(first_day at time zone 'utc', 'YYYY_MM'));
            if to_regclass(partition) is null then
                execute format('create table %I partition of %I for values from (%L) to (%L) %s', partition, parent,
                    first_uuid_at(first_day), first_uuid_at(first_day + interval '1 month'), partition_options(parent));
                made := made + 1;
            end if;
            first_day := first_day + interval '1 month';
        end loop;
    end loop;
    return made;
end $$;

do $$
declare partition regclass;
begin
    for partition in select inhrelid::regclass from pg_inherits where inhparent = 'messages'::regclass loop
        execute format('alter table %s set (fillfactor = 30)', partition);
    end loop;
end $$;

reset role;
