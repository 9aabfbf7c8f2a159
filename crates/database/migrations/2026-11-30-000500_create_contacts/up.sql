-- People: contacts with their identifiers, opt-outs, customer service windows, and the usage of messaging limits. Opt-outs,
-- windows and usage are keyed by the hash of one identifier and written for every identifier of a contact, so that a claim
-- looks up one hash.
set local role djigbachats_owner;

create table contacts (
    business_id uuid not null references businesses,
    contact_id uuid not null,
    created_at timestamptz not null,
    -- When Meta last showed the person, to the day.
    last_seen_at timestamptz not null,
    primary key (business_id, contact_id)
);
comment on table contacts is 'One person, by whichever identifiers Meta names them (common::contact).';
create index contacts_last_seen_at_idx on contacts (last_seen_at);
call enable_tenant_isolation('contacts');
call grant_business('contacts', 'select, delete');
call grant_worker('sender', 'contacts', 'select, insert, update, delete');
call grant_worker('projector', 'contacts', 'select, insert, update, delete');
call grant_worker('janitor', 'contacts', 'select (business_id, contact_id, last_seen_at), delete');

create table contact_identifiers (
    business_id uuid not null,
    hash bytea not null,
    hash_version smallint not null,
    -- common::contact::IdentifierKind: 1 phone as the business wrote it, 2 wa_id, 3 user id, 4 parent user id
    kind smallint not null,
    contact_id uuid not null,
    -- The identifier itself: + and digits, or the user id.
    sealed bytea not null,
    -- The account at which a user id was first shown; it is valid within the portfolio of that account.
    waba_id text,
    -- storage::batch::identity::Source: which item of Meta showed it.
    source smallint not null,
    since timestamptz not null,
    -- When the number ceased to name the contact; null while it does.
    until timestamptz,
    -- Meta's own spelling of a number that is spelled otherwise here: messages are posted to it.
    post_to_sealed bytea,
    -- The first number of a contact that can be written to by several: the pair of the pair rate limit.
    pair_hash bytea,
    primary key (business_id, hash, contact_id),
    foreign key (business_id, contact_id) references contacts on delete cascade
) with (fillfactor = 80);
comment on table contact_identifiers is 'Phone numbers and user ids of contacts.';
-- An identifier names one contact at a time.
create unique index contact_identifiers_live_idx on contact_identifiers (business_id, hash) where until is null;
create index contact_identifiers_contact_idx on contact_identifiers (business_id, contact_id);
-- The few of which a claim must read more than their hash.
create index contact_identifiers_claim_idx on contact_identifiers (business_id, hash)
    where until is null and (post_to_sealed is not null or pair_hash is not null);
call enable_tenant_isolation('contact_identifiers');
call grant_business('contact_identifiers', 'select, delete');
call grant_worker('sender', 'contact_identifiers', 'select, insert, update, delete');
call grant_worker('projector', 'contact_identifiers', 'select, insert, update, delete');

create table suppressions (
    business_id uuid not null references businesses,
    recipient_hash bytea not null,
    hash_version smallint not null,
    -- Empty for what the person told the business; else the hash of the identifier whose preference Meta keeps, which no
    -- message to the business lifts.
    origin_hash bytea not null default '',
    -- common::contact::OptOutSource
    source text not null,
    opted_out_at timestamptz,
    opted_in_at timestamptz,
    is_opted_out boolean not null generated always as
        (opted_out_at is not null and (opted_in_at is null or opted_out_at >= opted_in_at)) stored,
    primary key (business_id, recipient_hash, origin_hash)
);
comment on table suppressions is
    'Who refuses marketing. The later of the two times of a row holds, so that updates may come in any order, and rows of two '
    'identifiers that prove to be one person are united by the greater times.';
call enable_tenant_isolation('suppressions');
call grant_business('suppressions', 'select, insert, update');
call grant_worker('sender', 'suppressions', 'select, insert, update, delete');
call grant_worker('projector', 'suppressions', 'select, insert, update, delete');

create table service_windows (
    business_id uuid not null,
    phone_number_id text not null,
    contact_hash bytea not null,
    hash_version smallint not null,
    -- By Meta's clock.
    last_inbound_at timestamptz not null,
    primary key (business_id, phone_number_id, contact_hash),
    foreign key (business_id, phone_number_id) references phone_numbers on delete cascade
-- Each page keeps space for a newer version of its rows; no index is on what changes.
) with (fillfactor = 80);
comment on table service_windows is 'The customer service window: when a person last wrote to a number (common::message::Window).';
call enable_tenant_isolation('service_windows');
call grant_business('service_windows', 'select, delete');
call grant_worker('sender', 'service_windows', 'select, insert, update, delete');
call grant_worker('projector', 'service_windows', 'select, insert, update, delete');
call grant_worker('janitor', 'service_windows',
    'select (business_id, phone_number_id, contact_hash, last_inbound_at), delete');

create function is_limited(messaging_limit text) returns boolean language sql immutable parallel safe as
    $$ select messaging_limit ~ '^TIER_[0-9]+K?$' $$;
comment on function is_limited is 'As common::messaging_limit::MessagingLimit::people decides it.';

create unlogged table messaging_limit_usage (
    business_id uuid primary key references businesses on delete cascade,
    taken integer not null,
    -- The part of it that one-time codes took.
    by_codes integer not null
) with (fillfactor = 50);
comment on table messaging_limit_usage is
    'How much of its messaging limit a business uses (common::messaging_limit); locked by each change. Without a row the usage is '
    'unknown, and nothing is sent. Not logged, like the table below: computed anew from the messages after a crash of the database.';
call enable_tenant_isolation('messaging_limit_usage');
call grant_worker('sender', 'messaging_limit_usage', 'select, insert, update, delete');
call grant_worker('projector', 'messaging_limit_usage', 'select, insert, update');

create unlogged table messaging_limit_recipients (
    business_id uuid not null,
    recipient_hash bytea not null,
    -- The last message; its delivery counts from when it occurred.
    message_id uuid not null,
    by_code boolean not null,
    reached_at timestamptz not null,
    -- A person counts once: further identifiers of the person have a row that does not count.
    is_counted boolean not null default true,
    primary key (business_id, recipient_hash)
);
comment on table messaging_limit_recipients is
    'Whom a business messaged outside of customer service windows in the last 24 hours, if its numbers have a messaging limit.';
create index messaging_limit_recipients_reached_at_idx on messaging_limit_recipients (business_id, reached_at);
call enable_tenant_isolation('messaging_limit_recipients');
call grant_worker('sender', 'messaging_limit_recipients', 'select, insert, update, delete');
call grant_worker('projector', 'messaging_limit_recipients', 'select, insert, update');

reset role;
