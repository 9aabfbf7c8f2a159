-- What one client wrote is listed by the hash of the sender.
set local role djigbachats_owner;

create index inbound_messages_sender_idx on inbound_messages (sender_hash);

reset role;
