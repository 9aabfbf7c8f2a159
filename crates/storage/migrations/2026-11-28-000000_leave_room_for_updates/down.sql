set local role djigbachats_owner;

create or replace function partition_options(parent text) returns text language sql immutable
    set search_path = public, pg_temp as $$
    select case parent when 'messages' then 'with (fillfactor = 50)' else '' end
$$;
alter table campaign_recipients set (fillfactor = 70);

reset role;
