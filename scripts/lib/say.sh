# shellcheck shell=bash
# What a person reads: one plain line per step, and failures that say what happened, what was kept, what to do.

say() { printf '%s\n' "$@" >&2; }

# fail WHAT_HAPPENED WHAT_WAS_KEPT WHAT_TO_DO
fail() {
  printf '\nfailed:  %s\nkept:    %s\nto do:   %s\n' "$1" "$2" "$3" >&2
  exit 1
}

# A command that fails where no failure was foreseen must not end a script in silence.
set -E
trap 'say "failed: $BASH_COMMAND (${BASH_SOURCE[0]##*/}, line $LINENO, exit code $?)"' ERR

# elapsed SINCE_MILLISECONDS: the seconds since then, with one decimal.
elapsed() {
  local tenths=$((($(now_ms) - $1) / 100))
  printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

now_ms() {
  local now=${EPOCHREALTIME/[.,]/}
  printf '%s' "${now:0:-3}"
}
