-- Meta repeats a status until it is taken, and some for days: one row for each is enough. The first one stays.

set local role djigbachats_owner;

delete from parked_statuses p using parked_statuses first
    where first.business_id = p.business_id and first.wamid_hash = p.wamid_hash and first.status = p.status
        and (first.parked_at, first.parked_id) < (p.parked_at, p.parked_id);
create unique index parked_statuses_once_idx on parked_statuses (business_id, wamid_hash, status);
drop index parked_statuses_wamid_idx;

reset role;
