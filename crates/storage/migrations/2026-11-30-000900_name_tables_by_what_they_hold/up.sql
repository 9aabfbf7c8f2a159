-- Tables bear the terms that the code and the documents use.
set local role djigbachats_owner;

alter table reached_recipients rename to messaging_limit_recipients;
alter index reached_recipients_reached_at_idx rename to messaging_limit_recipients_reached_at_idx;
alter table reached_counts rename to messaging_limit_usage;
alter table seen_updates rename to processed_updates;
alter index seen_updates_seen_at_idx rename to processed_updates_seen_at_idx;

reset role;
