#!/bin/sh
# Runs the four examples one after the other, from a build of this checkout: what `make demo` shows.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
target=${CARGO_TARGET_DIR:-$root/target}
export PATH="$target/debug:$PATH"

"$target/c/debug/credentials"
"$root/.venv/bin/python" "$here/python/credentials.py"
R_LIBS="$target/r-library" Rscript "$here/r/credentials.R"
sh "$here/shell/credentials.sh"
