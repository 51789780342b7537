#!/bin/sh
# Lists the integrations, takes a token and calls an API with it. Try: tokcore demo -- sh examples/shell/credentials.sh
set -eu
list=$(tokcore integrations)
echo "$list" | awk -F '   *' 'NR > 1 { printf "Shell   integration  %-10s  %-13s  %s\n", $1, $3, $4 }'
expires=$(tokcore credentials "$TOKCORE_DEMO_GUID" --json | sed -n 's/.*"expires_at_unix_s": \([0-9]*\).*/\1/p')
if [ "$expires" ]; then life="in $((expires - $(date +%s))) s"; else life='at an unknown time'; fi
echo "Shell   token expires $life"
header=$(tokcore credentials "$TOKCORE_DEMO_GUID" --header)
answer=$(echo "$header" | curl -sS -H @- -H 'Accept: text/plain' -w ' %{http_code}' "$TOKCORE_DEMO_API")
echo "Shell   GET /${TOKCORE_DEMO_API#*//*/} → ${answer##* } (${answer% *})"
