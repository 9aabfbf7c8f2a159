-- Breakers. While a number's is open its messages are held: of several that it sent within seconds nobody knows whether
-- Meta has them. The sender asks Meta about the number and closes it when the answer is clear.

set local role djigbachats_owner;

alter table phone_numbers
    -- Null while the breaker is closed.
    add column breaker_opened_at timestamptz,
    -- Why it opened, for a person.
    add column breaker_reason text;
grant update (breaker_opened_at, breaker_reason) on phone_numbers to djigbachats_sender;

reset role;
