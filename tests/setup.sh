#!/usr/bin/env bash
# Installs what the Makefile's targets need, and nothing that is there already.
# Usage: tests/setup.sh [demo|test|bench]
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-test}

# command or file that tells whether a Debian package is there : package
needs=(cc:build-essential pkg-config:pkg-config R:r-base-core curl-config:libcurl4-openssl-dev)
case $purpose in
  demo) ;;
  test) needs+=(valgrind:valgrind node:nodejs npm:npm g++:g++ qpdf:qpdf /usr/lib/R/site-library/testthat:r-cran-testthat
                /usr/include/jansson.h:libjansson-dev) ;;
  bench) needs+=(taskset:util-linux) ;;
esac
missing=()
for need in "${needs[@]}"; do
  what=${need%%:*}
  [ -e "$what" ] || command -v "$what" >/dev/null || missing+=("${need#*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "tokcore: please install ${missing[*]} (Debian's names), then run make again" >&2
    exit 1
  fi
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

command -v cargo >/dev/null || { echo "tokcore: please install Rust 1.94 or newer (rustup), then run make again" >&2; exit 1; }

# One environment per set of requirements; made again when they change.
requirements=tests/requirements-$purpose.txt
stamp=.venv/$purpose.$(sha256sum "$requirements" | cut -c1-16)
if [ ! -e "$stamp" ]; then
  [ -x .venv/bin/python ] || python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements"
  touch "$stamp"
fi
