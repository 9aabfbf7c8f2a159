-- Whom the numbers of a business reached outside of customer service windows in the last 24 hours: the places of its
-- messaging limit (common::messaging_limit). Only businesses whose numbers have a limit have rows. Not logged: what a crash
-- of the database loses is made anew from the messages.

set local role djigbachats_owner;

-- As common::messaging_limit::MessagingLimit::people has it.
create function is_limited(messaging_limit text) returns boolean language sql immutable parallel safe as
    $$ select messaging_limit ~ '^TIER_[0-9]+K?$' $$;

-- How many places are taken; who takes or gives back locks the row. Without it nothing is known yet, and nothing leaves.
create unlogged table reached_counts (
    business_id uuid primary key references businesses on delete cascade,
    taken integer not null,
    -- Those that one-time codes took.
    by_codes integer not null
) with (fillfactor = 50);

create unlogged table reached_recipients (
    business_id uuid not null,
    recipient_hash bytea not null,
    -- The last message, whose delivery counts from when it came.
    message_id uuid not null,
    by_code boolean not null,
    reached_at timestamptz not null,
    primary key (business_id, recipient_hash)
);
create index reached_recipients_reached_at_idx on reached_recipients (business_id, reached_at);

do $$
declare t text;
begin
    foreach t in array array['reached_counts', 'reached_recipients']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy owner on %I to djigbachats_owner using (true) with check (true)', t);
        execute format('create policy sender on %I to djigbachats_sender using (true) with check (true)', t);
        execute format('grant select, insert, update, delete on %I to djigbachats_sender', t);
    end loop;
end $$;

reset role;
