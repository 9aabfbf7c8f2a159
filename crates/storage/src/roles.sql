-- The roles of the cluster. Nobody logs in with them; the login role of the services takes them one transaction at a
-- time (NOINHERIT: without SET ROLE it may do nothing).
do $$
declare
    role text;
    app text := :app_user;
    password text := :app_password;
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
    if not exists (select from pg_roles where rolname = app) then
        execute format('create role %I login noinherit', app);
    end if;
    if password <> '' and app <> current_user then
        execute format('alter role %I password %L', app, password);
    end if;
    if app <> current_user then
        -- A host that vanished keeps no lock: TCP notices after a minute, and a transaction may stand still no longer.
        execute format('alter role %I set idle_in_transaction_session_timeout = %L', app, '60s');
        execute format('alter role %I set tcp_keepalives_idle = %L', app, '30s');
        execute format('alter role %I set tcp_keepalives_interval = %L', app, '10s');
        execute format('alter role %I set tcp_keepalives_count = %L', app, '3');
    end if;
    foreach role in array array['djigbachats_business', 'djigbachats_accept', 'djigbachats_platform',
        'djigbachats_sender', 'djigbachats_projector', 'djigbachats_sync', 'djigbachats_janitor']
    loop
        if not pg_has_role(app, role, 'member') then
            execute format('grant %I to %I', role, app);
        end if;
    end loop;
end $$;
