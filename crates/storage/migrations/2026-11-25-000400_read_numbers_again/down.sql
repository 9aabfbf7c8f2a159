alter table phone_numbers drop column limits_told_at, drop column reread_asked_at, drop column read_at;
