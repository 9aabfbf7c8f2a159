-- Files that messages carry. A file is uploaded here once and stored sealed; it is uploaded to Meta once for each number that
-- sends it, and messages that need it are held until then.
set local role djigbachats_owner;

create table media (
    business_id uuid not null,
    id uuid not null,
    -- A media type that Meta takes (Meta, media reference).
    mime_type text not null,
    size_bytes integer not null,
    -- The number of its rows in media_chunks, which are numbered from 0.
    chunks smallint not null,
    -- The name that recipients see of a document; it may name a person.
    filename_sealed bytea,
    primary key (business_id, id)
) partition by range (id);
comment on table media is 'Files without their content.';
call enable_tenant_isolation('media');
call grant_business('media', 'select, insert');
call grant_worker('sender', 'media', 'select');
-- Samples of templates.
call grant_worker('sync', 'media', 'select');

create table media_chunks (
    business_id uuid not null,
    media_id uuid not null,
    number smallint not null,
    content_sealed bytea not null,
    primary key (business_id, media_id, number)
) partition by range (media_id);
comment on table media_chunks is 'The content of files. The gateway writes it and can never read it.';
-- What is sealed cannot be compressed.
alter table media_chunks alter column content_sealed set storage external;
call enable_tenant_isolation('media_chunks');
call grant_business('media_chunks', 'insert');
call grant_worker('sender', 'media_chunks', 'select');
call grant_worker('sync', 'media_chunks', 'select');

create table media_uploads (
    business_id uuid not null,
    media_id uuid not null,
    phone_number_id text not null,
    -- Meta's id of the file; null when there is none.
    meta_media_id text,
    -- Why Meta refused the file, by its code; null when it took it, or when the file is deleted here.
    error_code integer,
    -- Until when this holds: Meta deletes files after 30 days, and a refused file may be tried again.
    expires_at timestamptz not null,
    primary key (business_id, media_id, phone_number_id),
    foreign key (business_id, phone_number_id) references phone_numbers
);
comment on table media_uploads is 'The results of uploads to Meta.';
create index media_uploads_expires_at_idx on media_uploads (expires_at);
call enable_tenant_isolation('media_uploads');
call grant_worker('sender', 'media_uploads', 'select, insert, update');
call grant_worker('janitor', 'media_uploads', 'select (business_id, media_id, phone_number_id, expires_at), delete');

create table due_media_uploads (
    business_id uuid not null,
    media_id uuid not null,
    phone_number_id text not null,
    -- How often it was tried.
    attempt smallint not null default 0,
    -- When it is tried (again): for the sender that works on it, the end of its lease.
    due_at timestamptz not null,
    primary key (business_id, media_id, phone_number_id),
    foreign key (business_id, phone_number_id) references phone_numbers
);
comment on table due_media_uploads is 'The uploads to Meta that are to be done; narrow and mostly empty.';
create index due_media_uploads_due_at_idx on due_media_uploads (due_at);
call enable_tenant_isolation('due_media_uploads');
call grant_worker('sender', 'due_media_uploads', 'select, insert, update, delete');

select make_partitions(now() + interval '2 months');

reset role;
