-- Files that messages carry. A file comes once and is kept sealed; Meta gets it once for each number that sends it.
--  * media and media_chunks hold the file. Both are partitioned by the file's id, because a month of files is dropped and
--    not deleted row by row.
--  * media_uploads holds what came of an upload to Meta, until that is no longer worth anything; due_media_uploads, narrow
--    and mostly empty, holds the uploads that are to be done. Messages that need one are held until it is done.

set local role djigbachats_owner;

create table media (
    business_id uuid not null,
    id uuid not null,
    -- A media type that Meta takes (Meta, media reference).
    mime_type text not null,
    size_bytes integer not null,
    -- In how many parts it lies in media_chunks, numbered from 0.
    chunks smallint not null,
    -- The name that recipients see of a document; it may name a person.
    filename_sealed bytea,
    primary key (business_id, id)
) partition by range (id);

create table media_chunks (
    business_id uuid not null,
    media_id uuid not null,
    number smallint not null,
    content_sealed bytea not null,
    primary key (business_id, media_id, number)
) partition by range (media_id);
-- What is sealed cannot be compressed.
alter table media_chunks alter column content_sealed set storage external;

create table media_uploads (
    business_id uuid not null,
    media_id uuid not null,
    phone_number_id text not null,
    -- Meta's id of the file; null when there is none to be had.
    meta_media_id text,
    -- Meta's code for refusing the file; null when it took it, or when we have the file no longer.
    error_code integer,
    -- Until when this holds: Meta forgets files after 30 days, and what it refused may be tried again.
    expires_at timestamptz not null,
    primary key (business_id, media_id, phone_number_id),
    foreign key (business_id, phone_number_id) references phone_numbers
);
create index media_uploads_expires_at_idx on media_uploads (expires_at);

create table due_media_uploads (
    business_id uuid not null,
    media_id uuid not null,
    phone_number_id text not null,
    -- How often it was tried.
    attempt smallint not null default 0,
    -- When it is tried (again). A sender that is at it has set this to the end of its lease.
    due_at timestamptz not null,
    primary key (business_id, media_id, phone_number_id),
    foreign key (business_id, phone_number_id) references phone_numbers
);
create index due_media_uploads_due_at_idx on due_media_uploads (due_at);

-- The file that a message carries. It never changes, so its index costs an update nothing.
alter table messages add column media_id uuid;
create index messages_media_idx on messages (business_id, media_id) where media_id is not null;

do $$
declare t text;
begin
    foreach t in array array['media', 'media_chunks', 'media_uploads', 'due_media_uploads']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy owner on %I to djigbachats_owner using (true) with check (true)', t);
        execute format('create policy sender on %I to djigbachats_sender using (true) with check (true)', t);
    end loop;
    foreach t in array array['media', 'media_chunks']
    loop
        execute format('create policy business on %I to djigbachats_business using (business_id = current_business())'
            ' with check (business_id = current_business())', t);
    end loop;
end $$;

-- The gateway takes files in and tells of them; it never reads what is in them.
grant select, insert on media to djigbachats_business;
grant insert on media_chunks to djigbachats_business;
-- The sender reads them for Meta.
grant select on media, media_chunks to djigbachats_sender;
grant select, insert, update on media_uploads to djigbachats_sender;
grant select, insert, update, delete on due_media_uploads to djigbachats_sender;
-- The janitor forgets uploads that are worth nothing any more.
create policy janitor on media_uploads to djigbachats_janitor using (true);
grant select (business_id, media_id, phone_number_id, expires_at), delete on media_uploads to djigbachats_janitor;

-- Partitions of every partitioned table, whichever there are.
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
                    first_uuid_at(first_day), first_uuid_at(first_day + interval '1 month'),
                    case parent when 'messages' then 'with (fillfactor = 50)' else '' end);
                made := made + 1;
            end if;
            first_day := first_day + interval '1 month';
        end loop;
    end loop;
    return made;
end $$;

create or replace function drop_partition(name text) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if not exists (select from partitions() p where p.name = drop_partition.name) then
        raise exception 'not a partition of ours: %', name;
    end if;
    set local lock_timeout = '200ms';
    execute format('drop table if exists %I', name);
end $$;

select make_partitions(now() + interval '2 months');

reset role;
