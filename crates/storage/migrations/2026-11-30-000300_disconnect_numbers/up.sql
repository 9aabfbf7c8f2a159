-- A number that its business disconnected, and an account without any number that is in use, may be connected by another
-- business. What the first one had stays its own: messages, templates, and the statuses of what it sent.
set local role djigbachats_owner;

-- Since when no number of the account is in use; null while one is.
alter table wabas add column disconnected_at timestamptz;
alter table wabas drop constraint wabas_waba_id_key;
create unique index wabas_waba_id_key on wabas (waba_id) where disconnected_at is null;

alter table phone_numbers drop constraint phone_numbers_phone_number_id_key;
-- 3 disconnected
create unique index phone_numbers_phone_number_id_key on phone_numbers (phone_number_id) where connection <> 3;
-- All businesses that ever had a number, for a status of a message that one of them sent.
create index phone_numbers_phone_number_id_idx on phone_numbers (phone_number_id);

reset role;
