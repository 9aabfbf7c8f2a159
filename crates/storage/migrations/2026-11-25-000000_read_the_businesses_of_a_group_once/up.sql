-- The policies of the group commit read their list of businesses once for each statement, as a subselect, and not once
-- for each row: with 50 businesses that was most of the time of an insert.
set local role djigbachats_owner;

do $$
declare t text;
begin
    foreach t in array array['messages', 'otp_secrets', 'accepted_counts', 'idempotency_keys']
    loop
        execute format('alter policy accept on %I using (business_id = any ((select current_businesses())::uuid[]))'
            ' with check (business_id = any ((select current_businesses())::uuid[]))', t);
    end loop;
end $$;

reset role;
