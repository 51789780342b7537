#!/bin/sh
# Runs the example, linked both ways: outside a session it must say so, inside one it must list the integrations.
set -u
out=$1 address=$2
passed=0
failed=0

check() {
  case $3 in
    *"$2"*) passed=$((passed + 1)) ;;
    *) failed=$((failed + 1)); echo "FAILED $1: expected \"$2\", got: $3" ;;
  esac
}

for program in example example-static; do
  check "$program outside a session" "tokcore exec" "$(env -i "$out/$program" 2>&1)"
  room=$(mktemp -d)
  # Any cookie will do: the server plays a script.
  date=$(LC_ALL=C date -u -d '+1 day' '+%a, %d %b %Y %H:%M:%S GMT')
  printf 'user-id=a|%s|b' "$(printf '%s' "$date" | sed 's/ /%20/g; s/,/%2C/g; s/:/%3A/g')" >"$room/rpc_cookie"
  check "$program in a session" "github-main" "$(env -i POSIT_PRODUCT=WORKBENCH RSTUDIO_VERSION=2026.01.0 \
    RS_SERVER_ADDRESS="$address/find-none" PWB_SESSION_RUNTIME_DIR="$room" "$out/$program" 2>&1)"
  rm -rf "$room"
done

echo "$passed passed, $failed failed"
exit $((failed > 0))
