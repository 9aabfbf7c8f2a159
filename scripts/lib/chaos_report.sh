# shellcheck shell=bash
# Writes the table of docs/reliability.md from the result of the last run of each scenario.

readonly REPORT_FILE=$ROOT/docs/reliability.md
readonly REPORT_BEGIN='<!-- begin: scripts/chaos --write-report -->'
readonly REPORT_END='<!-- end -->'

# write_report: replaces the table. Each row names its run; for each scenario, the largest tier that has run is used.
write_report() {
  local new=$LOCAL/reliability.md
  [[ $(grep -cxF -e "$REPORT_BEGIN" -e "$REPORT_END" "$REPORT_FILE") == 2 ]] ||
    fail "$REPORT_FILE lacks the lines that enclose the results." "it was not changed." \
      "restore the lines \"$REPORT_BEGIN\" and \"$REPORT_END\"."
  {
    awk -v begin="$REPORT_BEGIN" '{ print } $0 == begin { exit }' "$REPORT_FILE"
    echo
    echo "Written by \`scripts/chaos --write-report\` on a machine with $(nproc) cores."
    echo
    report_head
    report_of row
    echo
    report_of notes
    echo
    awk -v end="$REPORT_END" '$0 == end { after = 1 } after' "$REPORT_FILE"
  } >"$new"
  mv "$new" "$REPORT_FILE"
  say "Written: ${REPORT_FILE#"$ROOT"/}."
}

# report_of KIND: the stored text of each scenario, with the tier of its run.
report_of() {
  local file tier scenario
  for file in "$LOCAL"/results/*/*."$1"; do basename "$file" ."$1"; done | sort -u | while read -r scenario; do
    for tier in nightly commit short; do
      file=$LOCAL/results/$tier/$scenario.$1
      if [[ -f $file ]]; then sed "1 s/, seed /, $tier, seed /" "$file" && break; fi
    done
  done
}

report_head() {
  echo '| scenario | bar | run | faults (in flight) | accepted | terminal | stuck | lost | phantom | posts | dup_flagged | dup_unflagged | cross_tenant |'
  echo '|---|---|---|---|---|---|---|---|---|---|---|---|---|'
}
