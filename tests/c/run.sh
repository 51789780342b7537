#!/bin/sh
# Builds and runs the tests of the C interface. Ends with one line: N passed, N failed.
set -eu
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
programs=$target/c/test
vectors=$root/tests/vectors
library=$target/c/stage/lib/libtokcore.so
python=${TOKCORE_TEST_PYTHON:-$root/.venv/bin/python}
person=$root/tests/servers/signin.py
# Tokens must outlast the slow start of a program under valgrind.
export ACCESS_TOKEN_SECONDS=300

make --no-print-directory programs
cargo xtask symbols --check --library "$library"

room=$(mktemp -d)
mkfifo "$room/input"
# The server ends when its input closes, so that an interrupted run leaves nothing behind.
"$target/debug/tokcore-replay-server" 900 <"$room/input" >"$room/address" &
server=$!
exec 3>"$room/input"
trap 'exec 3>&-; wait $server; rm -rf "$room"' EXIT
until grep -q http "$room/address"; do
  kill -0 $server || exit 2
  sleep 0.1
done
address=$(sed 's/.* //' "$room/address")

status=0
passed=0
failed=0

# Runs a program whose last line is "N passed, N failed"; shows everything but that line, which is summed instead.
run() {
  label=$1
  shift
  if "$@" >"$room/output" 2>&1 3>&-; then result='passed'; else result="ended with status $?"; status=1; fi
  sed '/^[0-9]* passed, [0-9]* failed$/d' "$room/output"
  good=$(sed -n 's/^\([0-9]*\) passed, .*/\1/p' "$room/output" | tail -n 1)
  bad=$(sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$room/output" | tail -n 1)
  passed=$((passed + ${good:-0}))
  failed=$((failed + ${bad:-1}))
  echo "$label: $((${good:-0} + ${bad:-1})) tests, $result"
}

valgrind="valgrind --quiet --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite --error-exitcode=9"

# Runs a program in the environment of the tests.
clean() {
  "$python" "$root/tests/servers/clean_env.py" "$@"
}

under_valgrind() {
  label=$1
  shift
  run "$label, under valgrind" clean $valgrind "$@"
}

# The same, with the servers.
with_servers() {
  "$python" "$root/tests/servers/running.py" oidc second hostile -- "$@"
}

under_valgrind "vectors" "$programs/conformance" "$vectors" "$address"
under_valgrind "interface" "$programs/abi" "$vectors" "$address"
under_valgrind "encrypted secrets" "$programs/secrets" "$vectors"
under_valgrind "chain" "$programs/chain" "$vectors"
run "zeroing" clean "$programs/zeroing" "$vectors" "$address"
run "loading" clean "$programs/loading" "$library"
run "example" clean sh example.sh "$programs" "$address"
run "OAuth engine, under valgrind" with_servers $valgrind "$programs/oauth" "$vectors" "$person"
run "store, under valgrind" with_servers $valgrind "$programs/store-tests" "$vectors" "$person"
run "moving of credentials" with_servers "$programs/store-tests" "$vectors" "$person" moving
run "Google, under valgrind" "$python" "$root/tests/servers/google_fake.py" "$room/google" -- \
  $valgrind "$programs/google-tests" "$room/google/files.json"
run "example of the credential chain" "$python" "$root/tests/servers/google_fake.py" "$room/google" -- \
  sh example_google.sh "$programs" "$room/google"
run "examples of the OAuth engine" with_servers sh example_oauth.sh "$programs" "$person"

echo "$passed passed, $failed failed"
exit $status
