//! Encrypted secrets: texts and files.

use std::ffi::c_char;

use tokcore::Error;
use tokcore::secrets::{self, Format};

use crate::bytes::{given, tokcore_bytes};
use crate::call;
use crate::error::tokcore_error;
use crate::secret_key::tokcore_secret_key;
use crate::status::tokcore_status;
use crate::strings;
use crate::text::tokcore_text;

/// The name of a format, NULL for tokcore's own.
///
/// Safety: as [`strings::bytes`].
unsafe fn format_of(name: *const c_char) -> Result<Format, Error> {
    // SAFETY: the caller's promise.
    unsafe { strings::optional(name, "format") }?.map_or(Ok(Format::default()), Format::from_name)
}

/// Encrypts bytes into one line of text, which may lie in a repository while the key does not.
///
/// Shape: `content` has `length` bytes. `format` is `tokcore`, or `gargle` for what gargle and httr2 have to read, which
/// notices neither a wrong key nor a change; NULL is `tokcore`. Ownership: copied; free `*text` with `tokcore_text_free`.
/// Threads: any. Errors: `INVALID_ARGUMENT`; `INTERNAL` without randomness. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_encrypt(
    key: *const tokcore_secret_key,
    content: *const u8,
    length: usize,
    format: *const c_char,
    text: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(key, text, "text", err, |key| {
            let encrypted = secrets::encrypt(given(content, length, "content")?, key, format_of(format)?)?;
            Ok(strings::text(&encrypted).into())
        })
    }
}

/// What an encrypted text stands for, in either format.
///
/// Shape: `text` has `length` bytes; what an editor or R left behind the text does not matter. Ownership: free `*content`
/// with `tokcore_bytes_free`, which zeroes it. Threads: any. Errors: `CONFIG_INVALID` with the reason `secret_auth_failed`
/// for a wrong key or a change, or `secret_unreadable` for what is no encrypted text. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_decrypt(
    key: *const tokcore_secret_key,
    text: *const u8,
    length: usize,
    content: *mut *mut tokcore_bytes,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(key, content, "content", err, |key| secrets::decrypt(given(text, length, "text")?, key))
    }
}

/// As `tokcore_secret_decrypt`, for what must be text.
///
/// Shape: as there. Ownership: free `*content` with `tokcore_text_free`, which zeroes it. Threads: any.
/// Errors: as there; `CONFIG_INVALID` with the reason `secret_unreadable` for other bytes. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_decrypt_text(
    key: *const tokcore_secret_key,
    text: *const u8,
    length: usize,
    content: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(key, content, "content", err, |key| {
            let decrypted = secrets::decrypt_text(given(text, length, "text")?, key)?;
            strings::secret(&decrypted)
        })
    }
}

/// As `tokcore_secret_decrypt`, for what must be JSON, so that a wrong key is noticed in gargle's format too.
///
/// Shape: as there. Ownership: free `*json` with `tokcore_text_free`, which zeroes it. Threads: any.
/// Errors: as there; `CONFIG_INVALID` with the reason `secret_unreadable` for anything else. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_decrypt_json(
    key: *const tokcore_secret_key,
    text: *const u8,
    length: usize,
    json: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(key, json, "json", err, |key| {
            let decrypted = secrets::decrypt_json(given(text, length, "text")?, key)?;
            strings::secret(&decrypted)
        })
    }
}

/// Encrypts a file, every byte of it, into a text file that only its owner may read.
///
/// Shape: `to` is the old file or the new one, never a part, and may be `from`; `format` as for `tokcore_secret_encrypt`.
/// Ownership: copied. Threads: any. Effects: [disk]. Errors: `CONFIG_INVALID` for a file that cannot be read;
/// `INVALID_ARGUMENT` for one that cannot be written. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_encrypt_file(
    key: *const tokcore_secret_key,
    from: *const c_char,
    to: *const c_char,
    format: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(key, err, |key| {
            let (from, to) = (strings::required_path(from, "from")?, strings::required_path(to, "to")?);
            secrets::encrypt_file(&from, &to, key, format_of(format)?)
        })
    }
}

/// What an encrypted text file stands for.
///
/// Ownership: free `*content` with `tokcore_bytes_free`, which zeroes it. Threads: any. Effects: [disk].
/// Errors: those of `tokcore_secret_decrypt`; `CONFIG_INVALID` for a file that cannot be read. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_secret_decrypt_file(
    key: *const tokcore_secret_key,
    path: *const c_char,
    content: *mut *mut tokcore_bytes,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(key, content, "content", err, |key| {
            let path = strings::required_path(path, "path")?;
            secrets::decrypt_file(&path, key)
        })
    }
}
