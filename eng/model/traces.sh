#!/usr/bin/env bash
# Runs the model at random and writes what it did as traces, for tests/Concordat.Core.Tests/Conformance.
#   eng/model/traces.sh <folder> [<first seed> [<runs of each configuration>]]
# Of the runs it keeps those that show a step of a kind that none before them showed. The committed traces: traces.sh ../../tests/Concordat.Core.Tests/Conformance/Traces
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '2,4p' "$0" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd) first=${2:-1} runs=${3:-400}
command -v spin >/dev/null || { echo "traces.sh: spin is missing; ./test.sh installs it" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# name, flags: the same names tell the test what to register.
configurations="
two        -DN=2
key        -DN=2 -DKEY=1
silent     -DN=2 -DSILENT=1
fickle     -DN=2 -DFICKLE=1 -DVOTES=1
forgetful  -DN=2 -DFORGETFUL=1
three      -DN=3
one-phase  -DN=1 -DONEPHASE=1
contrary   -DN=2 -DFICKLE=1 -DVOTES=1 -DDEADLINE=0 -DCRASHES=0 -DPCRASHES=6 -DREQUESTS=0
"

cd "$here"
while read -r name flags; do
  [ -n "$name" ] || continue
  : > "$work/$name"
  for ((seed = first; seed < first + runs; seed++)); do
    # A participant that contradicts itself is rare: it takes a long life without other faults.
    vary="-DHEAL_AFTER=$((60 + seed % 60))"
    if [ "$name" != contrary ]; then
      vary="-DHEAL_AFTER=$((seed * 7 % 60)) -DCRASH_AFTER=$((seed * 13 % 40)) -DDEADLINE=$((seed % 5 == 0)) -DCRASHES=$((seed % 4)) -DPCRASHES=$((seed / 2 % 3))"
      vary+=" -DREQUESTS=$((seed / 4 % 3)) -DSTALE=$((seed % 7 > 2))"
      [[ $flags == *VOTES* ]] || vary+=" -DVOTES=$((seed % 3 == 1 ? 3 : 1))"
    fi
    echo "trace $name seed $seed $flags $vary" >> "$work/$name"
    # shellcheck disable=SC2086
    (cd "$work" && spin -n"$seed" -T -u100000 -DTRACE $flags $vary "$here/concordat.pml" < /dev/null) | awk -f compact.awk >> "$work/$name"
  done
  awk -f select.awk "$work/$name" > "$folder/$name.txt"
  echo "$name: $(grep -c '^trace' "$folder/$name.txt") of $runs runs, $(grep -vc '^trace' "$folder/$name.txt") events"
done <<< "$configurations"
