set local role djigbachats_owner;

alter index processed_updates_seen_at_idx rename to seen_updates_seen_at_idx;
alter table processed_updates rename to seen_updates;
alter table messaging_limit_usage rename to reached_counts;
alter index messaging_limit_recipients_reached_at_idx rename to reached_recipients_reached_at_idx;
alter table messaging_limit_recipients rename to reached_recipients;

reset role;
