-- A throttle of Meta may come in the status of a message that it had accepted.

set local role djigbachats_owner;

create policy projector on number_paces to djigbachats_projector using (true) with check (true);
grant select, update on number_paces to djigbachats_projector;

reset role;
