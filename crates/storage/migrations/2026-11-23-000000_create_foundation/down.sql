drop function partitions(), drop_partition(text), make_partitions(timestamptz);
drop table parked_statuses, seen_updates, suppressions, contacts, inbound_messages, event_counters, events,
    campaign_recipients, campaigns, watermarks, idempotency_keys, accepted_counts, otp_secrets, attempts, due_messages,
    messages, templates, access_tokens, phone_numbers, wabas, api_keys, data_keys, businesses;
drop function first_uuid_at(timestamptz), current_businesses(), current_business();
