#!/usr/bin/env bash
# All Rust tests of the workspace, with nextest where it is installed, and the examples of the documentation.
set -euo pipefail
cd "$(dirname "$0")/.."
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --workspace --exclude tokcore-python --status-level fail --final-status-level fail "$@"
else
  cargo test --workspace --exclude tokcore-python --quiet "$@"
fi
cargo test --doc -p tokcore --quiet
