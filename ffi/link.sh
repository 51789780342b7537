#!/bin/sh
# Builds libtokcore: the archive with cargo, and the shared library from the archive.
#
#   ffi/link.sh debug|release
#
# rustc could link the shared library too, but its own version script wins over ours, so that the symbols would carry no
# version; and GNU ld refuses two scripts. What comes out, in target/c/<profile>/: libtokcore.a, libtokcore.so.<version>
# with its two links, and native-libs, the system libraries that a static program needs too.
set -eu
cd "$(dirname "$0")/.."

profile=${1:?debug or release}
target=${CARGO_TARGET_DIR:-target}
out=$target/c/$profile
header=include/tokcore.h
version=$(sed -n 's/^#define TOKCORE_VERSION_STRING "\(.*\)"$/\1/p' $header)
soname=libtokcore.so.$(sed -n 's/^#define TOKCORE_ABI //p' $header)

case $profile in
  release) cargo_flags=--release strip=-Wl,-s ;;
  debug) cargo_flags='' strip='' ;;
  *) echo "$0: the profile is debug or release, not $profile" >&2; exit 2 ;;
esac

mkdir -p "$out"
log=$out/cargo.log
# shellcheck disable=SC2086 # empty, or one flag
cargo rustc --quiet -p tokcore-ffi --lib $cargo_flags -- --print native-static-libs 2>"$log" || { cat "$log" >&2; exit 1; }
libs=$(sed -n 's/^note: native-static-libs: //p' "$log")
[ -n "$libs" ] || { cat "$log" >&2; echo "$0: rustc did not name the system libraries" >&2; exit 1; }

cp "$target/$profile/libtokcore.a" "$out/libtokcore.a"
echo "$libs" >"$out/native-libs"
# nodelete: a library that was loaded once stays, because fork hooks and thread-local values point into it.
# shellcheck disable=SC2086 # several flags
"${CC:-cc}" -shared -o "$out/libtokcore.so.$version" \
  -Wl,-soname,"$soname" -Wl,--version-script=include/tokcore.map \
  -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,nodelete -Wl,-z,defs $strip \
  -Wl,--whole-archive "$out/libtokcore.a" -Wl,--no-whole-archive $libs
ln -sf "libtokcore.so.$version" "$out/$soname"
ln -sf "$soname" "$out/libtokcore.so"
