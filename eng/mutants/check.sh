#!/usr/bin/env bash
# Quick, for CI: every patch still applies to the sources as they are, says what it breaks and stands in the table; and a few of
# them, drawn at random from those that are found soon, are planted and found again.
#   eng/mutants/check.sh [how many (3); 0 plants none]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/lib.sh"

bad=0
complain() { echo "check.sh: $1" >&2; bad=1; }
while read -r name; do
  git -C "$top" apply --check "$here/$name.patch" || complain "$name does not apply: bring it up to date"
  [ -n "$(field "$name" What)" ] && [ -n "$(field "$name" Breaks)" ] || complain "$name does not say what it breaks"
  if grep '^+++ ' "$here/$name.patch" | grep -qv '^+++ b/src/'; then complain "$name changes more than src/"; fi
  row=$(grep -F "| $name |" "$top/docs/mutants.md") || complain "$name is not in docs/mutants.md: run eng/mutants/run.sh $name"
  case "$row" in *SURVIVED*) echo "check.sh: nothing has found $name yet" ;; esac
done < <(all_mutants)
[ "$bad" -eq 0 ] || exit 1

[ "${1:-3}" -gt 0 ] || exit 0
mapfile -t drawn < <(awk -F ' *[|] *' '$5 ~ /^[0-9]+$/ && $5 <= 200 {print $2}' "$top/docs/mutants.md" | shuf -n "${1:-3}")
echo "check.sh: all patches apply; planting ${drawn[*]}"
"$here/run.sh" --no-table --seeds 1000 --seconds 60 "${drawn[@]}"
