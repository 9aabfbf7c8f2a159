# shellcheck shell=bash
# A private Postgres of this checkout: own data, own port, loopback TCP only, password required.
# initdb refuses root, so as root it belongs to Debian's system user postgres.

readonly POSTGRES_DATABASE=djigbachats

# The newest server binaries, 15 or later; empty when there are none.
postgres_bin() {
  local candidate
  for candidate in /usr/lib/postgresql/{18,17,16,15}/bin; do
    [[ -x $candidate/initdb ]] && printf '%s' "$candidate" && return
  done
  candidate=$(command -v initdb) && dirname "$candidate" || true
}

postgres_missing() { [[ -n $(postgres_bin) ]] || echo postgresql; }

# as_postgres COMMAND...: as the user that owns the data, in a folder that this user can enter.
as_postgres() {
  if ((EUID == 0)); then
    (cd / && exec runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

# Sets POSTGRES_DIR: under .local, or under /var/tmp when the system user cannot reach this checkout.
postgres_place() {
  POSTGRES_DIR=$LOCAL/postgres
  if ((EUID != 0)); then
    mkdir -p "$POSTGRES_DIR"
    return
  fi
  id postgres >/dev/null 2>&1 ||
    fail "we are root and there is no system user postgres to run Postgres as." "nothing was changed." \
      "install Debian's postgresql, or run as a plain user."
  if ! as_postgres test -x "$LOCAL"; then
    POSTGRES_DIR=/var/tmp/djigbachats-$CHECKOUT_ID/postgres
    [[ -d $POSTGRES_DIR ]] ||
      say "The system user postgres cannot enter $ROOT, so Postgres keeps its data in $POSTGRES_DIR."
    (umask 022 && mkdir -p "${POSTGRES_DIR%/*}")
    [[ -O ${POSTGRES_DIR%/*} && ! -L ${POSTGRES_DIR%/*} ]] ||
      fail "${POSTGRES_DIR%/*} belongs to somebody else." "it was not touched." "ask its owner to remove it."
  fi
  [[ -d $POSTGRES_DIR ]] || install -d -m 700 -o postgres "$POSTGRES_DIR"
}

# Not pg_ctl status: that takes a dead process which nobody has reaped yet for a running server.
postgres_runs() {
  local pid
  pid=$(as_postgres head -n 1 "$POSTGRES_DIR/data/postmaster.pid" 2>/dev/null || true)
  runs_with "$pid" "$POSTGRES_DIR/data"
}

postgres_answers() { "$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "$(remembered_port POSTGRES_PORT)"; }

# After a kill -9 the pid file may name an unreaped or a foreign process, and Postgres would refuse to start.
# All its processes work in the data folder: when none does, the file is stale.
postgres_clear_stale() {
  as_postgres test -e "$POSTGRES_DIR/data/postmaster.pid" || return 0
  poll_until 20 postgres_left_nobody ||
    fail "an earlier Postgres of this checkout was killed, and its processes do not end." "its data is in $POSTGRES_DIR." \
      "end the postgres processes that work in $POSTGRES_DIR/data, then start again."
  as_postgres rm -f "$POSTGRES_DIR/data/postmaster.pid"
}

postgres_left_nobody() {
  ! { readlink /proc/[0-9]*/cwd 2>/dev/null || true; } | grep -qxF "$POSTGRES_DIR/data"
}

postgres_url() {
  printf 'postgres://postgres:%s@127.0.0.1:%s/%s' "$(<"$LOCAL/postgres.password")" "$(remembered_port POSTGRES_PORT)" "$1"
}

# Starts it unless it runs; returns when it answers. Sets STARTED_POSTGRES=yes when this call started it.
postgres_start() {
  local since=$SECONDS attempt
  postgres_place
  postgres_init
  if postgres_runs && poll_until 60 postgres_answers; then
    say "Postgres already runs on 127.0.0.1:$(remembered_port POSTGRES_PORT)."
    return
  fi
  postgres_clear_stale
  # Somebody may take the port between the choice and the start.
  for attempt in 1 2 3; do
    postgres_settings "$(choose_port POSTGRES_PORT)" | as_postgres tee "$POSTGRES_DIR/data/djigbachats.conf" >/dev/null
    STARTED_POSTGRES=yes
    if postgres_launch; then
      postgres_database
      say "Postgres runs on 127.0.0.1:$(remembered_port POSTGRES_PORT), its data in $POSTGRES_DIR ($((SECONDS - since)) s)."
      return
    fi
    port_in_use "$(remembered_port POSTGRES_PORT)" || break
    say "Postgres could not start (attempt $attempt): its port was taken."
  done
  as_postgres tail -n 5 "$POSTGRES_DIR/log" >&2 || true
  fail "Postgres did not start." "its data is in $POSTGRES_DIR." \
    "read $POSTGRES_DIR/log; to begin anew with empty data, delete $POSTGRES_DIR."
}

postgres_init() {
  secret_file "$LOCAL/postgres.password"
  as_postgres test -s "$POSTGRES_DIR/data/PG_VERSION" && return
  say "Making an empty Postgres in $POSTGRES_DIR."
  # initdb works in data.new, which gets its name only when all of it is there.
  as_postgres rm -rf "$POSTGRES_DIR/data.new"
  (umask 077 && as_postgres tee "$POSTGRES_DIR/password" <"$LOCAL/postgres.password" >/dev/null)
  as_postgres "$(postgres_bin)/initdb" -D "$POSTGRES_DIR/data.new" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
    --auth=scram-sha-256 --pwfile="$POSTGRES_DIR/password" >"$LOCAL/initdb.log" 2>&1 ||
    fail "initdb could not make the database: $(tail -n 1 "$LOCAL/initdb.log")" "nothing of it is used." \
      "read $LOCAL/initdb.log, then start again."
  echo "include 'djigbachats.conf'" | as_postgres tee -a "$POSTGRES_DIR/data.new/postgresql.conf" >/dev/null
  as_postgres rm -f "$POSTGRES_DIR/password"
  as_postgres mv "$POSTGRES_DIR/data.new" "$POSTGRES_DIR/data"
}

# postgres_settings PORT. Durable as in production; sized for a developer's machine.
postgres_settings() {
  cat <<CONF
# Written by scripts/lib/postgres.sh at each start.
cluster_name = 'djigbachats'
listen_addresses = '127.0.0.1'
port = $1
# A socket's path may not exceed 107 bytes; a checkout's path may.
unix_socket_directories = ''
max_connections = 300
shared_buffers = ${POSTGRES_SHARED_BUFFERS:-256MB}
# Few, long checkpoints: short ones stalled commits by up to 360 ms.
max_wal_size = ${POSTGRES_MAX_WAL_SIZE:-2GB}
wal_buffers = 16MB
wal_compression = lz4
checkpoint_timeout = 15min
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
# Statements, parameters and DETAIL lines may hold personal data.
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
CONF
}

postgres_launch() {
  # Each start begins a new log; the one before is kept.
  ! as_postgres test -e "$POSTGRES_DIR/log" || as_postgres mv "$POSTGRES_DIR/log" "$POSTGRES_DIR/log.before"
  without_locks as_postgres "$(postgres_bin)/pg_ctl" start -w -t 60 -s -D "$POSTGRES_DIR/data" -l "$POSTGRES_DIR/log" \
    </dev/null >/dev/null 2>&1
}

postgres_database() {
  local psql=("$(postgres_bin)/psql" -qAtX "$(postgres_url postgres)")
  [[ $("${psql[@]}" -c "select 1 from pg_database where datname = '$POSTGRES_DATABASE'") == 1 ]] ||
    "${psql[@]}" -c "create database $POSTGRES_DATABASE"
}

postgres_stop() {
  postgres_place
  postgres_runs || return 0
  as_postgres "$(postgres_bin)/pg_ctl" stop -s -w -t 30 -m fast -D "$POSTGRES_DIR/data" ||
    as_postgres "$(postgres_bin)/pg_ctl" stop -s -w -t 30 -m immediate -D "$POSTGRES_DIR/data" ||
    { say "Postgres did not stop; its process is in $POSTGRES_DIR/data/postmaster.pid." && return 1; }
  say "Postgres stopped."
}
