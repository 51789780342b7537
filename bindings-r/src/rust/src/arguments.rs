//! What R passes in, checked and copied. R marks strings of other encodings; the closures pass them as UTF-8.

use std::ffi::CStr;
use std::time::Duration;

use extendr_api::prelude::*;
use extendr_ffi::{R_CHAR, R_NaString, Rf_xlength, SEXP, SEXPTYPE, STRING_ELT, TYPEOF};
use tokcore::{Client, Error, Kind, Secret};

fn invalid(message: String) -> Error {
    Error::new(Kind::InvalidArgument, message)
}

/// The one string of a character vector of length one. `None` for anything else; `NA` is the text `NA`, as in R's own
/// pattern functions, and fails whatever check comes next.
fn single_string(value: SEXP) -> Option<Result<String, ()>> {
    // SAFETY: reads a live R object of a type checked before; the bytes are copied before R runs again.
    unsafe {
        if TYPEOF(value) != SEXPTYPE::STRSXP || Rf_xlength(value) != 1 {
            return None;
        }
        let element = STRING_ELT(value, 0);
        if element == R_NaString {
            return Some(Ok("NA".to_owned()));
        }
        Some(CStr::from_ptr(R_CHAR(element)).to_str().map(str::to_owned).map_err(drop))
    }
}

fn is_null(value: SEXP) -> bool {
    // SAFETY: reads the type of a live R object.
    unsafe { TYPEOF(value) == SEXPTYPE::NILSXP }
}

/// A required text.
pub fn text(name: &str, value: SEXP) -> Result<String, Error> {
    match single_string(value) {
        Some(Ok(text)) if !text.is_empty() => Ok(text),
        Some(Err(())) => Err(invalid(format!("{name} must be valid UTF-8"))),
        _ => Err(invalid(format!("{name} must be a non-empty character string"))),
    }
}

/// A text that may be empty.
pub fn any_text(name: &str, value: SEXP) -> Result<String, Error> {
    match single_string(value) {
        Some(Ok(text)) => Ok(text),
        Some(Err(())) => Err(invalid(format!("{name} must be valid UTF-8"))),
        None => Err(invalid(format!("{name} must be a character string"))),
    }
}

/// A text or `NULL`.
pub fn optional_text(name: &str, value: SEXP) -> Result<Option<String>, Error> {
    if is_null(value) { Ok(None) } else { text(name, value).map(Some) }
}

/// A secret text or `NULL`.
pub fn optional_secret(name: &str, value: SEXP) -> Result<Option<Secret>, Error> {
    Ok(optional_text(name, value)?.map(Secret::new))
}

/// The GUID of an integration, in the only spelling that rstudioapi's function takes.
pub fn guid(name: &str, value: SEXP) -> Result<String, Error> {
    let text = text(name, value)?;
    if is_guid(&text) {
        return Ok(text);
    }
    Err(invalid(format!("{name} must be a valid GUID, such as 4c1cfecb-1927-4f19-bc2f-d8ac261364e0")).with_hint(
        "take the GUID from getOAuthIntegrations() or findOAuthIntegration(); tok_credentials() also takes names",
    ))
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A number of milliseconds, or `NULL`.
pub fn optional_ms(name: &str, value: SEXP) -> Result<Option<u64>, Error> {
    if is_null(value) {
        return Ok(None);
    }
    // SAFETY: wraps a live argument of this call.
    let number = unsafe { Robj::from_sexp(value) };
    let number = number.as_real().or_else(|| number.as_integer().map(f64::from));
    match number {
        // The upper bound is a day: longer than any sensible wait, and far from where arithmetic could overflow.
        Some(ms) if (0.0..=86_400_000.0).contains(&ms) => Ok(Some(ms as u64)),
        _ => Err(invalid(format!("{name} must be one number of milliseconds between 0 and 86400000"))),
    }
}

/// One number.
pub fn number(name: &str, value: SEXP) -> Result<f64, Error> {
    // SAFETY: wraps a live argument of this call.
    let number = unsafe { Robj::from_sexp(value) };
    let number = number.as_real().or_else(|| number.as_integer().map(f64::from));
    number.filter(|number| !number.is_nan()).ok_or_else(|| invalid(format!("{name} must be one number")))
}

/// A time span in seconds; `Inf` is a year, which is as good as for ever.
pub fn seconds(name: &str, value: SEXP) -> Result<Duration, Error> {
    const YEAR: f64 = 31_536_000.0;
    match number(name, value)? {
        seconds if seconds >= 0.0 => Ok(Duration::from_secs_f64(seconds.min(YEAR))),
        _ => Err(invalid(format!("{name} must not be negative"))),
    }
}

/// A required secret text.
pub fn secret(name: &str, value: SEXP) -> Result<Secret, Error> {
    text(name, value).map(Secret::new)
}

/// A raw vector of 32 bytes.
pub fn key(name: &str, value: SEXP) -> Result<[u8; 32], Error> {
    // SAFETY: wraps a live argument of this call.
    let value = unsafe { Robj::from_sexp(value) };
    value.as_raw_slice().and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        invalid(format!("{name} must be a raw vector of 32 bytes"))
            .with_hint("make one with a generator for secrets, such as openssl::rand_bytes(32), and keep it")
    })
}

/// A raw vector, copied.
pub fn bytes(name: &str, value: SEXP) -> Result<Vec<u8>, Error> {
    // SAFETY: wraps a live argument of this call.
    let value = unsafe { Robj::from_sexp(value) };
    value.as_raw_slice().map(<[u8]>::to_vec).ok_or_else(|| invalid(format!("{name} must be a raw vector")))
}

/// A character vector, perhaps empty, or `NULL`.
pub fn texts(name: &str, value: SEXP) -> Result<Vec<String>, Error> {
    if is_null(value) {
        return Ok(Vec::new());
    }
    // SAFETY: wraps a live argument of this call.
    let value = unsafe { Robj::from_sexp(value) };
    value.as_string_vector().ok_or_else(|| invalid(format!("{name} must be a character vector")))
}

/// `TRUE` or `FALSE`.
pub fn flag(name: &str, value: SEXP) -> Result<bool, Error> {
    // SAFETY: wraps a live argument of this call.
    let value = unsafe { Robj::from_sexp(value) };
    value.as_bool().ok_or_else(|| invalid(format!("{name} must be TRUE or FALSE")))
}

/// The client behind a `tok_client()`, or `None` for `NULL`: the session's own.
pub fn client(value: SEXP) -> Result<Option<Client>, Error> {
    if is_null(value) {
        return Ok(None);
    }
    // SAFETY: wraps a live argument of this call.
    let value = unsafe { Robj::from_sexp(value) };
    match ExternalPtr::<Client>::try_from(value) {
        Ok(client) => Ok(Some(Client::clone(&client))),
        Err(_) => Err(invalid("client must be made by tok_client() in this R session".to_owned()).with_hint(
            "make it again with tok_client(): a client cannot be saved to a file or sent to another session",
        )),
    }
}
