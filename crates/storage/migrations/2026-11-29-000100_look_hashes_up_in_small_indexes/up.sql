-- A hash lies anywhere in its index, so each message touches pages of it that nobody else has touched: the smaller the entry,
-- the fewer pages there are to read, to split and to log. A hash is keyed by the business, so it needs no business beside it;
-- those of one person or reference are few enough to be sorted; and the same hash again costs a few bytes more. A wamid comes
-- once, so a hash index holds it, which is smaller still; the others come often, which a hash index does not bear.
set local role djigbachats_owner;

drop index messages_recipient_idx;
create index messages_recipient_idx on messages (recipient_hash);
drop index messages_reference_idx;
create index messages_reference_idx on messages (reference_hash) where reference_hash is not null;
drop index attempts_wamid_idx;
create index attempts_wamid_idx on attempts using hash (wamid_hash) where wamid_hash is not null;

reset role;
