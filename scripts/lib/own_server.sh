#!/usr/bin/env bash
# Acts on the Postgres or the RabbitMQ of scripts/chaos, which nobody else uses: what a failing machine would do to them.
# Usage: own_server.sh postgres|rabbitmq start|kill|freeze|thaw|wipe
#        own_server.sh rabbitmq memory_alarm|disk_alarm|calm
#        own_server.sh postgres freeze_wal_writer|small_disk|fill_disk|free_disk|no_small_disk
set -euo pipefail
# shellcheck source=all.sh
source "${BASH_SOURCE[0]%/*}/all.sh"

# All processes of Postgres work in its data folder; the first one first, so that it makes no others meanwhile.
postgres_pids() {
  as_postgres head -n 1 "$POSTGRES_DIR/data/postmaster.pid"
  { find /proc -maxdepth 2 -name cwd -lname "$POSTGRES_DIR/data" 2>/dev/null || true; } | cut -d/ -f3
}

# The Erlang machine; its little port programs end with it.
rabbitmq_pids() { pid_in "$RABBITMQ_DIR/server.pid"; }

# send SIGNAL: to every process of the server.
send() {
  local pids
  "${SERVER}_runs" || fail "$SERVER does not run." "nothing was changed." "start it first."
  readarray -t pids < <("${SERVER}_pids")
  # A backend may have ended since it was listed.
  kill -s "$1" "${pids[@]}" 2>/dev/null || true
}

# Until nothing of it is left that could write.
await_end() {
  if [[ $SERVER == postgres ]]; then
    poll_until 20 postgres_left_nobody
  else
    poll_until 20 is_gone "$(rabbitmq_pids)" "-home $RABBITMQ_DIR"
  fi
}

start() {
  if [[ $SERVER == postgres ]]; then
    postgres_start
  else
    rabbitmq_launch
    # Until its scripts have become the Erlang machine, it looks like one that has died.
    poll_until 20 rabbitmq_runs || true
    rabbitmq_await
  fi
}

wipe() {
  ! "${SERVER}_runs" || fail "$SERVER runs." "nothing was deleted." "kill it first."
  if [[ $SERVER == postgres ]]; then
    fail "the truth is not to be deleted." "nothing was deleted." "wipe the broker."
  fi
  rm -rf "$RABBITMQ_DIR/mnesia"
}

# ctl ARGUMENT...: an operator's command to the broker.
ctl() {
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$RABBITMQ_DIR" \
    ERL_EPMD_PORT="$(remembered_port EPMD_PORT)" RABBITMQ_NODENAME="djigbachats-$CHECKOUT_ID@localhost" \
    RABBITMQ_CONF_ENV_FILE="$RABBITMQ_DIR/rabbitmq-env.conf" "$RABBITMQ_BIN/rabbitmqctl" "$@" </dev/null
}

# Whether the broker takes nothing more because it is short of something.
is_alarmed() { [[ $(ctl eval 'rabbit_alarm:get_alarms().') != '[]' ]]; }
is_calm() { ! is_alarmed; }

# alarm SETTING VALUE: a limit that is reached at once.
alarm() {
  [[ $SERVER == rabbitmq ]] || fail "only the broker has such alarms." "nothing was changed." "name rabbitmq."
  ctl "$@" >/dev/null
  poll_until 20 is_alarmed || fail "the broker has no alarm." "its limit is changed." "read its log."
}

calm() {
  ctl set_vm_memory_high_watermark 0.4 >/dev/null
  ctl set_disk_free_limit 512MB >/dev/null
  poll_until 30 is_calm || fail "the broker's alarm stays." "its limits are as at the start." "read its log."
}

# freeze_wal_writer: what no commit waits for stays in the memory of Postgres.
freeze_wal_writer() {
  local pid
  for pid in $(postgres_pids); do
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q ' walwriter'; then kill -s STOP "$pid" && return; fi
  done
  fail "Postgres has no WAL writer." "nothing was changed." "start it first."
}

# small_disk: mounts a disk of 64 MB for tables and says where; only root may.
small_disk() {
  no_small_disk
  as_postgres mkdir -p "$POSTGRES_DIR/small"
  mount -t tmpfs -o size=64m,mode=700,uid="$(id -u postgres)" tmpfs "$POSTGRES_DIR/small" 2>&1 ||
    fail "a disk of its own cannot be mounted here." "nothing was changed." "run as root where mounting is allowed."
  as_postgres mkdir "$POSTGRES_DIR/small/tables"
  echo "$POSTGRES_DIR/small/tables"
}

# fill_disk: until nothing fits any more.
fill_disk() {
  ! as_postgres dd if=/dev/zero of="$POSTGRES_DIR/small/filler" bs=8k status=none 2>/dev/null ||
    fail "the small disk has no end." "it is filled with zeros." "end the run."
}

free_disk() { as_postgres rm -f "$POSTGRES_DIR/small/filler"; }

no_small_disk() { ! mountpoint -q "$POSTGRES_DIR/small" || umount "$POSTGRES_DIR/small"; }

[[ -n $INSTANCE ]] || fail "this acts only on servers that are nobody else's." "nothing was changed." "run scripts/chaos."
SERVER=$1
[[ $SERVER != postgres ]] || postgres_place
case "$2" in
  start) start ;;
  kill) send KILL && await_end ;;
  freeze) send STOP ;;
  # Also after a run that was cut off.
  thaw) ! "${SERVER}_runs" || send CONT ;;
  wipe) wipe ;;
  memory_alarm) alarm set_vm_memory_high_watermark 0.00001 ;;
  disk_alarm) alarm set_disk_free_limit 1000000GB ;;
  calm) calm ;;
  freeze_wal_writer | small_disk | fill_disk | free_disk | no_small_disk) "$2" ;;
  *) fail "unknown action: $2." "nothing was changed." "start, kill, freeze, thaw, wipe, or what the usage above says." ;;
esac
