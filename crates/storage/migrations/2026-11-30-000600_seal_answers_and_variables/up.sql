-- A business's stored answers and the variables of its campaigns repeat what people wrote, such as the name of a file.

set local role djigbachats_owner;

-- What lies in the clear cannot be sealed from here. Who repeats a call whose answer is forgotten makes it anew.
truncate idempotency_keys;
comment on column idempotency_keys.response_body is
    'sealed with the keys of the business; in the clear for the platform''s own calls, which repeat a row of businesses';

-- Null in a campaign that was made before: it fills no variables.
alter table campaigns drop column variables, add column variables_sealed bytea;

reset role;
