# What run.sh and check.sh share. Wants $here (this folder) and $top (the repository).
# The copy: $work. The sound program: $work/sound; the one with a bug planted: $work/planted.

export UseSharedCompilation=true
runner=tests/Concordat.Mutants
shipped=(Concordat.Abstractions Concordat.Log Concordat.Core Concordat.Client Concordat.Server)

patches=$here
all_mutants() { (cd "$patches" && printf '%s\n' *.patch | sed 's/\.patch$//'); }

# A field of a patch's head, in one line: "What", "Breaks", "Equivalent".
field() { awk -v want="$2:" '/^--- /{exit} /^[A-Z][a-z]+:/{on = ($1 == want); if (on) sub(/^[A-Za-z]+: */, "")} on && NF {printf "%s%s", s, $0; s = " "}' "$patches/$1.patch"; }

# Copies the sources that the simulation needs, builds them, and keeps what the compiler was asked to do, so that the compiler alone can be
# asked again. Optimized, without analyzers and line numbers: equal code gives equal bytes.
prepare() {
  (cd "$top" && tar c --exclude bin --exclude obj \
    .editorconfig global.json Directory.Build.props Directory.Packages.props eng/BannedSymbols.txt tests/Directory.Build.props \
    "${shipped[@]/#/src/}" tests/Concordat.Simulation tests/Concordat.Log.Oracle "$runner") | tar x -C "$work"
  dotnet build "$work/$runner" -c Release -nologo -v quiet -p:RunAnalyzers=false -p:DebugType=none -p:TreatWarningsAsErrors=false \
    -p:ProvideCommandLineArgs=true -p:CustomAfterMicrosoftCommonTargets="$here/arguments.targets" > "$work/out" 2>&1 || { cat "$work/out" >&2; return 2; }
  cp -r "$work/$runner/bin/Release/net10.0" "$work/sound"
  # From here on it does not matter what becomes of the sources.
  mkdir "$work/patches" && cp "$here"/*.patch "$work/patches/" && patches=$work/patches
  local project sdk
  sdk=$(cd "$top" && dotnet --version)
  csc=$(dotnet --list-sdks | sed -n "s|^$sdk \[\(.*\)\]\$|\1/$sdk/Roslyn/bincore/csc.dll|p")
  for project in "${shipped[@]}"; do
    sed -i '/^\/noconfig$/d; /^\/doc:/d' "$work/src/$project/obj/compiler.rsp"
    compile "$project" > "$work/out" || { cat "$work/out" >&2; return 2; }
    cp "$work/src/$project/obj/Release/net10.0/$project.dll" "$work/sound/"
    sha256sum < "$(surface "$project")" > "$work/$project.surface"
  done
}

compile() { (cd "$work/src/$1" && dotnet exec "$csc" /noconfig /shared @obj/compiler.rsp); }

# What others see of a project: where it does not change they need not be compiled again.
surface() { echo "$work/src/$1/obj/Release/net10.0/refint/$1.dll"; }

# Compiles what the patch touches into $work/planted. 1: it does not compile. 2: the compiler sees no change. 3: others would have to be compiled.
plant() {
  local project
  rm -rf "$work/planted"
  cp -r "$work/sound" "$work/planted"
  for project in $(sed -n 's|^+++ b/src/\([^/]*\)/.*|\1|p' "$1" | sort -u); do
    compile "$project" || return 1
    sha256sum < "$(surface "$project")" | cmp -s - "$work/$project.surface" || return 3
    cp "$work/src/$project/obj/Release/net10.0/$project.dll" "$work/planted/"
  done
  ! diff -rq "$work/sound" "$work/planted" > "$work/out" || return 2
}

# Runs the planted bug until it is found. 0: found, or proven equivalent; 1: it survived, or the sound program breaks on the same seed.
hunt() {
  local name=$1 begun=$SECONDS line code=0 seed invariant equivalent
  equivalent=$(field "$name" Equivalent)
  line=$("$work/planted/Concordat.Mutants" 1 "$seeds" "$seconds" 2>&1 | tail -n 1) || code=$?
  local took=$((SECONDS - begun))
  if [ "$code" -eq 0 ]; then
    local verdict='**SURVIVED**' ran=${line#survived }
    [ -z "$equivalent" ] || verdict=equivalent
    echo "$name: ${verdict//\*/}: $line"
    printf '%s\t%s\t%s\t%s\n' "$name" "$verdict, ${ran%% in *}" "–" "$took" >> "$work/results"
    [ -n "$equivalent" ] && return 0 || return 1
  elif [ "$code" -ne 1 ] || [[ ! "$line" =~ ^seed\ ([0-9]+):\ ([^:]*): ]]; then
    echo "$name: the runner ended with $code: $line"; return 2
  fi
  seed=${BASH_REMATCH[1]} invariant=${BASH_REMATCH[2]}
  if ! "$work/sound/Concordat.Mutants" "$seed" 1 60 > /dev/null; then
    echo "$name: seed $seed breaks without the planted bug, too: mend that first"; return 1
  fi
  echo "$name: killed: $line"
  printf '%s\t%s\t%s\t%s\n' "$name" "$invariant" "$seed" "$took" >> "$work/results"
  if [ -n "$equivalent" ]; then echo "$name: its patch says that it is equivalent, and it is not"; return 1; fi
}

# Plants one bug and hunts it. 2: the patch is no mutation.
try() {
  local patch=$patches/$1.patch planted=0 result=0
  if ! git -C "$work" apply "$patch" 2> "$work/out"; then
    echo "$1: REFUSED: it does not apply: $(head -n 1 "$work/out")"; return 2
  fi
  plant "$patch" > "$work/out" || planted=$?
  case $planted in
    0) hunt "$1" || result=$? ;;
    1) echo "$1: REFUSED: it does not compile: $(grep -m 1 error "$work/out")"; result=2 ;;
    2) echo "$1: REFUSED: it changes nothing that the compiler sees"; result=2 ;;
    3) echo "$1: REFUSED: it changes what other projects see: let it change what one does"; result=2 ;;
  esac
  git -C "$work" apply -R "$patch"
  return "$result"
}

# Puts the results into docs/mutants.md, between the markers; of mutants that were not run the old rows stay.
write_table() {
  local page=$top/docs/mutants.md out name row
  out=$(mktemp)
  {
    sed '/<!-- table begins -->/q' "$page"
    echo
    echo '| bug | what is broken | found by | first seed | seconds |'
    echo '|---|---|---|--:|--:|'
    while read -r name; do
      row=$(awk -F '\t' -v name="$name" '$1 == name {r = $2 " | " $3 " | " $4} END {print r}' "$1" 2>/dev/null || true)
      if [ -n "$row" ]; then echo "| $name | $(field "$name" What) | $row |"
      else grep -F "| $name |" "$page" || true; fi
    done < <(all_mutants)
    echo
    sed -n '/<!-- table ends -->/,$p' "$page"
  } > "$out"
  cat "$out" > "$page"
  rm "$out"
}
