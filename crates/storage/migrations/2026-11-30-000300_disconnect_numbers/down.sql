drop index phone_numbers_phone_number_id_idx;
drop index phone_numbers_phone_number_id_key;
alter table phone_numbers add constraint phone_numbers_phone_number_id_key unique (phone_number_id);
drop index wabas_waba_id_key;
alter table wabas add constraint wabas_waba_id_key unique (waba_id);
alter table wabas drop column disconnected_at;
