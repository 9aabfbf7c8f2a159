# shellcheck shell=bash
# Postgres and RabbitMQ together: the given ones (DATABASE_URL, AMQP_URL) or private ones of this checkout.

services_packages() {
  local missing=()
  readarray -t missing < <(
    missing_tools
    [[ -n ${DATABASE_URL:-} ]] || postgres_missing
    [[ -n ${AMQP_URL:-} ]] || rabbitmq_missing
  )
  install_missing "${missing[@]}"
}

# Starts what is not given and not running. RabbitMQ boots on; services_await waits for it.
services_start() {
  # The usual 1024 open files are few for a broker and five services in one place.
  ulimit -Sn 65536 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
  exec 8>>"$LOCAL/in-use.lock"
  flock -s 8
  lock_start_and_stop
  if [[ -n ${AMQP_URL:-} ]]; then say "RabbitMQ: the one that AMQP_URL names."; else rabbitmq_launch; fi
  if [[ -n ${DATABASE_URL:-} ]]; then say "Postgres: the one that DATABASE_URL names."; else postgres_start; fi
}

services_await() {
  [[ -n ${AMQP_URL:-} ]] || rabbitmq_await
  unlock_start_and_stop
}

# What the programs are given. MAINTENANCE_URL may create databases.
services_urls() {
  MAINTENANCE_URL=${DATABASE_URL:-$(postgres_url postgres)}
  if [[ -z ${AMQP_URL:-} ]]; then
    AMQP_MANAGEMENT_URL=$(rabbitmq_management_url)
    AMQP_URL=$(rabbitmq_url)
  fi
  DATABASE_URL=${DATABASE_URL:-$(postgres_url "$POSTGRES_DATABASE")}
  export DATABASE_URL AMQP_URL AMQP_MANAGEMENT_URL
}

# Stops what services_start of this process started, unless another script of this checkout uses it too.
services_stop_started() {
  [[ ${STARTED_POSTGRES:-no}${STARTED_RABBITMQ:-no} != nono ]] || return 0
  lock_start_and_stop
  if ! flock -nx 8; then
    say "Postgres and RabbitMQ stay up: another script of this checkout uses them (scripts/stop stops them)."
    return 0
  fi
  [[ ${STARTED_RABBITMQ:-no} == no ]] || rabbitmq_stop
  [[ ${STARTED_POSTGRES:-no} == no ]] || postgres_stop
}
