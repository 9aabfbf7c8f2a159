-- Fails while there are messages without a template: they would have to be deleted first.
alter table messages
    drop constraint messages_template_id_check,
    alter column template_id set not null;
