-- Messages that businesses send: accepted by the gateway, posted by the sender, updated by the projector.
set local role djigbachats_owner;

create table messages (
    business_id uuid not null,
    id uuid not null,
    phone_number_id text not null,
    campaign_id uuid,
    -- Null for messages without a template: text, a location, buttons.
    template_id text,
    -- common::template::Category: 1 authentication, 2 utility, 3 marketing, 4 service, 9 other
    category smallint not null,
    -- common::message::Lane: 1 otp, 2 transactional, 3 campaign
    lane smallint not null,
    -- common::message::MessageState
    state smallint not null default 1,
    -- common::message::HeldReason, when state is held
    held_reason smallint,
    attempt smallint not null default 0,
    possible_duplicate boolean not null default false,
    hash_version smallint not null,
    recipient_hash bytea not null,
    recipient_sealed bytea not null,
    -- storage::messages::MessageContent; null for one-time codes, whose content is in otp_secrets
    content_sealed bytea,
    -- The caller's own reference.
    reference_hash bytea,
    reference_sealed bytea,
    expires_at timestamptz,
    published_at timestamptz,
    wamid_sealed bytea,
    error_code integer,
    -- Meta's {"title","details"}
    error_sealed bytea,
    pricing_category text,
    pricing_type text,
    billable boolean,
    submitted_at timestamptz,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    failed_at timestamptz,
    settled_at timestamptz,
    -- common::message::ExpiredReason, when it expired before expires_at
    expired_reason smallint,
    -- The file that it carries. Of several it is one: while the message is held for its files, one that is not uploaded.
    media_id uuid,
    -- The others, when it carries several: the images of a carousel.
    more_media_ids uuid[],
    primary key (business_id, id),
    constraint messages_template_id_check check (template_id is not null or category = 4)
) partition by range (id);
comment on table messages is 'Every accepted message with its state. What is due is in due_messages, so that updates stay cheap.';
-- Hashes are looked up in indexes that are as small as possible, because each message touches another page of them. A hash is
-- keyed by the business, so no business is beside it. A wamid occurs once, for which a hash index is smaller still; a
-- recipient or reference occurs often, which a hash index does not bear.
create index messages_recipient_idx on messages (recipient_hash);
create index messages_reference_idx on messages (reference_hash) where reference_hash is not null;
create index messages_campaign_idx on messages (business_id, campaign_id, id) where campaign_id is not null;
create index messages_media_idx on messages (business_id, media_id) where media_id is not null;
call enable_tenant_isolation('messages');
call grant_business('messages', 'select, update (state, held_reason, settled_at)');
call grant_worker('accept', 'messages', 'select, insert');
call grant_worker('sender', 'messages', 'select, insert, update');
call grant_worker('projector', 'messages', 'select, update');
call grant_worker('janitor', 'messages', 'select (business_id, id, state)');

create table due_messages (
    business_id uuid not null,
    message_id uuid not null,
    phone_number_id text not null,
    campaign_id uuid,
    lane smallint not null,
    -- storage::batch::timers: 1 lease of a claim, 2 to be published again, 3 in doubt, 4 held
    kind smallint not null,
    -- common::message::HeldReason, when kind is held
    held_reason smallint,
    -- When the lease ends, the job is published, the doubt is decided, the held message expires; null when it does not.
    due_at timestamptz,
    primary key (business_id, message_id)
);
comment on table due_messages is 'The timer of each message that waits for something; narrow and mostly empty.';
create index due_messages_due_at_idx on due_messages (due_at) where due_at is not null;
create index due_messages_held_idx on due_messages (held_reason, phone_number_id) where kind = 4;
-- Outstanding messages of campaigns, by number.
create index due_messages_campaign_idx on due_messages (phone_number_id, kind) where lane = 3;
call enable_tenant_isolation('due_messages');
call grant_business('due_messages', 'select, insert, update (held_reason, due_at, kind), delete');
call grant_worker('sender', 'due_messages', 'select, insert, update, delete');
call grant_worker('projector', 'due_messages', 'select, update, delete');
call grant_worker('janitor', 'due_messages', 'select (message_id), delete');

create table attempts (
    business_id uuid not null,
    message_id uuid not null,
    attempt smallint not null,
    -- common::message::PostOutcome
    outcome smallint not null,
    http_status smallint,
    error_code integer,
    fbtrace_id text,
    wamid_hash bytea,
    ended_at timestamptz not null,
    primary key (business_id, message_id, attempt)
) partition by range (message_id);
comment on table attempts is 'One row for each POST that ended, or whose lease expired.';
create index attempts_wamid_idx on attempts using hash (wamid_hash) where wamid_hash is not null;
call enable_tenant_isolation('attempts');
call grant_business('attempts', 'select');
call grant_worker('sender', 'attempts', 'select, insert, update');
call grant_worker('projector', 'attempts', 'select');

create unlogged table otp_secrets (
    business_id uuid not null,
    message_id uuid not null,
    content_sealed bytea not null,
    expires_at timestamptz not null,
    primary key (business_id, message_id)
);
comment on table otp_secrets is
    'The content of one-time codes, stored nowhere else. Not logged: gone after five minutes, and with a crash of the database.';
call enable_tenant_isolation('otp_secrets');
call grant_business('otp_secrets', 'delete');
call grant_worker('accept', 'otp_secrets', 'select, insert');
call grant_worker('sender', 'otp_secrets', 'select, delete');
call grant_worker('janitor', 'otp_secrets', 'select (business_id, message_id, expires_at), delete');

create table accepted_counts (
    -- 0 is the janitor's, which subtracts a dropped month; 1 to 64 belong to those that accept.
    slot smallint primary key,
    accepted bigint not null
-- Each row is updated some hundred times a second, within its page.
) with (fillfactor = 10);
comment on table accepted_counts is
    'How many messages were accepted, for the conservation difference. Several rows, so that two gateways seldom wait for each '
    'other; only their sum means something.';
insert into accepted_counts select slot, 0 from generate_series(0, 64) as slot;
call grant_worker('accept', 'accepted_counts', 'select, update (accepted)');
call grant_worker('sender', 'accepted_counts', 'select, update (accepted)');
call grant_worker('janitor', 'accepted_counts', 'select, update (accepted)');

create function accepted_slot() returns smallint language sql stable parallel restricted as
    $$ select (pg_backend_pid() % 64 + 1)::smallint $$;
comment on function accepted_slot is
    'The row of accepted_counts of this connection. Two may share one; then the second waits for the commit of the first.';

create table idempotency_keys (
    business_id uuid not null,
    key_hash bytea not null,
    -- A hash of method, path and body, keyed where the body is a business's: the same key with another body is rejected.
    fingerprint bytea not null,
    response_status smallint not null,
    -- Sealed with the keys of the business; in the clear for the platform's own calls, which repeat a row of businesses.
    response_body bytea not null,
    created_at timestamptz not null,
    primary key (business_id, key_hash)
);
comment on table idempotency_keys is 'The response of each call that creates something, for a repetition of the call.';
create index idempotency_keys_created_at_idx on idempotency_keys (created_at);
call enable_tenant_isolation('idempotency_keys');
call grant_business('idempotency_keys', 'select, insert');
call grant_worker('accept', 'idempotency_keys', 'select, insert');
call grant_worker('platform', 'idempotency_keys', 'select, insert');
call grant_worker('janitor', 'idempotency_keys', 'select (business_id, key_hash, created_at), delete');

create table watermarks (
    name text primary key,
    up_to_id uuid,
    up_to_time timestamptz
);
comment on table watermarks is 'Up to where a periodic worker is done.';
call grant_worker('sender', 'watermarks', 'select, insert, update');
call grant_worker('projector', 'watermarks', 'select, insert, update');
call grant_worker('janitor', 'watermarks', 'select');

select make_partitions(now() + interval '2 months');

reset role;
