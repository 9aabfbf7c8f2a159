-- The roles of the cluster. Nobody logs in with them; the login role of each service takes its own of them one
-- transaction at a time.
do $$
declare
    role text;
begin
    perform pg_advisory_xact_lock(hashtext('djigbachats roles'));
    foreach role in array array['djigbachats_owner', 'djigbachats_business', 'djigbachats_accept',
        'djigbachats_platform', 'djigbachats_sender', 'djigbachats_projector', 'djigbachats_sync', 'djigbachats_janitor']
    loop
        if not exists (select from pg_roles where rolname = role) then
            execute format('create role %I nologin', role);
        end if;
    end loop;
    if not pg_has_role(current_user, 'djigbachats_owner', 'member') then
        execute format('grant djigbachats_owner to %I', current_user);
    end if;
end $$;
