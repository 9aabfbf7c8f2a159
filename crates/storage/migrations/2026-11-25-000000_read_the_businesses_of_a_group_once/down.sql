set local role djigbachats_owner;

do $$
declare t text;
begin
    foreach t in array array['messages', 'otp_secrets', 'accepted_counts', 'idempotency_keys']
    loop
        execute format('alter policy accept on %I using (business_id = any (current_businesses()))'
            ' with check (business_id = any (current_businesses()))', t);
    end loop;
end $$;

reset role;
