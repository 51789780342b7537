#!/usr/bin/env bash
# Runs every part of `make test`, goes on after a failure, and ends with one line: N passed, N failed.
#
# The counts are summed from the runners' own closing lines, which stay visible above.
set -uo pipefail
cd "$(dirname "$0")/.."
logs=${CARGO_TARGET_DIR:-target}/test-logs
mkdir -p "$logs"
failed_parts=()

for part in lint test-rust test-crash test-c test-python test-r test-e2e; do
  printf '\n=== %s\n' "$part"
  begun=$SECONDS
  make --no-print-directory "$part" 2>&1 | tee "$logs/$part.log"
  [ "${PIPESTATUS[0]}" = 0 ] || failed_parts+=("$part")
  printf -- '--- %s took %d s\n' "$part" $((SECONDS - begun))
done

# nextest: "N tests run: N passed, N failed"; cargo: "ok. N passed; N failed"; pytest: "N passed"; testthat:
# "FAIL 0 | WARN 0 | SKIP 0 | PASS 12"; ours: "N passed, N failed".
sum() { cat "$logs"/*.log | grep -oE "$1" | grep -oE '[0-9]+' | awk '{n += $1} END {print n + 0}'; }
passed=$(($(sum '[0-9]+ passed') + $(sum 'PASS [0-9]+ \]')))
failed=$(($(sum '[0-9]+ failed') + $(sum 'FAIL [0-9]+ \|')))
if [ ${#failed_parts[@]} -gt 0 ]; then
  printf '\nfailed: %s\n' "${failed_parts[*]}"
  [ "$failed" -gt 0 ] || failed=${#failed_parts[@]}
fi
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
