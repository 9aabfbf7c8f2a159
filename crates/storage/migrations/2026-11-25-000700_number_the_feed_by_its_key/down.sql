set local role djigbachats_owner;

create index events_number_idx on events (business_id, number);
alter table events drop constraint events_pkey;
alter table events add primary key (business_id, id);

reset role;
