-- Businesses, their keys, and what they have at Meta: accounts, numbers, tokens, templates.
set local role djigbachats_owner;

create table businesses (
    business_id uuid primary key,
    name text not null,
    -- ISO 3166 alpha-2: how national numbers are read.
    country text not null default 'BF',
    created_at timestamptz not null
);
comment on table businesses is 'The tenants.';
call enable_tenant_isolation('businesses');
call grant_business('businesses', 'select');
call grant_worker('platform', 'businesses', 'select, insert');

create table data_keys (
    business_id uuid not null references businesses,
    key_id integer not null,
    -- 1 seal, 2 lookup
    purpose smallint not null,
    -- Sealed with the master key.
    key_sealed bytea not null,
    created_at timestamptz not null,
    primary key (business_id, purpose, key_id)
);
comment on table data_keys is 'The keys that seal the fields of a business and key its hashes.';
call enable_tenant_isolation('data_keys');
call grant_business('data_keys', 'select, insert');
call grant_worker('platform', 'data_keys', 'select, insert');
call grant_worker('sender', 'data_keys', 'select');
call grant_worker('projector', 'data_keys', 'select');

create table api_keys (
    key_id uuid primary key,
    -- Null for a key of the platform.
    business_id uuid references businesses,
    name text not null,
    secret_hash bytea not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);
comment on table api_keys is 'Keys to the API. The secret itself is shown once and not stored.';
create index api_keys_business_id_idx on api_keys (business_id);
call enable_tenant_isolation('api_keys');
call grant_business('api_keys', 'select');
call grant_worker('platform', 'api_keys', 'select, insert, update (revoked_at)');

create table wabas (
    business_id uuid not null references businesses,
    waba_id text not null,
    created_at timestamptz not null,
    templates_synced_at timestamptz,
    -- Why the last synchronisation failed, for a person to read; null when it succeeded.
    templates_sync_error text,
    -- When the newest synchronisation began: one that began earlier writes nothing any more.
    templates_sync_started_at timestamptz,
    -- When a webhook last reported something of a template that has to be read from Meta; a run that begins later does it.
    templates_sync_requested_at timestamptz,
    -- Until when Meta allows no calls that manage templates; null when it allows them.
    management_calls_resume_at timestamptz,
    -- Since when no number of the account is connected; null while one is.
    disconnected_at timestamptz,
    primary key (business_id, waba_id)
);
comment on table wabas is 'WhatsApp Business accounts. A disconnected account may be connected by another business.';
create unique index wabas_waba_id_key on wabas (waba_id) where disconnected_at is null;
call enable_tenant_isolation('wabas');
call grant_business('wabas', 'select, insert, update');
-- Finds the accounts that are due; writes in the scope of each business.
call grant_worker('sync', 'wabas', 'select, update');
call grant_worker('projector', 'wabas', 'select (business_id, waba_id, templates_sync_requested_at, disconnected_at),
    update (templates_sync_requested_at)');

create table phone_numbers (
    business_id uuid not null,
    phone_number_id text not null,
    waba_id text not null,
    display_phone_number text not null,
    verified_name text not null,
    -- Meta's values.
    quality_rating text not null,
    throughput_level text not null,
    messaging_limit text not null,
    -- 1 connected, 2 stopped (see stopped_reason), 3 disconnected
    connection smallint not null,
    stopped_reason text,
    connected_at timestamptz not null,
    -- Null while the breaker is closed. While it is open the number's messages are held: for several that it sent within
    -- seconds it is unknown whether Meta has them.
    breaker_opened_at timestamptz,
    -- Why it opened, for a person to read.
    breaker_reason text,
    -- Meta's time of the newest webhook about the messaging limit; null when it was only read from Meta.
    limits_reported_at timestamptz,
    -- Set when the number is to be read from Meta again; null when it is not.
    refresh_requested_at timestamptz,
    -- When it was last read again.
    refreshed_at timestamptz,
    primary key (business_id, phone_number_id),
    foreign key (business_id, waba_id) references wabas
);
comment on table phone_numbers is
    'Phone numbers. A disconnected number may be connected by another business; what it sent stays with the one that sent it.';
create unique index phone_numbers_phone_number_id_key on phone_numbers (phone_number_id) where connection <> 3;
-- All businesses that ever had a number, for a status of a message that one of them sent.
create index phone_numbers_phone_number_id_idx on phone_numbers (phone_number_id);
call enable_tenant_isolation('phone_numbers');
call grant_business('phone_numbers', 'select, insert, update');
call grant_worker('sender', 'phone_numbers', 'select, update (connection, stopped_reason, breaker_opened_at, breaker_reason,
    quality_rating, throughput_level, messaging_limit, refresh_requested_at, refreshed_at)');
call grant_worker('projector', 'phone_numbers', 'select, update (messaging_limit, limits_reported_at, refresh_requested_at)');

create unlogged table number_send_rates (
    business_id uuid not null,
    phone_number_id text not null,
    -- From when on send slots are free, by the database's clock.
    free_at timestamptz not null,
    -- How often the rate was halved because Meta throttled the number, and when it was last halved or doubled again.
    halvings smallint not null,
    slowed_at timestamptz not null,
    primary key (business_id, phone_number_id),
    foreign key (business_id, phone_number_id) references phone_numbers on delete cascade
-- A few rows are updated for each claim: each page keeps space for many versions of them, and no index is on what changes.
) with (fillfactor = 10);
comment on table number_send_rates is
    'The send rate of each number, shared by all senders (common::send_rate). Worthless a second later and therefore not logged: '
    'empty after a crash of the database; a new row begins after everything that was granted before.';
call enable_tenant_isolation('number_send_rates');
call grant_worker('sender', 'number_send_rates', 'select, insert, update');
call grant_worker('projector', 'number_send_rates', 'select, update');

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
comment on table access_tokens is 'Meta''s access token of each account.';
call enable_tenant_isolation('access_tokens');
call grant_business('access_tokens', 'select, insert, update, delete');
call grant_worker('sender', 'access_tokens', 'select');

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
    -- Meta's times of the newest webhook about each of these; null when they were only read from Meta.
    status_reported_at timestamptz,
    category_reported_at timestamptz,
    quality_reported_at timestamptz,
    components_reported_at timestamptz,
    -- What Meta said of the status, such as the reason for a pause, and until when it holds; null when it said nothing.
    status_note text,
    status_until timestamptz,
    -- The category that Meta's detection finds correct; the template keeps its own until Meta changes it.
    detected_category text,
    -- Meta's time of the newest webhook about that, and when Meta changes the category, if it said so.
    category_detected_at timestamptz,
    category_changes_at timestamptz,
    primary key (business_id, template_id),
    foreign key (business_id, waba_id) references wabas
);
comment on table templates is 'Templates as Meta has them: synchronised once an hour, and changed by webhooks.';
-- A template that was deleted at Meta may be created again there under another id.
create unique index templates_name_idx on templates (business_id, waba_id, name, language) where status <> 'DELETED';
call enable_tenant_isolation('templates');
call grant_business('templates', 'select, insert, update');
call grant_worker('sender', 'templates', 'select, update (status, status_note, status_until)');
call grant_worker('projector', 'templates', 'select, update (status, status_reported_at, status_note, status_until, category,
    category_reported_at, detected_category, category_detected_at, category_changes_at, quality_score, quality_reported_at,
    components, components_reported_at)');

reset role;
