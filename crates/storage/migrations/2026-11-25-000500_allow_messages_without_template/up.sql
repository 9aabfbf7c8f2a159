-- Messages that are no templates: text, a place, buttons. They have no template and the category 4, service; what they
-- say is sealed where that of templates is.

set local role djigbachats_owner;

alter table messages
    alter column template_id drop not null,
    -- Not checked for the rows that are there: all of them have a template.
    add constraint messages_template_id_check check (template_id is not null or category = 4) not valid;
comment on column messages.category is 'common::template::Category: 1 authentication, 2 utility, 3 marketing, 4 service, 9 other';
comment on column messages.content_sealed is 'storage::messages::MessageContent; null for one-time codes, which lie in otp_secrets';

reset role;
