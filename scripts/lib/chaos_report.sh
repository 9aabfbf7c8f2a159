# shellcheck shell=bash
# The table of docs/reliability.md, out of what the last run of each scenario really came to.

readonly REPORT_FILE=$ROOT/docs/reliability.md
readonly REPORT_BEGIN='<!-- begin: scripts/chaos --write-report -->'
readonly REPORT_END='<!-- end -->'

# write_report: replaces the table. A row says by itself from which run it is.
write_report() {
  local new=$LOCAL/reliability.md
  [[ $(grep -cxF -e "$REPORT_BEGIN" -e "$REPORT_END" "$REPORT_FILE") == 2 ]] ||
    fail "$REPORT_FILE lacks the lines between which the results stand." "it is as it was." \
      "restore the lines \"$REPORT_BEGIN\" and \"$REPORT_END\"."
  {
    awk -v begin="$REPORT_BEGIN" '{ print } $0 == begin { exit }' "$REPORT_FILE"
    echo
    echo "Written by \`scripts/chaos --$TIER --write-report\` on a machine with $(nproc) cores."
    echo
    report_head
    cat "$RESULTS"/*.row
    echo
    cat "$RESULTS"/*.notes
    echo
    awk -v end="$REPORT_END" '$0 == end { after = 1 } after' "$REPORT_FILE"
  } >"$new"
  mv "$new" "$REPORT_FILE"
  say "Written: ${REPORT_FILE#"$ROOT"/}."
}

report_head() {
  echo '| scenario | bar | run | blows (in hand) | accepted | terminal | stuck | lost | phantom | posts | dup_flagged | dup_unflagged | cross_tenant |'
  echo '|---|---|---|---|---|---|---|---|---|---|---|---|---|'
}
