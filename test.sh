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
# docs/torture.md. Tests of what cannot be had are skipped and say so. spin checks the model of the protocol, and compiles what it
# generates.
need=()
command -v strace    >/dev/null || need+=(strace)
command -v setpriv   >/dev/null || need+=(util-linux)
command -v ip        >/dev/null || need+=(iproute2)
command -v nft       >/dev/null || need+=(nftables)
command -v faketime  >/dev/null || need+=(faketime)
command -v mkfs.ext4 >/dev/null || need+=(e2fsprogs)
command -v spin      >/dev/null || need+=(spin)
command -v gcc       >/dev/null || need+=(gcc libc6-dev)
# Database servers, of which the tests start private ones.
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || need+=(postgresql)
[ -x /usr/sbin/mariadbd ] || command -v mariadbd >/dev/null || need+=(mariadb-server)
if [ ${#need[@]} -gt 0 ]; then
  echo "test.sh: installing ${need[*]}" >&2
  sudo=""; [ "$(id -u)" -eq 0 ] || sudo="sudo"
  $sudo apt-get update -qq
  # Debian's packages start what they install, unless this says no (101). One that is there already is somebody's and stays.
  policy=/usr/sbin/policy-rc.d
  [ -e "$policy" ] && policy=""
  [ -z "$policy" ] || printf '#!/bin/sh\nexit 101\n' | $sudo install -m 755 /dev/stdin "$policy"
  installed=0
  $sudo apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null || installed=$?
  [ -z "$policy" ] || $sudo rm -f "$policy"
  [ "$installed" -eq 0 ] || exit "$installed"
fi

eng/check-banned-symbols.sh
# Every planted bug still applies to the sources; said at once, and not after all the tests.
eng/mutants/check.sh 0

# The model of the protocol, its mutants, and fresh runs of it for the conformance test.
model_runs=30; [ -z "${CONCORDAT_LONG:-}" ] || model_runs=1000
eng/model/check.sh ${CONCORDAT_LONG:+--long}
CONCORDAT_MODEL_TRACES=$(mktemp -d)
export CONCORDAT_MODEL_TRACES
trap 'rm -rf "$CONCORDAT_MODEL_TRACES"' EXIT
eng/model/traces.sh "$CONCORDAT_MODEL_TRACES" "$(date +%s)" "$model_runs"

dotnet build -c Release Concordat.slnx
dotnet test -c Release --no-build --solution Concordat.slnx

# Bugs that are planted one at a time: a few, or with --long all of them. The simulation must find each.
if [ -z "${CONCORDAT_LONG:-}" ]; then eng/mutants/check.sh; else eng/mutants/run.sh; fi
