#!/bin/sh
# Builds the static library; called by src/Makevars with the path of cargo and the profile.
#
# A source tarball carries its crates in rust/vendor.tar.xz: then nothing is fetched, and cargo's home lies inside the
# build folder. In a checkout without that archive (or with one made for another lock file) cargo works as usual.
set -eu
cargo=$1
profile=$2
cd "$(dirname "$0")/../src/rust"

arguments="build --lib --profile $profile"
# CRAN allows two cores.
[ "${NOT_CRAN:-}" = true ] || arguments="$arguments --jobs 2"

if [ -f vendor.tar.xz ]; then
  rm -rf vendor
  xz -dc vendor.tar.xz | tar -xf -
  if cmp -s vendor/Cargo.lock Cargo.lock; then
    export CARGO_HOME="$PWD/.cargo-home"
    mkdir -p "$CARGO_HOME"
    printf '[source.crates-io]\nreplace-with = "vendored"\n\n[source.vendored]\ndirectory = "%s"\n' "$PWD/vendor" \
      > "$CARGO_HOME/config.toml"
    arguments="$arguments --offline --locked"
  else
    echo "rust/vendor.tar.xz belongs to another Cargo.lock: not used (tools/vendor.sh makes a new one)" >&2
    rm -rf vendor
  fi
fi

# shellcheck disable=SC2086
"$cargo" $arguments
rm -rf vendor .cargo-home
