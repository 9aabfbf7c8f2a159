create index parked_statuses_wamid_idx on parked_statuses (business_id, wamid_hash);
drop index parked_statuses_once_idx;
