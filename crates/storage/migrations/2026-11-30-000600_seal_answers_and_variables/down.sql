set local role djigbachats_owner;
truncate idempotency_keys;
comment on column idempotency_keys.response_body is null;
alter table campaigns drop column variables_sealed, add column variables jsonb not null default '{}';
alter table campaigns alter column variables drop default;
reset role;
