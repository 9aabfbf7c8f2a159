# shellcheck shell=bash
# A private RabbitMQ of this checkout: own node, data, cookie, ports and epmd, all on loopback, beside any system one.
# It runs as whoever starts it: /usr/sbin/rabbitmq-server would change to the user rabbitmq, the scripts behind it do not.

readonly RABBITMQ_BIN=/usr/lib/rabbitmq/bin
readonly RABBITMQ_DIR=$LOCAL/rabbitmq
readonly RABBITMQ_USER=djigbachats

rabbitmq_missing() { [[ -x $RABBITMQ_BIN/rabbitmq-server ]] || echo rabbitmq-server; }

# The home folder is on the command line of the Erlang machine, the port on that of epmd.
rabbitmq_runs() { runs_with "$(pid_in "$RABBITMQ_DIR/server.pid")" "-home $RABBITMQ_DIR"; }
epmd_runs() { runs_with "$(pid_in "$RABBITMQ_DIR/epmd.pid")" "epmd -port $(remembered_port EPMD_PORT)"; }

rabbitmq_credentials() { printf '%s:%s' "$RABBITMQ_USER" "$(<"$LOCAL/rabbitmq.password")"; }
rabbitmq_url() { printf 'amqp://%s@127.0.0.1:%s/%%2f' "$(rabbitmq_credentials)" "$(remembered_port AMQP_PORT)"; }
rabbitmq_management_url() {
  printf 'http://%s@127.0.0.1:%s' "$(rabbitmq_credentials)" "$(remembered_port AMQP_MANAGEMENT_PORT)"
}

# Launches it unless it runs, and returns at once; rabbitmq_await waits. Sets STARTED_RABBITMQ=yes when this call did it.
rabbitmq_launch() {
  (umask 077 && mkdir -p "$RABBITMQ_DIR"/{mnesia,log})
  secret_file "$LOCAL/rabbitmq.password"
  if rabbitmq_runs && epmd_runs; then return; fi
  # Half of it may have been killed: what is left goes first.
  rabbitmq_end
  STARTED_RABBITMQ=yes
  RABBITMQ_LAUNCHED_MS=$(now_ms)
  local name
  for name in EPMD_PORT AMQP_PORT AMQP_MANAGEMENT_PORT RABBITMQ_NODE_LINK_PORT; do
    choose_port "$name" >/dev/null
  done
  rabbitmq_files
  epmd_launch
  without_locks rabbitmq_become_server </dev/null >"$RABBITMQ_DIR/log/console.log" 2>&1 &
  echo $! >"$RABBITMQ_DIR/server.pid"
}

epmd_launch() {
  local epmd
  epmd=$(command -v epmd) || epmd=$(compgen -G '/usr/lib/erlang/erts-*/bin/epmd' | tail -n 1)
  without_locks exec setsid "$epmd" -port "$(remembered_port EPMD_PORT)" -address 127.0.0.1 \
    </dev/null >"$RABBITMQ_DIR/log/epmd.log" 2>&1 &
  echo $! >"$RABBITMQ_DIR/epmd.pid"
  poll_until 10 port_in_use "$(remembered_port EPMD_PORT)" ||
    fail "Erlang's port mapper did not start." "the broker's data in $RABBITMQ_DIR was not touched." \
      "read $RABBITMQ_DIR/log/epmd.log, then start again."
}

# Replaces this process, so that its pid is the server's (RUNNING_UNDER_SYSTEMD: the script execs too).
# A session of its own keeps Ctrl-C in the terminal away; no setting of the system's or the caller's RabbitMQ gets in.
rabbitmq_become_server() {
  cd "$RABBITMQ_DIR" && exec env -i RUNNING_UNDER_SYSTEMD=true \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$RABBITMQ_DIR" \
    ERL_EPMD_PORT="$(remembered_port EPMD_PORT)" ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_NODENAME="djigbachats-$CHECKOUT_ID@localhost" \
    RABBITMQ_DIST_PORT="$(remembered_port RABBITMQ_NODE_LINK_PORT)" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    RABBITMQ_CONF_ENV_FILE="$RABBITMQ_DIR/rabbitmq-env.conf" \
    RABBITMQ_CONFIG_FILE="$RABBITMQ_DIR/rabbitmq.conf" \
    RABBITMQ_CONFIG_FILES="$RABBITMQ_DIR/conf.d" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$RABBITMQ_DIR/advanced.config" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$RABBITMQ_DIR/enabled_plugins" \
    RABBITMQ_MNESIA_BASE="$RABBITMQ_DIR/mnesia" \
    RABBITMQ_SCHEMA_DIR="$RABBITMQ_DIR/schema" \
    RABBITMQ_GENERATED_CONFIG_DIR="$RABBITMQ_DIR/generated" \
    RABBITMQ_LOG_BASE="$RABBITMQ_DIR/log" \
    RABBITMQ_PID_FILE="$RABBITMQ_DIR/own.pid" \
    setsid "$RABBITMQ_BIN/rabbitmq-server"
}

rabbitmq_files() {
  (
    umask 077
    : >"$RABBITMQ_DIR/rabbitmq-env.conf"
    echo '[rabbitmq_management].' >"$RABBITMQ_DIR/enabled_plugins"
    rabbitmq_settings >"$RABBITMQ_DIR/rabbitmq.conf"
    # Erlang takes the cookie only from a file that nobody else may read.
    [[ -s $RABBITMQ_DIR/.erlang.cookie ]] || secret_file "$RABBITMQ_DIR/.erlang.cookie"
    chmod 400 "$RABBITMQ_DIR/.erlang.cookie"
  )
}

rabbitmq_settings() {
  cat <<CONF
# Written by scripts/lib/rabbitmq.sh at each start.
listeners.tcp.local = 127.0.0.1:$(remembered_port AMQP_PORT)
management.tcp.ip = 127.0.0.1
management.tcp.port = $(remembered_port AMQP_MANAGEMENT_PORT)
# The user is made at the first start only.
default_user = $RABBITMQ_USER
default_pass = $(<"$LOCAL/rabbitmq.password")
default_user_tags.administrator = true
log.console = false
log.file = rabbitmq.log
log.file.level = info
log.file.rotation.size = 10485760
log.file.rotation.count = 2
disk_free_limit.absolute = 512MB
# The quorum queues' journal is held in memory until it is full: 512 MB is the default.
raft.wal_max_size_bytes = 67108864
management.rates_mode = none
CONF
}

rabbitmq_answers() {
  curl -fsS -o /dev/null --max-time 5 -u "$(rabbitmq_credentials)" \
    "http://127.0.0.1:$(remembered_port AMQP_MANAGEMENT_PORT)/api/health/checks/port-listener/$(remembered_port AMQP_PORT)" 2>/dev/null
}

# Waits until clients can connect; returns early when the server has died.
rabbitmq_await() {
  if poll_until 90 rabbitmq_answers_or_died && rabbitmq_runs; then
    local how="already runs"
    [[ ${STARTED_RABBITMQ:-no} == no ]] || how="runs, its data in $RABBITMQ_DIR ($(elapsed "$RABBITMQ_LAUNCHED_MS"))"
    say "RabbitMQ on 127.0.0.1:$(remembered_port AMQP_PORT) $how."
    return
  fi
  tail -n 5 "$RABBITMQ_DIR/log/console.log" >&2 || true
  fail "RabbitMQ did not come up." "its data is in $RABBITMQ_DIR/mnesia." \
    "read $RABBITMQ_DIR/log; to begin anew with an empty broker, delete $RABBITMQ_DIR."
}

rabbitmq_answers_or_died() { rabbitmq_answers || ! rabbitmq_runs; }

rabbitmq_stop() {
  rabbitmq_runs || epmd_runs || return 0
  rabbitmq_end
  say "RabbitMQ stopped."
}

rabbitmq_end() {
  end_process "$(pid_in "$RABBITMQ_DIR/server.pid")" "-home $RABBITMQ_DIR" 30
  end_process "$(pid_in "$RABBITMQ_DIR/epmd.pid")" 'epmd -port' 5
  rm -f "$RABBITMQ_DIR"/{server,epmd}.pid
}
