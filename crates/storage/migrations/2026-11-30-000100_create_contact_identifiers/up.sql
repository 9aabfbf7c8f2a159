-- One person, however Meta names them (common::contact). Consent, windows and places of the messaging limit stay keyed by
-- the hash of an identifier, so that a claim looks up one hash; they are written for every identifier of the contact.
set local role djigbachats_owner;

drop table contacts;

create table contacts (
    business_id uuid not null references businesses,
    contact_id uuid not null,
    created_at timestamptz not null,
    -- When Meta last showed the person, to the day. Contacts are forgotten 351 days later.
    last_seen_at timestamptz not null,
    primary key (business_id, contact_id)
);
create index contacts_last_seen_at_idx on contacts (last_seen_at);

create table contact_identifiers (
    business_id uuid not null,
    hash bytea not null,
    hash_version smallint not null,
    -- common::contact::IdentifierKind: 1 phone as the business wrote it, 2 wa_id, 3 user id, 4 parent user id
    kind smallint not null,
    contact_id uuid not null,
    -- The identifier itself: +digits, or the user id.
    sealed bytea not null,
    -- The account at which a user id was first shown; its meaning ends with that account's portfolio.
    waba_id text,
    -- storage::batch::identity::Source: which item of Meta's showed it.
    source smallint not null,
    since timestamptz not null,
    -- When the number ceased to name the contact; null while it does.
    until timestamptz,
    -- What Meta calls a number that the look-up form is spelled otherwise than: messages are posted to it.
    post_to_sealed bytea,
    -- The first number of the contact, where it has several ways to be written to: the pair of the pair rate limit.
    pair_hash bytea,
    primary key (business_id, hash, contact_id),
    foreign key (business_id, contact_id) references contacts on delete cascade
) with (fillfactor = 80);
-- An identifier names one contact at a time.
create unique index contact_identifiers_live_idx on contact_identifiers (business_id, hash) where until is null;
create index contact_identifiers_contact_idx on contact_identifiers (business_id, contact_id);
-- The few that a claim must know more of than their hash.
create index contact_identifiers_claim_idx on contact_identifiers (business_id, hash)
    where until is null and (post_to_sealed is not null or pair_hash is not null);

-- Who wants no marketing. Each row is two times of which the later one holds, so that words come in any order and rows of
-- two identifiers that prove to be one person are united by the greater times.
create table consent_states (
    business_id uuid not null references businesses,
    recipient_hash bytea not null,
    hash_version smallint not null,
    -- Whose word it is: empty for what the person told the business; else the identifier whose preference Meta keeps, which
    -- no message to the business lifts.
    origin_hash bytea not null default '',
    -- storage::batch::identity::OptOutSource as a word: keyword, file, api, unreadable, preference, refusal
    source text not null,
    opted_out_at timestamptz,
    opted_in_at timestamptz,
    is_opted_out boolean not null generated always as
        (opted_out_at is not null and (opted_in_at is null or opted_out_at >= opted_in_at)) stored,
    primary key (business_id, recipient_hash, origin_hash)
);
insert into consent_states (business_id, recipient_hash, hash_version, source, opted_out_at, opted_in_at)
select business_id, recipient_hash, hash_version, source, opted_out_at, lifted_at from suppressions;
drop table suppressions;
alter table consent_states rename to suppressions;
alter index consent_states_pkey rename to suppressions_pkey;
alter table suppressions rename constraint consent_states_business_id_fkey to suppressions_business_id_fkey;

-- A place of the messaging limit is counted once a person; the other identifiers of the person have a row that is not.
alter table reached_recipients add column is_counted boolean not null default true;

-- Messages of clients are found by Meta's id when the client takes them back. What was taken back has no content.
alter table inbound_messages add column wamid_hash bytea;
-- Of a message that takes back another: the hash of Meta's id of that one.
alter table inbound_messages add column revokes_hash bytea;
alter table inbound_messages add column revoked_at timestamptz;
alter table inbound_messages alter column content_sealed drop not null;
create index inbound_messages_wamid_idx on inbound_messages using hash (wamid_hash) where wamid_hash is not null;
create index inbound_messages_revokes_idx on inbound_messages using hash (revokes_hash) where revokes_hash is not null;

do $$
declare t text;
begin
    foreach t in array array['contacts', 'contact_identifiers', 'suppressions']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy owner on %I to djigbachats_owner using (true) with check (true)', t);
        execute format('create policy business on %I to djigbachats_business using (business_id = current_business())'
            ' with check (business_id = current_business())', t);
        execute format('create policy projector on %I to djigbachats_projector using (true) with check (true)', t);
        execute format('create policy sender on %I to djigbachats_sender using (true) with check (true)', t);
        execute format('grant select on %I to djigbachats_business', t);
        execute format('grant select, insert, update on %I to djigbachats_projector, djigbachats_sender', t);
    end loop;
end $$;
grant insert, update on suppressions to djigbachats_business;
grant delete on contacts, contact_identifiers to djigbachats_projector, djigbachats_sender, djigbachats_business;
grant delete on suppressions to djigbachats_projector, djigbachats_sender;
create policy janitor on contacts to djigbachats_janitor using (true);
grant select (business_id, contact_id, last_seen_at) on contacts to djigbachats_janitor;
grant delete on contacts to djigbachats_janitor;

-- Links unite windows and places, and end them when a number goes to somebody else.
grant insert, update, delete on service_windows to djigbachats_sender;
grant delete on service_windows to djigbachats_projector, djigbachats_business;
create policy projector on reached_counts to djigbachats_projector using (true) with check (true);
create policy projector on reached_recipients to djigbachats_projector using (true) with check (true);
grant select, insert, update on reached_counts, reached_recipients to djigbachats_projector;

-- Taking back and erasing.
grant select, update (content_sealed, revoked_at) on inbound_messages to djigbachats_projector;
grant update (content_sealed, revoked_at) on inbound_messages to djigbachats_business;

reset role;
