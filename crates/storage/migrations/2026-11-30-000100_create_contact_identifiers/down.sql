set local role djigbachats_owner;

revoke update (content_sealed, revoked_at) on inbound_messages from djigbachats_projector, djigbachats_business;
revoke select on inbound_messages from djigbachats_projector;
drop policy projector on reached_counts;
drop policy projector on reached_recipients;
revoke all on reached_counts, reached_recipients from djigbachats_projector;
revoke delete on service_windows from djigbachats_projector, djigbachats_business;
revoke insert, update, delete on service_windows from djigbachats_sender;

-- What was taken back keeps an empty content.
update inbound_messages set content_sealed = '' where content_sealed is null;
alter table inbound_messages alter column content_sealed set not null;
alter table inbound_messages drop column wamid_hash, drop column revokes_hash, drop column revoked_at;
alter table reached_recipients drop column is_counted;

create table former_suppressions (
    business_id uuid not null references businesses,
    recipient_hash bytea not null,
    hash_version smallint not null,
    source text not null,
    opted_out_at timestamptz not null,
    lifted_at timestamptz,
    primary key (business_id, recipient_hash)
);
insert into former_suppressions
select business_id, recipient_hash, max(hash_version), min(source),
    coalesce(max(opted_out_at), max(opted_in_at)),
    case when not bool_or(is_opted_out) then max(opted_in_at) end
from suppressions group by business_id, recipient_hash;
drop table suppressions;
alter table former_suppressions rename to suppressions;
alter index former_suppressions_pkey rename to suppressions_pkey;
alter table suppressions rename constraint former_suppressions_business_id_fkey to suppressions_business_id_fkey;
drop table contact_identifiers;
drop table contacts;
create table contacts (
    business_id uuid not null references businesses,
    contact_hash bytea not null,
    hash_version smallint not null,
    phone_sealed bytea,
    bsuid_sealed bytea,
    last_inbound_at timestamptz,
    primary key (business_id, contact_hash)
);
do $$
declare t text;
begin
    foreach t in array array['contacts', 'suppressions']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy owner on %I to djigbachats_owner using (true) with check (true)', t);
        execute format('create policy business on %I to djigbachats_business using (business_id = current_business())'
            ' with check (business_id = current_business())', t);
        execute format('create policy projector on %I to djigbachats_projector using (true) with check (true)', t);
        execute format('grant select on %I to djigbachats_business', t);
        execute format('grant select, insert, update on %I to djigbachats_projector', t);
    end loop;
end $$;
create policy sender on suppressions to djigbachats_sender using (true) with check (true);
grant select on suppressions to djigbachats_sender;
grant insert, update on suppressions to djigbachats_business;

reset role;
