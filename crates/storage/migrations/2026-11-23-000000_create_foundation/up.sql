-- The foundation. Three rules hold in every table of a business:
--  * it bears business_id, its primary key begins with it, and row-level security is forced;
--  * no role but the owner of a policy sees a row: request paths use djigbachats_business with SET LOCAL, each batch
--    worker that crosses businesses has a role of its own;
--  * what names a person is sealed (…_sealed) or a keyed hash (…_hash); states are smallint because the comparison of
--    an enum is not leakproof and would lose the index under row-level security.
-- The roles themselves are made by `djigbachats migrate` before this file runs: they belong to the cluster.

grant usage, create on schema public to djigbachats_owner;
grant usage on schema public to djigbachats_business, djigbachats_accept, djigbachats_platform, djigbachats_sender,
    djigbachats_projector, djigbachats_sync, djigbachats_janitor;
set local role djigbachats_owner;

-- Whose request it is. Unset or empty means nobody.
create function current_business() returns uuid language sql stable parallel safe as
    $$ select nullif(current_setting('djigbachats.business_id', true), '')::uuid $$;
-- The businesses of one group of accepted messages.
create function current_businesses() returns uuid[] language sql stable parallel safe as
    $$ select string_to_array(nullif(current_setting('djigbachats.business_ids', true), ''), ',')::uuid[] $$;
-- The smallest UUIDv7 of a time: the bounds of partitions.
create function first_uuid_at(at timestamptz) returns uuid language sql immutable parallel safe as
    $$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

----------------------------------------------------------------------------------------------------------------------
-- Businesses, their keys and their numbers

create table businesses (
    business_id uuid primary key,
    name text not null,
    -- ISO 3166 alpha-2: how national numbers are read.
    country text not null default 'BF',
    created_at timestamptz not null
);

create table data_keys (
    business_id uuid not null references businesses,
    key_id integer not null,
    -- 1 seal, 2 lookup
    purpose smallint not null,
    key_sealed bytea not null,
    created_at timestamptz not null,
    primary key (business_id, purpose, key_id)
);

-- A key to the API; the platform's keys have no business.
create table api_keys (
    key_id uuid primary key,
    business_id uuid references businesses,
    name text not null,
    secret_hash bytea not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);
create index api_keys_business_id_idx on api_keys (business_id);

create table wabas (
    business_id uuid not null references businesses,
    waba_id text not null,
    created_at timestamptz not null,
    templates_synced_at timestamptz,
    -- Why the last synchronisation failed, for a person; null when it did not.
    templates_sync_error text,
    -- When the newest synchronisation began: whoever began earlier writes nothing any more.
    templates_sync_started_at timestamptz,
    primary key (business_id, waba_id),
    -- An account belongs to one business.
    unique (waba_id)
);

create table phone_numbers (
    business_id uuid not null,
    phone_number_id text not null,
    waba_id text not null,
    display_phone_number text not null,
    verified_name text not null,
    quality_rating text not null,
    throughput_level text not null,
    messaging_limit text not null,
    -- 1 connected, 2 stopped (see stopped_reason), 3 disconnected
    connection smallint not null,
    stopped_reason text,
    connected_at timestamptz not null,
    primary key (business_id, phone_number_id),
    unique (phone_number_id),
    foreign key (business_id, waba_id) references wabas
);

create table access_tokens (
    business_id uuid not null,
    waba_id text not null,
    token_sealed bytea not null,
    -- Eight hexadecimal digits of a keyed hash: tells tokens apart in logs.
    fingerprint text not null,
    expires_at timestamptz,
    created_at timestamptz not null,
    primary key (business_id, waba_id),
    foreign key (business_id, waba_id) references wabas
);

create table templates (
    business_id uuid not null,
    template_id text not null,
    waba_id text not null,
    name text not null,
    language text not null,
    category text not null,
    status text not null,
    parameter_format text not null,
    components jsonb not null,
    quality_score text,
    rejected_reason text,
    synced_at timestamptz not null,
    primary key (business_id, template_id),
    foreign key (business_id, waba_id) references wabas
);
-- A template that was deleted at Meta may be made anew there under another id.
create unique index templates_name_idx on templates (business_id, waba_id, name, language) where status <> 'DELETED';

----------------------------------------------------------------------------------------------------------------------
-- Messages

create table messages (
    business_id uuid not null,
    id uuid not null,
    phone_number_id text not null,
    campaign_id uuid,
    template_id text not null,
    -- Template category: 1 authentication, 2 utility, 3 marketing, 9 other
    category smallint not null,
    -- 1 otp, 2 transactional, 3 campaign
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
    -- {"template","language","components"}; null for one-time codes, which lie in otp_secrets
    content_sealed bytea,
    reference_hash bytea,
    reference_sealed bytea,
    expires_at timestamptz,
    published_at timestamptz,
    wamid_sealed bytea,
    error_code integer,
    -- {"title","details"} as Meta said it
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
    primary key (business_id, id)
) partition by range (id);
create index messages_recipient_idx on messages (business_id, recipient_hash, id);
create index messages_reference_idx on messages (business_id, reference_hash, id) where reference_hash is not null;
create index messages_campaign_idx on messages (business_id, campaign_id, id) where campaign_id is not null;

-- What is due or waits, beside the messages so that their updates stay cheap.
create table due_messages (
    business_id uuid not null,
    message_id uuid not null,
    phone_number_id text not null,
    campaign_id uuid,
    lane smallint not null,
    -- storage::batch::due::DueKind: 1 lease, 2 to be published (a retry, or a message that came back to accepted),
    -- 3 doubt, 4 held
    kind smallint not null,
    held_reason smallint,
    -- When the lease ends, the job is published, the doubt is decided, the held message expires; null when it does not.
    due_at timestamptz,
    primary key (business_id, message_id)
);
create index due_messages_due_at_idx on due_messages (due_at) where due_at is not null;
create index due_messages_held_idx on due_messages (held_reason, phone_number_id) where kind = 4;
-- What of the campaigns is outstanding at a number.
create index due_messages_campaign_idx on due_messages (phone_number_id, kind) where lane = 3;

-- One row for each attempt that ended, or whose lease did.
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
create index attempts_wamid_idx on attempts (business_id, wamid_hash) where wamid_hash is not null;

-- Variables of one-time codes: nowhere else, gone after 300 s, and gone with a crash of the database.
create unlogged table otp_secrets (
    business_id uuid not null,
    message_id uuid not null,
    content_sealed bytea not null,
    expires_at timestamptz not null,
    primary key (business_id, message_id)
);

create table accepted_counts (
    business_id uuid primary key references businesses,
    accepted bigint not null
);

create table idempotency_keys (
    business_id uuid not null,
    key_hash bytea not null,
    -- A hash of method, path and body, keyed where the body is of a business: the same key with another body is refused.
    fingerprint bytea not null,
    response_status smallint not null,
    response_body bytea not null,
    created_at timestamptz not null,
    primary key (business_id, key_hash)
);
create index idempotency_keys_created_at_idx on idempotency_keys (created_at);

-- Where a periodic worker stands.
create table watermarks (
    name text primary key,
    up_to_id uuid,
    up_to_time timestamptz
);

----------------------------------------------------------------------------------------------------------------------
-- Campaigns

create table campaigns (
    business_id uuid not null references businesses,
    campaign_id uuid not null,
    name text not null,
    phone_number_id text not null,
    template_id text not null,
    -- common::campaign::CampaignState
    state smallint not null,
    -- What fills which variable: {"1":{"column":"Prénom"},"2":{"text":"samedi"}}
    variables jsonb not null,
    rows_read integer not null default 0,
    rows_planned integer not null default 0,
    rows_skipped integer not null default 0,
    rows_released integer not null default 0,
    -- storage::campaign_recipients::AudienceReport: what the last import left out and why; no personal data.
    audience jsonb,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    primary key (business_id, campaign_id),
    foreign key (business_id, phone_number_id) references phone_numbers,
    foreign key (business_id, template_id) references templates
);

-- One row for each row of the audience's file.
create table campaign_recipients (
    business_id uuid not null,
    campaign_id uuid not null,
    row_number integer not null,
    -- common::campaign::RecipientState
    state smallint not null,
    -- common::campaign::SkipReason, when state is skipped
    skip_reason smallint,
    -- A second number in the cell was left aside.
    noted boolean not null default false,
    message_id uuid,
    hash_version smallint,
    recipient_hash bytea,
    recipient_sealed bytea,
    -- {"1":"Awa"}
    variables_sealed bytea,
    primary key (business_id, campaign_id, row_number),
    foreign key (business_id, campaign_id) references campaigns on delete cascade
) with (fillfactor = 70);
-- A person gets a campaign once; rows that are left out keep no hash. The state is not in the predicate, so that its
-- updates stay in the page.
create unique index campaign_recipients_once_idx on campaign_recipients (business_id, campaign_id, recipient_hash)
    where recipient_hash is not null;

----------------------------------------------------------------------------------------------------------------------
-- What Meta and the clients said

create table events (
    business_id uuid not null,
    id uuid not null,
    number bigint not null,
    type text not null,
    message_id uuid,
    campaign_id uuid,
    inbound_id uuid,
    -- States, codes and flags; never personal data.
    data jsonb not null,
    occurred_at timestamptz not null,
    primary key (business_id, id)
) partition by range (id);
create index events_number_idx on events (business_id, number);
-- The timeline of a message.
create index events_message_idx on events (business_id, message_id) where message_id is not null;

-- The last number of each business's feed; locked in the transaction that adds events.
create table event_counters (
    business_id uuid primary key references businesses,
    last_number bigint not null
);

create table inbound_messages (
    business_id uuid not null,
    id uuid not null,
    phone_number_id text not null,
    -- Meta's word
    type text not null,
    hash_version smallint not null,
    sender_hash bytea not null,
    -- common::wire::InboundContent
    content_sealed bytea not null,
    -- common::keyword::Keyword
    keyword smallint,
    occurred_at timestamptz not null,
    primary key (business_id, id)
) partition by range (id);

-- A person known to a business by a message of their own: the customer service window, and later their names.
create table contacts (
    business_id uuid not null references businesses,
    contact_hash bytea not null,
    hash_version smallint not null,
    phone_sealed bytea,
    bsuid_sealed bytea,
    last_inbound_at timestamptz,
    primary key (business_id, contact_hash)
);

-- Who opted out. A row stays when the person writes START: its lifted_at says since when messages may go again.
create table suppressions (
    business_id uuid not null references businesses,
    recipient_hash bytea not null,
    hash_version smallint not null,
    -- keyword, user_preferences, api, file
    source text not null,
    opted_out_at timestamptz not null,
    lifted_at timestamptz,
    primary key (business_id, recipient_hash)
);

-- Updates of Meta that were applied, by a hash: the same one again changes nothing. Lives 8 days, Meta retries for 7.
create table seen_updates (
    phone_number_id text not null,
    update_hash bytea not null,
    seen_at timestamptz not null,
    primary key (phone_number_id, update_hash)
);
create index seen_updates_seen_at_idx on seen_updates (seen_at);

-- Statuses whose message is not known (yet): matched again when a wamid is recorded, and by a sweep. Live 8 days.
create table parked_statuses (
    parked_id uuid primary key,
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
    parked_at timestamptz not null
);
create index parked_statuses_wamid_idx on parked_statuses (business_id, wamid_hash);

----------------------------------------------------------------------------------------------------------------------
-- Row-level security: forced on every table of a business; the owner has a policy of its own, because with FORCE a data
-- migration would silently touch no row.

do $$
declare t text;
begin
    foreach t in array array['businesses', 'data_keys', 'api_keys', 'wabas', 'phone_numbers', 'access_tokens', 'templates',
        'messages', 'due_messages', 'attempts', 'otp_secrets', 'accepted_counts', 'idempotency_keys', 'campaigns',
        'campaign_recipients', 'events', 'event_counters', 'inbound_messages', 'contacts', 'suppressions',
        'parked_statuses']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy owner on %I to djigbachats_owner using (true) with check (true)', t);
        execute format('create policy business on %I to djigbachats_business using (business_id = current_business())'
            ' with check (business_id = current_business())', t);
    end loop;
end $$;

-- Request paths, one business at a time.
grant select on businesses, data_keys, api_keys, wabas, phone_numbers, access_tokens, templates, messages, due_messages,
    attempts, accepted_counts, idempotency_keys, campaigns, campaign_recipients, events, event_counters,
    inbound_messages, contacts, suppressions to djigbachats_business;
grant insert on data_keys, wabas, phone_numbers, access_tokens, templates, due_messages, idempotency_keys, campaigns,
    campaign_recipients, events, event_counters, suppressions to djigbachats_business;
grant update on wabas, phone_numbers, access_tokens, templates, campaigns, event_counters, suppressions
    to djigbachats_business;
grant update (state, held_reason, settled_at) on messages to djigbachats_business;
grant update (state, skip_reason) on campaign_recipients to djigbachats_business;
grant delete on access_tokens, campaign_recipients, due_messages, otp_secrets to djigbachats_business;
grant update (held_reason, due_at, kind) on due_messages to djigbachats_business;

-- The group commit of accepted messages: the businesses of the group.
do $$
declare t text;
begin
    foreach t in array array['messages', 'otp_secrets', 'accepted_counts', 'idempotency_keys']
    loop
        execute format('create policy accept on %I to djigbachats_accept using (business_id = any (current_businesses()))'
            ' with check (business_id = any (current_businesses()))', t);
    end loop;
end $$;
grant insert, select on messages, idempotency_keys, accepted_counts, otp_secrets to djigbachats_accept;
grant update on accepted_counts to djigbachats_accept;

-- The platform: makes businesses and keys, and finds the key that a request shows.
create policy platform on businesses to djigbachats_platform using (true) with check (true);
create policy platform on api_keys to djigbachats_platform using (true) with check (true);
create policy platform on data_keys to djigbachats_platform using (true) with check (true);
create policy platform on accepted_counts to djigbachats_platform using (true) with check (true);
create policy platform on event_counters to djigbachats_platform using (true) with check (true);
create policy platform on idempotency_keys to djigbachats_platform using (true) with check (true);
grant select, insert on businesses, api_keys, data_keys, accepted_counts, event_counters, idempotency_keys
    to djigbachats_platform;
grant update (revoked_at) on api_keys to djigbachats_platform;

-- The sender: claims, results, the reaper, and the release of campaigns, for all businesses.
do $$
declare t text;
begin
    foreach t in array array['data_keys', 'phone_numbers', 'access_tokens', 'templates', 'messages', 'due_messages',
        'attempts', 'otp_secrets', 'accepted_counts', 'campaigns', 'campaign_recipients', 'events', 'event_counters',
        'suppressions', 'parked_statuses']
    loop
        execute format('create policy sender on %I to djigbachats_sender using (true) with check (true)', t);
    end loop;
end $$;
grant select on data_keys, phone_numbers, access_tokens, templates, messages, due_messages, attempts, otp_secrets,
    accepted_counts, campaigns, campaign_recipients, event_counters, suppressions, parked_statuses, watermarks
    to djigbachats_sender;
grant insert on messages, due_messages, attempts, events, watermarks, accepted_counts to djigbachats_sender;
grant update on messages, due_messages, attempts, campaigns, campaign_recipients, event_counters, watermarks,
    accepted_counts to djigbachats_sender;
grant update (connection, stopped_reason) on phone_numbers to djigbachats_sender;
grant update (status) on templates to djigbachats_sender;
grant delete on due_messages, otp_secrets, parked_statuses to djigbachats_sender;

-- The projector: applies what Meta and the clients said, for all businesses.
do $$
declare t text;
begin
    foreach t in array array['data_keys', 'phone_numbers', 'messages', 'due_messages', 'attempts', 'events',
        'event_counters', 'inbound_messages', 'contacts', 'suppressions', 'parked_statuses']
    loop
        execute format('create policy projector on %I to djigbachats_projector using (true) with check (true)', t);
    end loop;
end $$;
grant select on data_keys, phone_numbers, messages, due_messages, attempts, event_counters, contacts, suppressions,
    parked_statuses, seen_updates, watermarks to djigbachats_projector;
grant insert on events, inbound_messages, contacts, suppressions, parked_statuses, seen_updates, watermarks
    to djigbachats_projector;
grant update on messages, event_counters, contacts, suppressions, watermarks, due_messages to djigbachats_projector;
grant delete on due_messages, parked_statuses to djigbachats_projector;

-- Template synchronisation: finds the accounts that are due; writes in the scope of each business.
create policy sync on wabas to djigbachats_sync using (true) with check (true);
grant select, update on wabas to djigbachats_sync;

-- The janitor: deletes what is past its time, without reading content.
do $$
declare t text;
begin
    foreach t in array array['idempotency_keys', 'otp_secrets', 'messages', 'accepted_counts', 'due_messages']
    loop
        execute format('create policy janitor on %I to djigbachats_janitor using (true)', t);
    end loop;
end $$;
grant select (business_id, key_hash, created_at) on idempotency_keys to djigbachats_janitor;
grant select (business_id, message_id, expires_at) on otp_secrets to djigbachats_janitor;
grant select (phone_number_id, update_hash, seen_at) on seen_updates to djigbachats_janitor;
grant select (business_id, id, state) on messages to djigbachats_janitor;
grant select (message_id) on due_messages to djigbachats_janitor;
grant update (accepted) on accepted_counts to djigbachats_janitor;
grant select on accepted_counts, watermarks to djigbachats_janitor;
grant delete on idempotency_keys, otp_secrets, seen_updates, due_messages to djigbachats_janitor;

----------------------------------------------------------------------------------------------------------------------
-- Partitions: one for each month of ids. Only their owner may make and drop them, so the janitor calls these functions.

create function make_partitions(through timestamptz) returns integer
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text;
    first_day timestamptz;
    partition text;
    made integer := 0;
begin
    -- A partition waits for every open transaction on its table: better try again than stop the accepts behind it.
    set local lock_timeout = '200ms';
    foreach parent in array array['messages', 'attempts', 'events', 'inbound_messages'] loop
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

create function drop_partition(name text) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if name !~ '^(messages|attempts|events|inbound_messages)_[0-9]{4}_[0-9]{2}$' then
        raise exception 'not a partition of ours: %', name;
    end if;
    set local lock_timeout = '200ms';
    execute format('drop table if exists %I', name);
end $$;

-- The partitions there are: table, name and first day.
create function partitions() returns table (parent text, name text, first_day timestamptz)
    language sql stable security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
    select p.relname::text, c.relname::text, to_timestamp(right(c.relname, 7) || '_01', 'YYYY_MM_DD')
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relkind = 'p' and c.relkind = 'r'
$$;

revoke all on function make_partitions(timestamptz), drop_partition(text) from public;
grant execute on function make_partitions(timestamptz), drop_partition(text) to djigbachats_janitor;

select make_partitions(now() + interval '2 months');

reset role;
