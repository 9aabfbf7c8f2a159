-- Campaigns and their audiences. An import writes a new audience beside the current one of its campaign and replaces it at
-- the end, so that nothing waits for the import.
set local role djigbachats_owner;

create table campaigns (
    business_id uuid not null references businesses,
    campaign_id uuid not null,
    name text not null,
    phone_number_id text not null,
    template_id text not null,
    -- common::campaign::CampaignState
    state smallint not null,
    rows_read integer not null default 0,
    rows_planned integer not null default 0,
    rows_skipped integer not null default 0,
    rows_released integer not null default 0,
    -- storage::campaign_recipients::AudienceReport: what the last import skipped and why; no personal data.
    audience jsonb,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    -- common::campaign::PauseReason, when the product paused it last; null when a person did.
    pause_reason smallint,
    -- Since when its messages count for the campaign breaker: since it was last started or resumed.
    evaluated_from timestamptz,
    -- What fills which variable: {"1":{"column":"Prénom"},"2":{"text":"samedi"}}; null fills none.
    variables_sealed bytea,
    -- The audience in place; null until the first import ended.
    audience_id uuid,
    primary key (business_id, campaign_id),
    foreign key (business_id, phone_number_id) references phone_numbers,
    foreign key (business_id, template_id) references templates
);
comment on table campaigns is 'A template that is sent to an audience.';
call enable_tenant_isolation('campaigns');
call grant_business('campaigns', 'select, insert, update');
call grant_worker('sender', 'campaigns', 'select, update');
-- Resumes what was paused for a template that may be sent again.
call grant_worker('projector', 'campaigns', 'select (business_id, campaign_id, template_id, state, pause_reason),
    update (state, evaluated_from)');

create table audiences (
    business_id uuid not null,
    audience_id uuid not null,
    campaign_id uuid not null,
    created_at timestamptz not null,
    -- When it was put in place; null while it is imported, or if the import never ended.
    adopted_at timestamptz,
    -- Since when it is of no use: another was put in place, or its import failed or never ended.
    discarded_at timestamptz,
    primary key (business_id, audience_id),
    foreign key (business_id, campaign_id) references campaigns on delete cascade
);
comment on table audiences is 'Imported files. At most one audience of a campaign is in place.';
create index audiences_of_campaign_idx on audiences (business_id, campaign_id);
-- Those to delete, or that will have to be deleted if their import never ends.
create index audiences_to_delete_idx on audiences (created_at) where adopted_at is null or discarded_at is not null;
call enable_tenant_isolation('audiences');
call grant_business('audiences', 'select, insert, update (adopted_at, discarded_at)');
call grant_worker('janitor', 'audiences', 'select, update (discarded_at), delete');

create table campaign_recipients (
    business_id uuid not null,
    audience_id uuid not null,
    row_number integer not null,
    -- common::campaign::RecipientState
    state smallint not null,
    -- common::campaign::SkipReason, when state is skipped
    skip_reason smallint,
    -- A second number in the cell was ignored.
    noted boolean not null default false,
    message_id uuid,
    hash_version smallint,
    recipient_hash bytea,
    recipient_sealed bytea,
    -- {"1":"Awa"}
    variables_sealed bytea,
    primary key (business_id, audience_id, row_number)
-- The rows of a dispatched chunk are updated in one statement: each page keeps space for a second version of its rows.
) with (fillfactor = 45);
comment on table campaign_recipients is
    'One row for each row of the file of an audience. The triggers below stand in for a foreign key to audiences.';
-- A person gets a campaign once; skipped rows keep no hash. The state is not in the predicate, so that its updates stay on
-- their page.
create unique index campaign_recipients_once_idx on campaign_recipients (business_id, audience_id, recipient_hash)
    where recipient_hash is not null;
call enable_tenant_isolation('campaign_recipients');
call grant_business('campaign_recipients', 'select, insert, update (state, skip_reason)');
call grant_worker('sender', 'campaign_recipients', 'select, update');
call grant_worker('janitor', 'campaign_recipients', 'select (business_id, audience_id, row_number), delete');
-- A request imports a million rows: the subselect is evaluated once for each statement, and not once for each row.
alter policy business on campaign_recipients
    using (business_id = (select current_business())) with check (business_id = (select current_business()));

-- A foreign key would check each row; this checks each statement. The keys of a row never change.
create function audiences_of_recipients_exist() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
    named bigint;
    found bigint;
begin
    -- Locked as a foreign key locks: nobody deletes them before this commits.
    select count(*), count(u.audience_id) into named, found
    from (select distinct business_id, audience_id from added) a
        left join lateral (
            select audience_id from audiences
            where business_id = a.business_id and audience_id = a.audience_id for key share) u on true;
    if named <> found then
        raise foreign_key_violation using message = 'rows name an audience that does not exist';
    end if;
    return null;
end $$;
create trigger audiences_exist after insert on campaign_recipients referencing new table as added
    for each statement execute function audiences_of_recipients_exist();

create function delete_recipients_of_audience() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    delete from campaign_recipients where business_id = old.business_id and audience_id = old.audience_id;
    return null;
end $$;
create trigger delete_recipients after delete on audiences
    for each row execute function delete_recipients_of_audience();

reset role;
