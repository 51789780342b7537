#!/usr/bin/env bash
# Installs what the Makefile's targets need, and nothing that is there already.
# Usage: tests/setup.sh [demo|test|bench]
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-test}

# What tells that a package is there (a command, a file, a pkg-config name), and Debian's name of the package.
needs=(cc=build-essential pkg-config=pkg-config curl=curl libcurl=libcurl4-openssl-dev R=r-base-core)
case $purpose in
  demo) ;;
  bench)
    needs+=("$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h=python3-dev")
    needs+=(/usr/lib/R/site-library/gargle=r-cran-gargle)
    ;;
  test)
    needs+=(g++=build-essential valgrind=valgrind jansson=libjansson-dev node=nodejs npm=npm xz=xz-utils chromium=chromium
      /usr/lib/R/site-library/testthat=r-cran-testthat
      /usr/lib/R/site-library/httr2=r-cran-httr2 /usr/lib/R/site-library/gargle=r-cran-gargle)
    ;;
  *)
    echo "usage: $0 [demo|test|bench]" >&2
    exit 2
    ;;
esac

is_there() { [ -e "$1" ] || command -v "$1" >/dev/null || pkg-config --exists "$1" 2>/dev/null; }

missing=()
for need in "${needs[@]}"; do
  is_there "${need%%=*}" || missing+=("${need#*=}")
done
# Debian's Python comes without what makes an environment.
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
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

# One environment for all purposes; a list of requirements is installed again when it changes.
requirements=tests/requirements-$purpose.txt
stamp=.venv/$purpose.$(sha256sum "$requirements" | cut -c1-16)
if [ ! -e "$stamp" ]; then
  [ -x .venv/bin/python ] || python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements"
  touch "$stamp"
fi

# The tests themselves see none of the proxies that npm may need.
[ "$purpose" != test ] || PYTHONPATH=tests/servers .venv/bin/python -c 'import running; running.OIDC.install()'
