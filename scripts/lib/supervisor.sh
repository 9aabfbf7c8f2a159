# shellcheck shell=bash
# The one supervised program of a script (the sample shop, which supervises the rest): one at a time, ended with us.

# Takes the place of the only scripts/run, or scripts/schemathesis, of this checkout.
supervisor_alone() {
  exec 7>>"$LOCAL/run.lock"
  flock -n 7 || fail "another scripts/${0##*/} is at work in this checkout." "it goes on undisturbed." \
    "end it with Ctrl-C, or scripts/stop."
  # One that was killed may have left its program.
  supervisor_stop
}

# supervise PROGRAM ARGUMENT...: returns its exit code. A signal to the script ends both.
supervise() {
  local code=0
  supervisor_begin "$@"
  wait $! || code=$?
  return "$code"
}

# supervisor_begin PROGRAM ARGUMENT...: starts it and returns at once.
supervisor_begin() {
  # Job control gives the program a process group of its own: Ctrl-C reaches this script only, which sends one TERM.
  set -m
  without_locks exec "$@" </dev/null &
  set +m
  echo $! >"$LOCAL/supervisor.pid"
}

supervisor_runs() { runs_with "$(pid_in "$LOCAL/supervisor.pid")" sample-shop; }

supervisor_end() {
  [[ -e $LOCAL/supervisor.pid ]] || return 0
  end_process "$(pid_in "$LOCAL/supervisor.pid")" sample-shop 60
  rm -f "$LOCAL/supervisor.pid"
}

supervisor_stop() {
  local pid
  pid=$(pid_in "$LOCAL/supervisor.pid")
  runs_with "$pid" sample-shop || return 0
  say "Stopping the program of scripts/run or scripts/schemathesis (process $pid)."
  end_process "$pid" sample-shop 60
}
