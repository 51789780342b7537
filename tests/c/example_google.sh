#!/bin/sh
# Runs the examples of the credential chain with files of credentials that the fake of Google knows (tests/servers/google_fake.py).
# Usage: example_google.sh FOLDER FILES
set -u
out=$1 files=$2
passed=0
failed=0

check() {
  case $3 in
    *"$2"*) passed=$((passed + 1)) ;;
    *) failed=$((failed + 1)); echo "FAILED $1: expected \"$2\", got: $3" ;;
  esac
}

# The file of a type, as the fake lists them.
file() {
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1] + "/files.json"))[sys.argv[2]])' "$files" "$1"
}

robot=robot@fake-project.iam.gserviceaccount.com
check "a key" "a token of $robot (service_account from " "$("$out/google" drive "$(file service_account)" 2>&1)"
check "a key that a variable names" "a token of $robot (service_account from " \
  "$(GOOGLE_APPLICATION_CREDENTIALS=$(file service_account) "$out/google" drive 2>&1)"
check "a machine" "a token of 123456-compute@developer.gserviceaccount.com" "$("$out/google" cloud-platform 2>&1)"
check "a client in place of a key" "OAuth client" "$("$out/google" drive "$(file client_installed)" 2>&1)"
nothing=$(NO_GCE_CHECK=true "$out/google" drive 2>&1)
check "nothing" "credentials_service_account: no path is given" "$nothing"
check "nothing at all" "no method of the chain has a credential" "$nothing"

check "each reason once" 1 "$(printf '%s\n' "$nothing" | grep -o 'no token is given' | wc -l)"

pool=$(file external_account_file)
proof=$(python3 -c 'import json, sys; print(open(json.load(open(sys.argv[1]))["credential_source"]["file"]).read())' "$pool")
check "a proof in a variable" "a Bearer token of the pool's identity" "$(JOB_PROOF=$proof "$out/federated" "$pool" JOB_PROOF 2>&1)"
impersonating=$(file external_account_impersonating)
check "a proof for an account" "a Bearer token of target@" "$(JOB_PROOF=$proof "$out/federated" "$impersonating" JOB_PROOF 2>&1)"
check "no proof" "federated: JOB_PROOF is not set" "$("$out/federated" "$pool" JOB_PROOF 2>&1)"
refused=$(JOB_PROOF=canary-proof "$out/federated" "$pool" JOB_PROOF 2>&1)
check "a wrong proof" "federated: " "$refused"
check "a wrong proof is not shown" "unseen" "$(printf '%s' "$refused" | grep -q canary || echo unseen)"

echo "$passed passed, $failed failed"
exit $((failed > 0))
