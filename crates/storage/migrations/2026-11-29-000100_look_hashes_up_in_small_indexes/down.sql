set local role djigbachats_owner;

drop index messages_recipient_idx;
create index messages_recipient_idx on messages (business_id, recipient_hash, id);
drop index messages_reference_idx;
create index messages_reference_idx on messages (business_id, reference_hash, id) where reference_hash is not null;
drop index attempts_wamid_idx;
create index attempts_wamid_idx on attempts (business_id, wamid_hash) where wamid_hash is not null;

reset role;
