-- A webhook says at once that a template was paused or approved; the synchronisation, once an hour.

set local role djigbachats_owner;

-- Meta's clock of the newest status that a webhook told.
alter table templates add column status_told_at timestamptz;

create policy projector on templates to djigbachats_projector using (true) with check (true);
grant select (business_id, template_id, waba_id, name, language, category, status, status_told_at, synced_at)
    on templates to djigbachats_projector;
grant update (status, status_told_at) on templates to djigbachats_projector;

reset role;
