#!/usr/bin/env bash
# Checks the model with spin, then that each mutant of it is caught.  eng/model/check.sh [--long]
# Fails on any error, on a search that was cut short, on a step of the model that no configuration reaches, and on a mutant that lives.
set -euo pipefail
cd "$(dirname "$0")"

long=
case "${1:-}" in
  "") ;;
  --long) long=1 ;;
  *) echo "check.sh: unknown option '$1' (known: --long)" >&2; exit 2 ;;
esac
for tool in spin gcc; do
  command -v "$tool" >/dev/null || { echo "check.sh: $tool is missing; ./test.sh installs it" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jobs_at_once=2
depth=1000000
memory_mb=2500 compress=''
[ -z "$long" ] || { memory_mb=6000; compress=-DCOLLAPSE; }

# generate <folder> <spin flags>: the model with a hit(file, line) after every guard, so that what is never reached is seen. (spin's own
# report does not look into a d_step.)
generate() {
  local dir=$1; shift
  mkdir -p "$dir"
  local file number=0
  for file in *.pml; do
    number=$((number + 1))
    awk -v number="$number" -f instrument.awk "$file" > "$dir/$file"
  done
  {
    echo 'c_decl { static unsigned char hits[16][512];'
    echo '  static void say(void) { for (int f = 0; f < 16; f++) for (int l = 0; l < 512; l++) if (hits[f][l]) printf("hit(%d, %d)\n", f, l); }'
    echo '  static void hit(int file, int line) { static int first = 1; if (first) { first = 0; atexit(say); } hits[file][line] = 1; } }'
    cat "$dir/concordat.pml"
  } > "$dir/hits.pml"
  (cd "$dir" && spin -a "$@" hits.pml > spin.out 2>&1) || { cat "$dir/spin.out" >&2; return 1; }
}

verify() {
  local name=$1; shift
  local dir=$work/$name
  generate "$dir" "$@"
  cd "$dir"
  gcc -w -O2 -DNOFAIR $compress -DMEMLIM="$memory_mb" -o pan pan.c
  TIMEFORMAT=%R
  { time ./pan -a -b -m"$depth" -w22 > pan.out 2>&1 || true; } 2> seconds
  grep -oE 'hit\([0-9]+, [0-9]+\)' pan.* | sed 's/.*hit/hit/' | sort -u > compiled
}

mutant() {
  local name=$1 flags=$2
  local dir=$work/mutant-$name
  # shellcheck disable=SC2086
  generate "$dir" "-D$name" ${flags//,/ }
  cd "$dir"
  gcc -w -O1 -DNOFAIR -DMEMLIM=2500 -o pan pan.c
  ./pan -a -b -m"$depth" -w20 > pan.out 2>&1 || true
}

# Two at a time; a generation or compilation that fails is seen by its missing pan.out.
throttle() { while [ "$(jobs -rp | wc -l)" -ge "$jobs_at_once" ]; do wait -n || true; done; }

names=()
while read -r name when flags; do
  case "$name" in ''|'#'*) continue ;; esac
  [ "$when" = short ] || [ -n "$long" ] || continue
  names+=("$name")
  throttle
  # shellcheck disable=SC2086
  (verify "$name" $flags) &
done < configurations.txt
mutants=()
while read -r name flags breaks; do
  case "$name" in ''|'#'*) continue ;; esac
  mutants+=("$name|$breaks")
  throttle
  (mutant "$name" "$flags") &
done < mutants.txt
wait

status=0
fail() { echo "check.sh: $*" >&2; status=1; }

printf '%-18s %12s %12s %8s %8s %9s\n' configuration states transitions depth seconds MB
: > "$work/compiled"; : > "$work/reached"
for name in "${names[@]}"; do
  out=$work/$name/pan.out
  [ -s "$out" ] || { fail "$name: there is no verifier, or it said nothing"; continue; }
  states=$(awk '/states, stored/ { print $1; exit }' "$out")
  transitions=$(awk '/ transitions \(/ { print $1; exit }' "$out")
  reached_depth=$(sed -n 's/.*depth reached \([0-9]*\).*/\1/p' "$out" | head -n 1)
  megabytes=$(awk '/total actual memory usage/ { print $1; exit }' "$out")
  printf '%-18s %12s %12s %8s %8s %9s\n' "$name" "$states" "$transitions" "$reached_depth" "$(cat "$work/$name/seconds")" "$megabytes"
  grep -q 'errors: 0' "$out" || fail "$name: $(grep -m 1 '^pan:' "$out" || echo 'no verdict')"
  if grep -qiE 'search not completed|max search depth|out of memory|memlim|too small|truncat|hash array' "$out"; then
    fail "$name: the search was cut short: $(grep -iE -m 1 'not completed|depth too|memory|too small|truncat|hash array' "$out")"
  fi
  cat "$work/$name/compiled" >> "$work/compiled"
  grep -E '^hit\(' "$out" >> "$work/reached" || true
done

# Every step that some configuration has must be reached in one of them, but for those that say "never".
files=(*.pml)
unreached=$(comm -23 <(sort -u "$work/compiled") <(sort -u "$work/reached") | tr -dc '0-9,\n')
while IFS=, read -r file line; do
  [ -n "$file" ] || continue
  text=$(sed -n "${line}p" "${files[file - 1]}")
  case "$text" in
    *'/* never */'*) ;;
    *) fail "${files[file - 1]}:$line is reached by no configuration: $text" ;;
  esac
done <<< "$unreached"
echo "$(sort -u "$work/compiled" | wc -l) steps, $(sort -u "$work/reached" | wc -l) of them reached"

echo
printf '%-28s %6s  %s\n' mutant depth 'what it breaks, and the assertion that says so'
for entry in "${mutants[@]}"; do
  name=${entry%%|*}
  out=$work/mutant-$name/pan.out
  if ! grep -q 'errors: 1' "$out" 2>/dev/null; then
    fail "mutant $name lives: the model cannot tell it from the protocol"
    continue
  fi
  printf '%-28s %6s  %s\n' "$name" "$(sed -n 's/.*at depth \([0-9]*\).*/\1/p' "$out" | head -n 1)" "${entry#*|}"
  printf '%36s%s\n' '' "$(grep -m 1 '^pan:' "$out" | cut -c 1-120)"
done
exit "$status"
