alter table phone_numbers drop column breaker_opened_at, drop column breaker_reason;
