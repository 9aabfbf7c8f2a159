-- Tenants and roles: the helpers that every table is declared with. Three rules hold for each table of a business:
--  * it has a column business_id, its primary key begins with it, and row-level security is forced;
--  * a role sees only the rows that a policy grants: a request takes djigbachats_business for one business, and each
--    worker that crosses businesses has a role of its own;
--  * what identifies a person is sealed (*_sealed) or a keyed hash (*_hash). States are smallint, because the comparison
--    of an enum is not leakproof: under row-level security it could not use an index.
-- `djigbachats migrate` creates the roles before the first migration, because they belong to the cluster.

grant usage, create on schema public to djigbachats_owner;
grant usage on schema public to djigbachats_business, djigbachats_accept, djigbachats_platform, djigbachats_sender,
    djigbachats_projector, djigbachats_sync, djigbachats_janitor;
set local role djigbachats_owner;

create function current_business() returns uuid language sql stable parallel safe as
    $$ select nullif(current_setting('djigbachats.business_id', true), '')::uuid $$;
comment on function current_business is 'The business of the request. Null, which matches no row, when none is set.';

create function current_businesses() returns uuid[] language sql stable parallel safe as
    $$ select string_to_array(nullif(current_setting('djigbachats.business_ids', true), ''), ',')::uuid[] $$;
comment on function current_businesses is 'The businesses of one commit batch of accepted messages.';

create procedure enable_tenant_isolation(target regclass) language plpgsql as $$
begin
    execute format('alter table %s enable row level security, force row level security', target);
    execute format('create policy owner on %s to djigbachats_owner using (true) with check (true)', target);
end $$;
comment on procedure enable_tenant_isolation is
    'Forces row-level security. The owner has a policy of its own: without it a data migration would change no row, silently.';

create procedure grant_business(target regclass, privileges text) language plpgsql as $$
begin
    execute format('create policy business on %s to djigbachats_business using (business_id = current_business())'
        ' with check (business_id = current_business())', target);
    execute format('grant %s on %s to djigbachats_business', privileges, target);
end $$;
comment on procedure grant_business is 'Grants requests these privileges on the rows of their own business.';

create procedure grant_worker(role text, target regclass, privileges text) language plpgsql as $$
declare
    -- The subselect is evaluated once for each statement; the function alone would be evaluated for each row.
    visible text := case role when 'accept' then 'business_id = any ((select current_businesses())::uuid[])' else 'true' end;
    grantee text := 'djigbachats_' || role;
begin
    if (select relrowsecurity from pg_class where oid = target) then
        execute format('create policy %I on %s to %I using (%s) with check (%s)', role, target, grantee, visible, visible);
    end if;
    execute format('grant %s on %s to %I', privileges, target, grantee);
end $$;
comment on procedure grant_worker is
    'Grants a role these privileges on the rows of all businesses; accept, on those of the businesses of its commit batch.';

revoke all on procedure enable_tenant_isolation, grant_business, grant_worker from public;

reset role;
