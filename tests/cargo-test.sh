#!/usr/bin/env bash
# All Rust tests of the workspace, with nextest where it is installed, and the examples of the documentation.
set -euo pipefail
cd "$(dirname "$0")/.."
# Built with the proxies that the runner may need; run in the environment of the tests, like those of every language.
in_clean_env() { python3 tests/servers/clean_env.py "$@"; }
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --workspace --exclude tokcore-python --cargo-quiet --no-run "$@"
  in_clean_env \
    cargo nextest run --no-fail-fast --workspace --exclude tokcore-python --status-level fail --final-status-level fail "$@"
else
  cargo test --workspace --exclude tokcore-python --quiet --no-run "$@"
  in_clean_env cargo test --workspace --exclude tokcore-python --quiet "$@"
fi
in_clean_env cargo test --doc -p tokcore --quiet
