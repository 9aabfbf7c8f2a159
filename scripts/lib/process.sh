# shellcheck shell=bash
# Long-running processes of ours: told from strangers by their command line, stopped politely, then firmly.

# pid_in FILE: prints what it holds; nothing when there is no such file.
pid_in() { [[ ! -r $1 ]] || cat "$1"; }

# runs_with PID TEXT: the process lives and its command line contains TEXT (so a recycled pid is not taken for ours).
runs_with() {
  local command
  [[ ${1:-} =~ ^[0-9]+$ ]] && command=$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") && [[ $command == *"$2"* ]]
}

# poll_until SECONDS COMMAND...: repeats the command until it succeeds or the time is over.
poll_until() {
  local deadline=$(($(now_ms) + $1 * 1000))
  shift
  until "$@"; do
    (($(now_ms) < deadline)) || return 1
    sleep 0.1
  done
}

# Runs in EXIT traps, where a bare return gives the code of the script: hence return 0.
# end_process PID TEXT SECONDS: TERM, time to finish, then KILL.
end_process() {
  local pid=$1 text=$2 seconds=$3
  runs_with "$pid" "$text" || return 0
  kill -TERM "$pid" 2>/dev/null || true
  poll_until "$seconds" is_gone "$pid" "$text" && return 0
  say "Process $pid did not stop within $seconds s; killing it."
  kill -KILL "$pid" 2>/dev/null || true
  poll_until 5 is_gone "$pid" "$text"
}

is_gone() { ! runs_with "$1" "$2"; }
