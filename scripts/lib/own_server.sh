#!/usr/bin/env bash
# Acts on the Postgres or the RabbitMQ of scripts/chaos, which nobody else uses: what a failing machine would do to them.
# Usage: own_server.sh postgres|rabbitmq start|kill|freeze|thaw|wipe
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
  *) fail "unknown action: $2." "nothing was changed." "start, kill, freeze, thaw or wipe." ;;
esac
