-- What Meta lets a number do changes: it says so in webhooks, and the numbers concerned are read from Meta again.

set local role djigbachats_owner;

alter table phone_numbers
    -- Meta's clock of the last word on the messaging limit; null when it was only read at the connection.
    add column limits_told_at timestamptz,
    -- Set when the number is to be read from Meta; null when nothing is new.
    add column reread_asked_at timestamptz,
    -- When it was last read again.
    add column read_at timestamptz;
grant update (quality_rating, throughput_level, messaging_limit, reread_asked_at, read_at) on phone_numbers
    to djigbachats_sender;
grant update (messaging_limit, limits_told_at, reread_asked_at) on phone_numbers to djigbachats_projector;

reset role;
