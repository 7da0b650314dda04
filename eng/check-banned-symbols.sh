#!/usr/bin/env bash
# Shows that eng/BannedSymbols.txt bites: a copy of the core with a planted clock, task and random number must not build,
# and each of the three must be what the compiler names.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src" "$work/eng"
cp -r Directory.Build.props Directory.Packages.props .editorconfig global.json "$work/"
cp eng/BannedSymbols.txt "$work/eng/"
cp -r src/Concordat.Abstractions src/Concordat.Core "$work/src/"
rm -rf "$work"/src/*/bin "$work"/src/*/obj
cat > "$work/src/Concordat.Core/Planted.cs" <<'CS'
namespace Concordat.Core;

internal static class Planted
{
    internal static object Clock() => System.DateTime.UtcNow;
    internal static object Dice() => new System.Random();
    internal static object Wait() => System.Threading.Tasks.Task.CompletedTask;
}
CS
if dotnet build -c Release "$work/src/Concordat.Core" > "$work/out" 2>&1; then
  echo "check-banned-symbols: the planted clock, dice and task were built: eng/BannedSymbols.txt does not bite" >&2
  exit 1
fi
for symbol in 'DateTime.UtcNow' 'Random' 'Task'; do
  if ! grep -q "error RS0030.*$symbol" "$work/out"; then
    echo "check-banned-symbols: the build failed, but not for '$symbol':" >&2
    cat "$work/out" >&2
    exit 1
  fi
done
echo "check-banned-symbols: a planted clock, random number and task each fail the build of Concordat.Core"
