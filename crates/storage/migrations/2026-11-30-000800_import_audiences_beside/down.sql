set local role djigbachats_owner;

-- Rows that were imported since are sealed under the id of their audience, and cannot be opened under that of their campaign.
do $$ begin
    if exists (select from campaigns where audience_id <> campaign_id and state in (2, 3)) then
        raise exception 'campaigns are running or paused whose audience an older version cannot open: cancel them, or let them end';
    end if;
end $$;
update campaigns set audience = null, rows_read = 0, rows_planned = 0, rows_skipped = 0
    where audience_id <> campaign_id and state = 1;
delete from audiences where audience_id <> campaign_id;
-- Rows of audiences that are not in place belong to nothing without the table.
delete from audiences a where not exists (
    select from campaigns c where c.business_id = a.business_id and c.audience_id = a.audience_id);

drop trigger audiences_exist on campaign_recipients;
drop trigger delete_recipients on audiences;
drop function audiences_of_recipients_exist();
drop function delete_recipients_of_audience();
drop policy janitor on campaign_recipients;
revoke select (business_id, audience_id, row_number), delete on campaign_recipients from djigbachats_janitor;
alter table campaign_recipients rename column audience_id to campaign_id;
alter table campaigns drop column audience_id;
drop table audiences;
grant delete on campaign_recipients to djigbachats_business;

create function campaigns_of_recipients_exist() returns trigger language plpgsql
    set search_path = public, pg_temp as $$
declare
    named bigint;
    found bigint;
begin
    -- Locked as a foreign key locks: nobody deletes them before this commits.
    select count(*), count(c.campaign_id) into named, found
    from (select distinct business_id, campaign_id from added) a
        left join lateral (
            select campaign_id from campaigns
            where business_id = a.business_id and campaign_id = a.campaign_id for key share) c on true;
    if named <> found then
        raise foreign_key_violation using message = 'rows of an audience name a campaign that does not exist';
    end if;
    return null;
end $$;
create trigger campaigns_exist after insert on campaign_recipients referencing new table as added
    for each statement execute function campaigns_of_recipients_exist();

create function delete_recipients_of_campaign() returns trigger language plpgsql
    set search_path = public, pg_temp as $$
begin
    delete from campaign_recipients where business_id = old.business_id and campaign_id = old.campaign_id;
    return null;
end $$;
create trigger delete_recipients after delete on campaigns
    for each row execute function delete_recipients_of_campaign();

reset role;
