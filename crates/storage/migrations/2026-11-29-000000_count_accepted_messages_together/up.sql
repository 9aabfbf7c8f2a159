-- How many messages were accepted is only ever asked for all businesses together. A row for each business was written again
-- by nearly each message of a group; now a group writes one. There are several, so that two gateways seldom wait for each other.
set local role djigbachats_owner;

alter table accepted_counts rename to accepted_counts_of_businesses;
alter index accepted_counts_pkey rename to accepted_counts_of_businesses_pkey;

create table accepted_counts (
    -- 0 is the janitor's, which counts down for a month; the others belong to who accepts.
    slot smallint primary key,
    accepted bigint not null
-- Each row is written again some hundred times a second, within its page.
) with (fillfactor = 10);
insert into accepted_counts select slot, 0 from generate_series(0, 64) as slot;
update accepted_counts
set accepted = (select coalesce(sum(accepted), 0)::bigint from accepted_counts_of_businesses) where slot = 0;
drop table accepted_counts_of_businesses;

-- The slot of whoever asks. Two connections may share one; then the second waits for the first one's commit.
create function accepted_slot() returns smallint language sql stable parallel restricted as $$
    select (pg_backend_pid() % 64 + 1)::smallint
$$;

grant select, update (accepted) on accepted_counts to djigbachats_accept, djigbachats_sender, djigbachats_janitor;

reset role;
