# shellcheck shell=bash
# Known vulnerabilities of what the product is built from: RustSec's advisories, from a copy or from the network.

readonly ADVISORY_URL=https://github.com/RustSec/advisory-db
# What cargo-deny calls its clone of it: the end of the URL, and a hash of all of it.
readonly ADVISORY_FOLDER=advisory-db-3157b0e258782691

# check_advisories: a copy that is given counts, and the network is left alone; without one the database is fetched.
check_advisories() {
  local copy=${DJIGBACHATS_ADVISORY_DB:-}
  need_cargo_tool deny "$DENY_VERSION"
  if [[ -z $copy && -d $LOCAL/advisory-db ]]; then copy=$LOCAL/advisory-db; fi
  if [[ -n $copy ]]; then
    check_advisories_of "$copy"
  elif timeout 120 cargo deny fetch db >"$LOCAL/deny-fetch.log" 2>&1; then
    cargo deny --locked check --hide-inclusion-graph advisories
  else
    say "SKIPPED: $ADVISORY_URL cannot be fetched from here, and no copy of it is in .local/advisory-db or where \
DJIGBACHATS_ADVISORY_DB says: $(awk 'NF { last = $0 } END { print last }' "$LOCAL/deny-fetch.log")"
    return "$SKIPPED"
  fi
}

# check_advisories_of COPY: a clone, or what an archive of it unpacks to.
check_advisories_of() {
  local copy=$1 day place=$LOCAL/advisory-dbs
  day=$(newest_advisory "$copy")
  if [[ -z $day ]]; then
    say "$copy is not a copy of $ADVISORY_URL: there is no advisory in $copy/crates."
    return 1
  fi
  say "The advisories are those of $copy, the newest of $day."
  rm -rf "$place"
  mkdir -p "$place/$ADVISORY_FOLDER/.git"
  ln -s "$(realpath "$copy")/crates" "$place/$ADVISORY_FOLDER/crates"
  # cargo-deny takes this for the time of the last fetch, and refuses a database that is 90 days old.
  touch -d "$day" "$place/$ADVISORY_FOLDER/.git/FETCH_HEAD"
  sed "s|^\[advisories\]\$|&\ndb-path = '$place'|" "$ROOT/deny.toml" >"$LOCAL/deny.toml"
  # Offline, it needs the crates of all platforms here: the check of licences has fetched them.
  cargo deny --locked --offline --config "$LOCAL/deny.toml" check --hide-inclusion-graph advisories
}

# newest_advisory COPY: its day; nothing when there is no advisory.
newest_advisory() {
  { grep -rhE --include='*.md' '^date *= *"[0-9]{4}-[0-9]{2}-[0-9]{2}"' "$1/crates" 2>/dev/null || true; } |
    cut -d'"' -f2 | sort | tail -n 1
}
