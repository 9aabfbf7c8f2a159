-- Campaigns that the product pauses by itself, because of what Meta says to their messages.

set local role djigbachats_owner;

alter table campaigns
    -- common::campaign::PauseReason: why the product paused it last; null when a person did.
    add column pause_reason smallint,
    -- Since when it runs: what became of earlier messages counts for no pause.
    add column judged_from timestamptz;

reset role;
