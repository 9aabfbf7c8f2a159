-- An import writes a new audience beside the present one of its campaign and takes its place at the end: nobody waits for
-- the campaign meanwhile.
set local role djigbachats_owner;

-- An imported file. A campaign has one audience at most that is in place.
create table audiences (
    business_id uuid not null,
    audience_id uuid not null,
    campaign_id uuid not null,
    created_at timestamptz not null,
    -- When it took its place: null while it is imported, or if the import never ended.
    adopted_at timestamptz,
    -- Since when it and its rows are of no use: another took its place, or the import failed or never ended.
    discarded_at timestamptz,
    primary key (business_id, audience_id),
    foreign key (business_id, campaign_id) references campaigns on delete cascade
);
create index audiences_of_campaign_idx on audiences (business_id, campaign_id);
-- Those that are to go, or will have to if nobody finishes them.
create index audiences_to_delete_idx on audiences (created_at) where adopted_at is null or discarded_at is not null;

alter table campaigns add column audience_id uuid;
alter table campaign_recipients rename column campaign_id to audience_id;
-- The audience of a campaign that was imported before bears the campaign's id, because its rows are sealed under it.
insert into audiences (business_id, audience_id, campaign_id, created_at, adopted_at)
    select business_id, campaign_id, campaign_id, created_at, created_at from campaigns where audience is not null;
update campaigns set audience_id = campaign_id where audience is not null;

drop trigger campaigns_exist on campaign_recipients;
drop trigger delete_recipients on campaigns;
drop function campaigns_of_recipients_exist();
drop function delete_recipients_of_campaign();

-- What a foreign key would do row by row. A row's keys never change.
create function audiences_of_recipients_exist() returns trigger language plpgsql
    set search_path = public, pg_temp as $$
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

create function delete_recipients_of_audience() returns trigger language plpgsql
    set search_path = public, pg_temp as $$
begin
    delete from campaign_recipients where business_id = old.business_id and audience_id = old.audience_id;
    return null;
end $$;
create trigger delete_recipients after delete on audiences
    for each row execute function delete_recipients_of_audience();

alter table audiences enable row level security;
alter table audiences force row level security;
create policy owner on audiences to djigbachats_owner using (true) with check (true);
create policy business on audiences to djigbachats_business using (business_id = current_business())
    with check (business_id = current_business());
create policy janitor on audiences to djigbachats_janitor using (true) with check (true);
create policy janitor on campaign_recipients to djigbachats_janitor using (true);
grant select, insert, update (adopted_at, discarded_at) on audiences to djigbachats_business;
revoke delete on campaign_recipients from djigbachats_business;
grant select, update (discarded_at), delete on audiences to djigbachats_janitor;
grant select (business_id, audience_id, row_number), delete on campaign_recipients to djigbachats_janitor;

reset role;
