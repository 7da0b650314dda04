#!/usr/bin/env bash
# Sets up what the tests need and runs them all.  ./test.sh [--long]
set -euo pipefail
cd "$(dirname "$0")"

for option in "$@"; do
  case "$option" in
    --long) export CONCORDAT_LONG=1 ;;
    *) echo "test.sh: unknown option '$option' (known: --long)" >&2; exit 2 ;;
  esac
done

# What breaks real processes: strace injects disk errors, setpriv ends children with their parent, and the rest of
# docs/torture.md. Tests of what cannot be had are skipped and say so.
need=()
command -v strace    >/dev/null || need+=(strace)
command -v setpriv   >/dev/null || need+=(util-linux)
command -v ip        >/dev/null || need+=(iproute2)
command -v nft       >/dev/null || need+=(nftables)
command -v faketime  >/dev/null || need+=(faketime)
command -v mkfs.ext4 >/dev/null || need+=(e2fsprogs)
if [ ${#need[@]} -gt 0 ]; then
  echo "test.sh: installing ${need[*]}" >&2
  sudo=""; [ "$(id -u)" -eq 0 ] || sudo="sudo"
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi

eng/check-banned-symbols.sh
dotnet build -c Release Concordat.slnx
dotnet test -c Release --no-build --solution Concordat.slnx
