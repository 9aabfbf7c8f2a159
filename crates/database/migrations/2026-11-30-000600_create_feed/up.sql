-- What Meta and the customers reported: the event feed, inbound messages, and what the projector needs to apply updates once.
set local role djigbachats_owner;

create table events (
    business_id uuid not null,
    id uuid not null,
    -- The position in the feed of the business. The feed is read by it: in the key it needs no index of its own.
    number bigint not null,
    type text not null,
    message_id uuid,
    campaign_id uuid,
    inbound_id uuid,
    -- States, codes and flags; never personal data.
    data jsonb not null,
    occurred_at timestamptz not null,
    primary key (business_id, number, id)
) partition by range (id);
comment on table events is 'The event feed of each business.';
-- The timeline of a message.
create index events_message_idx on events (business_id, message_id) where message_id is not null;
-- The history of a template.
create index events_template_idx on events (business_id, (data ->> 'template_id')) where type like 'template.%';
call enable_tenant_isolation('events');
call grant_business('events', 'select, insert');
call grant_worker('sender', 'events', 'insert');
call grant_worker('projector', 'events', 'insert');

create table event_counters (
    business_id uuid primary key references businesses,
    last_number bigint not null
);
comment on table event_counters is 'The last number of each feed; locked by the transaction that adds events.';
call enable_tenant_isolation('event_counters');
call grant_business('event_counters', 'select, insert, update');
call grant_worker('platform', 'event_counters', 'select, insert');
call grant_worker('sender', 'event_counters', 'select, update');
call grant_worker('projector', 'event_counters', 'select, update');

create table inbound_messages (
    business_id uuid not null,
    id uuid not null,
    phone_number_id text not null,
    -- Meta's type.
    type text not null,
    hash_version smallint not null,
    sender_hash bytea not null,
    -- common::wire::InboundContent; null once the message was revoked or its sender erased.
    content_sealed bytea,
    -- common::keyword::Keyword
    keyword smallint,
    occurred_at timestamptz not null,
    wamid_hash bytea,
    -- Of a message that revokes another: the hash of the wamid of that one.
    revokes_hash bytea,
    revoked_at timestamptz,
    primary key (business_id, id)
) partition by range (id);
comment on table inbound_messages is 'Messages from customers.';
create index inbound_messages_sender_idx on inbound_messages (sender_hash);
create index inbound_messages_wamid_idx on inbound_messages using hash (wamid_hash) where wamid_hash is not null;
create index inbound_messages_revokes_idx on inbound_messages using hash (revokes_hash) where revokes_hash is not null;
call enable_tenant_isolation('inbound_messages');
call grant_business('inbound_messages', 'select, update (content_sealed, revoked_at)');
call grant_worker('projector', 'inbound_messages', 'select, insert, update (content_sealed, revoked_at)');

create table processed_updates (
    phone_number_id text not null,
    update_hash bytea not null,
    seen_at timestamptz not null,
    primary key (phone_number_id, update_hash)
);
comment on table processed_updates is 'Hashes of applied updates: the same one again changes nothing. Meta retries for 7 days.';
create index processed_updates_seen_at_idx on processed_updates (seen_at);
call grant_worker('projector', 'processed_updates', 'select, insert');
call grant_worker('janitor', 'processed_updates', 'select (phone_number_id, update_hash, seen_at), delete');

create table unmatched_statuses (
    status_id uuid primary key,
    business_id uuid not null,
    phone_number_id text not null,
    -- Set when the status carried a valid opaque id of ours.
    message_id uuid,
    wamid_hash bytea not null,
    -- common::message::MessageState
    status smallint not null,
    occurred_at timestamptz not null,
    error_code integer,
    error_sealed bytea,
    pricing_category text,
    pricing_type text,
    billable boolean,
    stored_at timestamptz not null
);
comment on table unmatched_statuses is
    'Statuses whose message is not known yet: matched again when a wamid is recorded, and by a sweep.';
-- Meta repeats a status until it is answered, some for days: the first one stays.
create unique index unmatched_statuses_once_idx on unmatched_statuses (business_id, wamid_hash, status);
call enable_tenant_isolation('unmatched_statuses');
call grant_worker('sender', 'unmatched_statuses', 'select, delete');
call grant_worker('projector', 'unmatched_statuses', 'select, insert, delete');

select make_partitions(now() + interval '2 months');

reset role;
