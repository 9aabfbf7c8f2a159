# shellcheck shell=bash
# Locks between scripts of one checkout, by file descriptor:
#   7  run.lock     held by the one scripts/run
#   8  in-use.lock  shared by whoever uses the private services; who stops them takes it alone, so nobody loses them mid-work
#   9  start.lock   held while services are started or stopped
# What outlives a script must not inherit them, or the lock would outlive it too.

# without_locks COMMAND...
without_locks() { "$@" 7>&- 8>&- 9>&-; }

lock_start_and_stop() {
  exec 9>>"$LOCAL/start.lock"
  flock -n 9 || { say "Another script is starting or stopping the services; waiting for it." && flock 9; }
}

unlock_start_and_stop() { exec 9>&-; }
