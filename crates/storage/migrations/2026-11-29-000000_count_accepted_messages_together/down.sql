set local role djigbachats_owner;

drop function accepted_slot();
alter table accepted_counts rename to accepted_counts_of_slots;
alter index accepted_counts_pkey rename to accepted_counts_of_slots_pkey;

create table accepted_counts (
    business_id uuid primary key references businesses,
    accepted bigint not null
);
alter table accepted_counts enable row level security;
alter table accepted_counts force row level security;
create policy owner on accepted_counts to djigbachats_owner using (true) with check (true);
create policy business on accepted_counts to djigbachats_business using (business_id = current_business())
    with check (business_id = current_business());
create policy accept on accepted_counts to djigbachats_accept
    using (business_id = any ((select current_businesses())::uuid[]))
    with check (business_id = any ((select current_businesses())::uuid[]));
create policy platform on accepted_counts to djigbachats_platform using (true) with check (true);
create policy sender on accepted_counts to djigbachats_sender using (true) with check (true);
create policy janitor on accepted_counts to djigbachats_janitor using (true);
grant select on accepted_counts to djigbachats_business, djigbachats_janitor;
grant select, insert on accepted_counts to djigbachats_platform;
grant select, insert, update on accepted_counts to djigbachats_accept, djigbachats_sender;
grant update (accepted) on accepted_counts to djigbachats_janitor;

-- Which business had how many is not known any more: the messages that there are, and the difference with the first.
insert into accepted_counts
select b.business_id, (select count(*) from messages m where m.business_id = b.business_id) from businesses b;
update accepted_counts
set accepted = accepted + (select sum(accepted) from accepted_counts_of_slots) - (select count(*) from messages)
where business_id = (select business_id from businesses order by business_id limit 1);
drop table accepted_counts_of_slots;

reset role;
