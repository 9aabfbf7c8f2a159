# shellcheck shell=bash
# Installs what is missing on Debian, without starting or enabling any of the system services that come with it.

readonly SERVICE_POLICY=/usr/sbin/policy-rc.d
readonly CLUSTER_POLICY=/etc/postgresql-common/createcluster.d/djigbachats.conf
readonly MARK='written by djigbachats for the time of an installation'

# install_missing PACKAGE...: as root, or with sudo. Nothing to do when the list is empty and nothing was left behind.
install_missing() {
  (($#)) || policies_left || return 0
  local advice="install them yourself (apt-get install $*) and start again."
  command -v apt-get >/dev/null ||
    fail "these are missing and this is not a Debian system: $*." "nothing was changed." \
      "install their like, or point DATABASE_URL and AMQP_URL at running servers."
  if ((EUID == 0)); then
    AS_ROOT=()
  elif ! command -v sudo >/dev/null; then
    fail "packages are missing ($*), you are not root, and there is no sudo." "nothing was changed." "as root, $advice"
  elif [[ -t 0 ]] || sudo -n true 2>/dev/null; then
    AS_ROOT=(sudo)
  else
    fail "packages are missing ($*) and sudo asks for a password, but nobody is there to type it." \
      "nothing was changed." "run sudo -v first, or $advice"
  fi
  say "Installing from Debian, without starting its services: ${*:-nothing, but an installation that was cut off is tidied up}"
  # In a subshell: its exit restores the policies on every way out.
  (install_quietly "$@") ||
    fail "apt-get could not install: $*." "what was installed stays; its log is $LOCAL/apt.log." \
      "read the end of that log (often no network, or another apt at work), then start again."
}

install_quietly() {
  trap 'lift_policies' EXIT
  trap 'exit 130' INT TERM
  lift_policies
  deny_services
  local apt=("${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  : >"$LOCAL/apt.log"
  # An old package list is no reason to stop: the installation itself says what is not to be had.
  "${apt[@]}" update >>"$LOCAL/apt.log" 2>&1 || say "apt-get update failed (see $LOCAL/apt.log); trying with the known lists."
  "${apt[@]}" install -y --no-install-recommends "$@" >>"$LOCAL/apt.log" 2>&1 </dev/null || return 1
  keep_disabled "$@"
}

# While this stands, packages may not start services and postgresql makes no cluster of its own.
deny_services() {
  local denies
  denies=$([[ ! -x $SERVICE_POLICY ]] || { "$SERVICE_POLICY" djigbachats start >/dev/null 2>&1 || echo $?; })
  if [[ $denies != 101 ]]; then
    [[ ! -e $SERVICE_POLICY ]] || "${AS_ROOT[@]}" mv "$SERVICE_POLICY" "$SERVICE_POLICY.before-djigbachats"
    printf '#!/bin/sh\n# %s\nexit 101\n' "$MARK" | "${AS_ROOT[@]}" tee "$SERVICE_POLICY" >/dev/null
    "${AS_ROOT[@]}" chmod 755 "$SERVICE_POLICY"
  fi
  if ! compgen -G '/etc/postgresql/*/*/postgresql.conf' >/dev/null; then
    "${AS_ROOT[@]}" mkdir -p "${CLUSTER_POLICY%/*}"
    printf '# %s\ncreate_main_cluster = false\n' "$MARK" | "${AS_ROOT[@]}" tee "$CLUSTER_POLICY" >/dev/null
  fi
}

policies_left() { grep -qsF "$MARK" "$SERVICE_POLICY" || [[ -e $SERVICE_POLICY.before-djigbachats ]]; }

# Also mends what an installation that was killed left behind.
lift_policies() {
  [[ ! -e $CLUSTER_POLICY ]] || "${AS_ROOT[@]}" rm -f "$CLUSTER_POLICY"
  if grep -qsF "$MARK" "$SERVICE_POLICY"; then
    "${AS_ROOT[@]}" rm -f "$SERVICE_POLICY"
  fi
  if [[ -e $SERVICE_POLICY.before-djigbachats && ! -e $SERVICE_POLICY ]]; then
    "${AS_ROOT[@]}" mv "$SERVICE_POLICY.before-djigbachats" "$SERVICE_POLICY"
  fi
}

# Debian enables services for the next boot even when they may not start now.
keep_disabled() {
  command -v systemctl >/dev/null || return 0
  local units=()
  [[ " $* " != *' postgresql '* ]] || units+=(postgresql.service)
  [[ " $* " != *' rabbitmq-server '* ]] || units+=(rabbitmq-server.service epmd.socket epmd.service)
  ((${#units[@]})) || return 0
  "${AS_ROOT[@]}" systemctl disable "${units[@]}" >>"$LOCAL/apt.log" 2>&1 || true
}

# missing_tools: prints the packages that building and the scripts need and that are not there.
missing_tools() {
  command -v curl >/dev/null || echo curl
  [[ -e /etc/ssl/certs/ca-certificates.crt ]] || echo ca-certificates
  command -v git >/dev/null || echo git
  # ring and jemalloc compile C, and Rust links with cc.
  echo 'int main(void) { return 0; }' | cc -x c -o /dev/null - 2>/dev/null || printf 'gcc\nlibc6-dev\n'
  command -v make >/dev/null || echo make
}
