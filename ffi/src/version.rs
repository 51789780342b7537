//! Which library this is, to be compared with the header that a program was compiled with.

use std::ffi::c_char;

/// Number of the binary interface, also in the name of the shared library: it changes only when an old program would
/// break.
pub const TOKCORE_ABI: u32 = 0;

const TEXT: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

/// The version of the library, such as `0.1.0`.
///
/// Ownership: static text. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_version() -> *const c_char {
    TEXT.as_ptr().cast()
}

/// The version of the library as one number, made like `TOKCORE_VERSION`: 65536 × major + 256 × minor + patch.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_version_number() -> u32 {
    const NUMBER: u32 = (part(env!("CARGO_PKG_VERSION_MAJOR")) << 16)
        | (part(env!("CARGO_PKG_VERSION_MINOR")) << 8)
        | part(env!("CARGO_PKG_VERSION_PATCH"));
    NUMBER
}

/// The binary interface of the library. A program may compare it with `TOKCORE_ABI`, but the dynamic linker has done so.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_abi() -> u32 {
    TOKCORE_ABI
}

const fn part(digits: &str) -> u32 {
    match u32::from_str_radix(digits, 10) {
        Ok(part) => part,
        Err(_) => 0,
    }
}
