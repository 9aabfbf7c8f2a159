-- The customer service window: when a client last wrote to a number. It belongs to the number and not to the business
-- (common::message::Window), so that contacts.last_inbound_at does not tell it.

set local role djigbachats_owner;

create table service_windows (
    business_id uuid not null,
    phone_number_id text not null,
    contact_hash bytea not null,
    hash_version smallint not null,
    -- By Meta's clock.
    last_inbound_at timestamptz not null,
    primary key (business_id, phone_number_id, contact_hash),
    foreign key (business_id, phone_number_id) references phone_numbers on delete cascade
-- Each page has room for a newer version of its rows; no index stands on what is updated.
) with (fillfactor = 80);

alter table service_windows enable row level security;
alter table service_windows force row level security;
create policy owner on service_windows to djigbachats_owner using (true) with check (true);
create policy business on service_windows to djigbachats_business using (business_id = current_business())
    with check (business_id = current_business());
create policy sender on service_windows to djigbachats_sender using (true) with check (true);
create policy projector on service_windows to djigbachats_projector using (true) with check (true);
create policy janitor on service_windows to djigbachats_janitor using (true);
grant select on service_windows to djigbachats_business, djigbachats_sender;
grant select, insert, update on service_windows to djigbachats_projector;
grant select (business_id, phone_number_id, contact_hash, last_inbound_at) on service_windows to djigbachats_janitor;
grant delete on service_windows to djigbachats_janitor;

-- Windows that are open now. The types are those of which common::message::opens_window says that they open none.
insert into service_windows
select i.business_id, i.phone_number_id, i.sender_hash, max(i.hash_version), max(i.occurred_at)
from inbound_messages i join phone_numbers n using (business_id, phone_number_id)
where i.occurred_at > now() - interval '24 hours'
    and i.type not in ('system', 'reaction', 'edit', 'revoke', 'request_welcome')
group by i.business_id, i.phone_number_id, i.sender_hash;

-- common::message::ExpiredReason, when a message expired although its own time had not passed.
alter table messages add column expired_reason smallint;

reset role;
