-- The import of a file is the one request that writes a million rows. Two checks of each row become checks of each
-- statement: whose rows they are, and that their campaign is there.
set local role djigbachats_owner;

-- Read once for each statement, as a subselect, and not once for each row.
alter policy business on campaign_recipients
    using (business_id = (select current_business())) with check (business_id = (select current_business()));

-- What the foreign key did row by row. A row's keys never change, and campaigns are not deleted but by their owner, whose
-- second trigger takes the rows along.
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

alter table campaign_recipients drop constraint campaign_recipients_business_id_campaign_id_fkey;

reset role;
