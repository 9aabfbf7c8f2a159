-- The pace of each number, shared by all senders (common::pace::NumberPace). It is written for each claim and worth
-- nothing a second later: not logged, so that no grant waits for the disk. After a crash of the database it is empty, and
-- a row that is made anew begins when all that was granted before is over.

set local role djigbachats_owner;

create unlogged table number_paces (
    business_id uuid not null,
    phone_number_id text not null,
    -- From when on slots are free, by the database's clock.
    free_at timestamptz not null,
    -- How often the pace was halved because Meta throttled the number, and when that was done or undone last.
    halvings smallint not null,
    slowed_at timestamptz not null,
    primary key (business_id, phone_number_id),
    foreign key (business_id, phone_number_id) references phone_numbers on delete cascade
-- No index stands on what is updated, and each page has room for many versions of a few rows.
) with (fillfactor = 10);

alter table number_paces enable row level security;
alter table number_paces force row level security;
create policy owner on number_paces to djigbachats_owner using (true) with check (true);
create policy sender on number_paces to djigbachats_sender using (true) with check (true);
grant select, insert, update on number_paces to djigbachats_sender;

reset role;
