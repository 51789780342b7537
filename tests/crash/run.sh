#!/usr/bin/env bash
# Breaks processes at every step of a renewal, and shows that what others are built of cannot be broken so.
#
#   tests/crash/run.sh sample|all [SEED]     a failed case is printed with the command that repeats it
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}

# Alone, and with a feature of its own: no other build of the workspace has core's failpoints.
cargo build --quiet -p tokcore-crash --features failpoints
cargo build --quiet -p tokcore-cli
sh ffi/link.sh debug

is_armed() { grep -q TOKCORE_FP "$1"; }
is_armed "$target/debug/tokcore-crash" || { echo "tests/crash: no failpoints where they belong" >&2; exit 1; }
for built in "$target/debug/tokcore" "$target/c/debug/libtokcore.a" "$target"/c/debug/libtokcore.so.*; do
  if is_armed "$built"; then
    echo "tests/crash: $built can be told to fail" >&2
    exit 1
  fi
done
PATH=$target/debug:$PATH python3 tests/servers/clean_env.py tokcore-crash "$@"
