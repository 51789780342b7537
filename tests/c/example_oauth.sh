#!/bin/sh
# Runs the examples of the OAuth engine, built as their Makefile says, against the certified server (TOKCORE_TEST_OIDC).
# Usage: example_oauth.sh FOLDER SIGNIN.PY
set -u
out=$1 person=$2 server=$TOKCORE_TEST_OIDC
passed=0
failed=0

check() {
  case $3 in
    *"$2"*) passed=$((passed + 1)) ;;
    *) failed=$((failed + 1)); echo "FAILED $1: expected \"$2\", got: $3" ;;
  esac
}

room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

"$out/login" "$server" public profile >"$room/said" 2>&1 &
program=$!
until url=$(grep '^http' "$room/said") || ! kill -0 $program; do sleep 0.1; done
python3 "$person" "$url" --visit >/dev/null
wait $program
check "login" "Signed in as alice" "$(cat "$room/said")"
check "login without words" "usage: login" "$("$out/login" 2>&1)"
check "login at nobody's" "login: " "$("$out/login" http://127.0.0.1:1 public 2>&1)"

cat >"$room/client.toml" <<TOML
issuer = "$server"
client_id = "tokcore-e2e"
client_secret = "client-secret-canary"
auth_method = "client_secret_post"
scopes = ["read"]
TOML
check "batch" "HTTP 200
HTTP 200
HTTP 200" "$("$out/batch" "$room/client.toml" "$server/api" 3 2>&1)"
check "batch without rights" "insufficient" "$("$out/batch" "$room/client.toml" "$server/api/write" 1 2>&1 | sed 's/HTTP 403/insufficient/')"
check "batch without a client" "batch: client file" "$("$out/batch" "$room/none.toml" "$server/api" 1 2>&1)"

# What one program has stored is there for the next.
export TOKCORE_STORE="$room/stored" TOKCORE_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8
"$out/store-tests" --keep "$room/stored" jane@example.com >/dev/null
printf '%s\n' 'client_id = "c"' 'issuer = "https://as.example"' 'token_endpoint = "https://as.example/token"' \
  'scopes = ["read"]' >"$room/stored.toml"
check "store" "ok          jane@example.com  c
a Bearer token of jane@example.com for" "$("$out/store" "$room/stored.toml" 2>&1)"
check "store of another account" "a person must sign in" "$("$out/store" "$room/stored.toml" joe@example.com 2>&1)"

echo "$passed passed, $failed failed"
exit $((failed > 0))
