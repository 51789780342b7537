//! Text that comes from C and text that goes there.

use std::ffi::{CStr, CString, c_char};
use std::path::PathBuf;
use std::ptr;

use tokcore::{Error, Kind, Secret};
use url::Url;
use zeroize::Zeroizing;

/// Longest text taken from C. No name, address or token comes near; a missing NUL does.
const LONGEST_TEXT: usize = 1 << 20;

/// The fault of an argument.
pub(crate) fn invalid(message: String) -> Error {
    Error::new(Kind::InvalidArgument, message)
}

/// The bytes of a C string, or `None` for NULL.
///
/// Safety: `text` is NULL or ends with a NUL, and stays as it is until the call returns.
pub(crate) unsafe fn bytes<'a>(text: *const c_char, name: &str) -> Result<Option<&'a [u8]>, Error> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    if bytes.len() > LONGEST_TEXT {
        return Err(invalid(format!("`{name}` is longer than 1 MiB")));
    }
    Ok(Some(bytes))
}

/// The bytes of an argument as text.
pub(crate) fn utf8<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, Error> {
    str::from_utf8(bytes).map_err(|error| invalid(format!("`{name}` is not UTF-8 at byte {}", error.valid_up_to())))
}

/// Text, or `None` for NULL.
///
/// Safety: as [`bytes`].
pub(crate) unsafe fn optional<'a>(text: *const c_char, name: &str) -> Result<Option<&'a str>, Error> {
    // SAFETY: the caller's promise.
    unsafe { bytes(text, name)? }.map(|bytes| utf8(bytes, name)).transpose()
}

/// Text that must be there.
///
/// Safety: as [`bytes`].
pub(crate) unsafe fn required<'a>(text: *const c_char, name: &str) -> Result<&'a str, Error> {
    // SAFETY: the caller's promise.
    unsafe { optional(text, name)? }.ok_or_else(|| invalid(format!("`{name}` is NULL")))
}

/// Text that must be there and must be JSON. Messages tell the place and quote nothing: it may hold a secret.
///
/// Safety: as [`bytes`].
pub(crate) unsafe fn json<T: serde::de::DeserializeOwned>(text: *const c_char, name: &str) -> Result<T, Error> {
    // SAFETY: the caller's promise.
    let text = unsafe { required(text, name)? };
    serde_json::from_str(text).map_err(|problem| {
        invalid(format!(
            "`{name}` is not the JSON that is wanted: line {}, column {}",
            problem.line(),
            problem.column()
        ))
    })
}

/// A path, or `None` for NULL. On Unix a path is bytes, whatever their encoding.
///
/// Safety: as [`bytes`].
pub(crate) unsafe fn optional_path(text: *const c_char, name: &str) -> Result<Option<PathBuf>, Error> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes(text, name)? };
    #[cfg(unix)]
    return Ok(bytes.map(|bytes| <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes).into()));
    #[cfg(not(unix))]
    return bytes.map(|bytes| utf8(bytes, name).map(PathBuf::from)).transpose();
}

/// A path that must be there.
///
/// Safety: as [`bytes`].
pub(crate) unsafe fn required_path(text: *const c_char, name: &str) -> Result<PathBuf, Error> {
    // SAFETY: the caller's promise.
    unsafe { optional_path(text, name)? }.ok_or_else(|| invalid(format!("`{name}` is NULL")))
}

/// An absolute URL that must be there. It is not quoted: it may hold a password.
///
/// Safety: as [`bytes`].
pub(crate) unsafe fn url(text: *const c_char, name: &str) -> Result<Url, Error> {
    // SAFETY: the caller's promise.
    let text = unsafe { required(text, name)? };
    Url::parse(text).map_err(|_| invalid(format!("`{name}` is no absolute URL")))
}

/// Text as C reads it. A NUL inside, which only a broken server would send, becomes U+FFFD: cutting the text there could
/// make two names equal.
pub(crate) fn text(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|_| CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default())
}

/// As [`text`], for text that may be absent.
pub(crate) fn optional_text(optional: Option<&str>) -> Option<CString> {
    optional.map(text)
}

/// Where C reads a text that may be absent: NULL if it is.
pub(crate) fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// A secret as C reads it, zeroed when it is dropped. It is never changed on the way.
pub(crate) fn secret(secret: &Secret) -> Result<Zeroizing<CString>, Error> {
    CString::new(secret.expose()).map(Zeroizing::new).map_err(|error| {
        // The error holds a copy of the secret.
        drop(Zeroizing::new(error.into_vec()));
        Error::new(Kind::Protocol, "the server sent a token with a NUL byte inside")
    })
}

/// Names or scopes, each as C reads it.
pub(crate) fn texts<T: AsRef<str>>(texts: &[T]) -> Vec<CString> {
    texts.iter().map(|one| text(one.as_ref())).collect()
}

/// One of several texts; NULL past the last one.
pub(crate) fn nth(texts: &[CString], index: usize) -> *const c_char {
    texts.get(index).map_or(ptr::null(), |text| text.as_ptr())
}

/// As [`secret`], for a secret that may be absent.
pub(crate) fn optional_secret(optional: Option<&Secret>) -> Result<Option<Zeroizing<CString>>, Error> {
    optional.map(secret).transpose()
}

/// As [`pointer`], for a secret.
pub(crate) fn secret_pointer(secret: &Option<Zeroizing<CString>>) -> *const c_char {
    secret.as_ref().map_or(ptr::null(), |secret| secret.as_ptr())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_utf8_is_named_with_its_place() {
        let error = unsafe { required(c"ab\xFF".as_ptr(), "audience") }.unwrap_err();
        assert_eq!((error.kind(), error.message()), (Kind::InvalidArgument, "`audience` is not UTF-8 at byte 2"));
    }

    #[test]
    fn null_is_refused_only_where_text_must_be() {
        assert_eq!(unsafe { required(ptr::null(), "guid") }.unwrap_err().message(), "`guid` is NULL");
        assert_eq!(unsafe { optional(ptr::null(), "guid") }.unwrap(), None);
    }

    #[test]
    fn a_text_without_end_is_refused_before_it_is_copied() {
        let long = CString::new(vec![b'x'; LONGEST_TEXT + 1]).unwrap();
        assert!(unsafe { required(long.as_ptr(), "guid") }.is_err());
    }

    #[test]
    fn a_nul_inside_does_not_cut_a_name_and_ruins_a_token() {
        assert_eq!(text("a\0b").to_str().unwrap(), "a\u{FFFD}b");
        let error = secret(&Secret::new("canary\0tail")).unwrap_err();
        assert!(error.kind() == Kind::Protocol && !error.message().contains("canary"));
    }
}
