#!/bin/sh
# Prepares the package for `R CMD build`: writes src/rust/vendor.tar.xz, the sources of all crates, so that the tarball
# builds without network, and inst/AUTHORS, who wrote them. Neither is committed. With a folder as argument, builds the
# tarball there and removes both again. Needs cargo, python3, tar and xz.
set -eu
package=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(
  cd "$package/src/rust"
  cargo vendor --quiet --locked --versioned-dirs "$work/vendor" > "$work/config"
  python3 "$package/tools/slim-vendor.py" "$work/vendor" "$package/inst/AUTHORS"
  # tools/build-rust.sh uses the archive only for the lock file that it was made from.
  cp Cargo.lock "$work/vendor/Cargo.lock"
  tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --directory "$work" vendor |
    xz -9 --stdout > vendor.tar.xz
)
size=$(wc -c < "$package/src/rust/vendor.tar.xz")
echo "src/rust/vendor.tar.xz: $size bytes"
# CRAN asks for source packages of at most 10 MB.
[ "$size" -le 10000000 ]

if [ $# -gt 0 ]; then
  mkdir -p "$1"
  cd "$1"
  rm -f tokcore_*.tar.gz
  R CMD build "$package"
  # A checkout that keeps the archive would build from it, with none of the crates that cargo has built before.
  rm -rf "$package/src/rust/vendor.tar.xz" "$package/inst"
fi
