#!/usr/bin/env bash
# Plants one bug after the other in a copy of the sources and lets the simulation find it.
#   eng/mutants/run.sh [--seeds N] [--seconds S] [--no-table] [names…]
# A name is that of a patch in this folder, with or without ".patch"; none: all. Each bug is given seeds 1, 2, …, N (200,000) and S seconds
# (3,600), whichever end first. The results go into the table in docs/mutants.md. Ends with 1 where a bug survived that its patch does not
# prove equivalent, with 2 where a patch is no mutation: it does not apply, does not compile, or changes nothing that the compiler sees.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/lib.sh"

seeds=200000 seconds=3600 table=yes names=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seeds) seeds=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --no-table) table=no; shift ;;
    -*) echo "run.sh: unknown option '$1'" >&2; exit 2 ;;
    *) names+=("$(basename "$1" .patch)"); shift ;;
  esac
done
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(all_mutants)
for name in "${names[@]}"; do [ -f "$here/$name.patch" ] || { echo "run.sh: there is no $name.patch" >&2; exit 2; }; done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prepare || exit 2
status=0
for name in "${names[@]}"; do
  result=0
  try "$name" || result=$?
  [ "$result" -le "$status" ] || status=$result
done
[ "$table" = no ] || write_table "$work/results"
exit "$status"
