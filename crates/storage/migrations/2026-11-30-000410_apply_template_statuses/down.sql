revoke update (status, status_told_at) on templates from djigbachats_projector;
revoke select (business_id, template_id, waba_id, name, language, category, status, status_told_at, synced_at)
    on templates from djigbachats_projector;
drop policy projector on templates;
alter table templates drop column status_told_at;
