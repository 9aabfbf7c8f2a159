-- The login role of one service. It has no rights of its own (NOINHERIT: without SET ROLE it may do nothing), and may take
-- the wanted roles and no other. Its name, its password and the roles stand in settings of the transaction.
do $$
declare
    login text := current_setting('djigbachats.login');
    password text := current_setting('djigbachats.password');
    wanted text[] := current_setting('djigbachats.wanted');
    role text;
begin
    if login = current_user or exists (select from pg_roles where rolname = login
        and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls))
    then
        raise exception 'the role "%" of % has rights of its own, and a service may have none: name another role there',
            login, current_setting('djigbachats.setting');
    end if;
    if not exists (select from pg_roles where rolname = login) then
        execute format('create role %I', login);
    end if;
    execute format('alter role %I login noinherit', login);
    if password <> '' then
        execute format('alter role %I password %L', login, password);
    end if;
    -- A host that vanished keeps no lock: TCP notices after a minute, and a transaction may stand still no longer.
    execute format('alter role %I set idle_in_transaction_session_timeout = %L', login, '60s');
    execute format('alter role %I set tcp_keepalives_idle = %L', login, '30s');
    execute format('alter role %I set tcp_keepalives_interval = %L', login, '10s');
    execute format('alter role %I set tcp_keepalives_count = %L', login, '3');
    for role in
        select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles l on l.oid = m.member
        where l.rolname = login and r.rolname <> all (wanted)
    loop
        execute format('revoke %I from %I', role, login);
        -- From Postgres 16 on, what somebody else granted stays.
        if pg_has_role(login, role, 'member') then
            raise exception 'the role "%" of % may take "%", and the admin role cannot revoke that: whoever granted it can',
                login, current_setting('djigbachats.setting'), role;
        end if;
    end loop;
    foreach role in array wanted loop
        -- From Postgres 16 on, it is the grant that says whether rights are inherited.
        if current_setting('server_version_num')::integer >= 160000 then
            execute format('grant %I to %I with inherit false, set true', role, login);
        elsif not pg_has_role(login, role, 'member') then
            execute format('grant %I to %I', role, login);
        end if;
    end loop;
end $$;
