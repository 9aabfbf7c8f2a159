# shellcheck shell=bash
# Where this checkout keeps its own things. All of it is under .local/, which may be deleted when nothing of it runs.
# DJIGBACHATS_INSTANCE=NAME means another Postgres and RabbitMQ, with a place under .local/NAME, beside the usual ones.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
INSTANCE=${DJIGBACHATS_INSTANCE:-}
LOCAL=$ROOT/.local${INSTANCE:+/$INSTANCE}
# Two checkouts on one machine must not meet: names and first ports follow from the path.
CHECKOUT_ID=$(printf '%s' "$ROOT${INSTANCE:+/$INSTANCE}" | cksum | cut -d' ' -f1)
readonly ROOT INSTANCE LOCAL CHECKOUT_ID

make_local() {
  if ! mkdir -p "$LOCAL" 2>/dev/null || [[ ! -O $LOCAL || ! -w $LOCAL ]]; then
    fail "the folder $LOCAL is not ours to write." "nothing was changed." \
      "run as its owner, or clone the repository where you may write."
  fi
}

# secret_file PATH: makes the file with 32 random hex digits, readable by us only, unless it exists.
secret_file() {
  [[ -s $1 ]] && return
  (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$1.new" && mv "$1.new" "$1")
}
