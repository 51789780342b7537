//! Secrets that lie among other files, in a repository or a package: encrypted, with a key that lies elsewhere. Source:
//! specs/google.md §5.
//!
//! Two formats. [`own`] notices a wrong key and every change; [`theirs`] is what gargle and httr2 write and read, which
//! notices neither. Reading finds out which of the two it has.

mod base64url;
pub(crate) mod file;
pub(crate) mod key;
mod own;
mod theirs;

use zeroize::Zeroizing;

pub use self::key::Key;
use crate::context::Rng;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// How an encrypted text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// tokcore's own: a wrong key, and every change, is an error.
    #[default]
    Tokcore,
    /// What gargle and httr2 read too: a wrong key, or a change, gives another text.
    Gargle,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Format] = &[Format::Tokcore, Format::Gargle];

    /// Its name in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Tokcore => "tokcore",
            Format::Gargle => "gargle",
        }
    }

    /// The format of this name. Errors: `InvalidArgument` that lists the names.
    pub fn from_name(name: &str) -> Result<Format, Error> {
        Format::ALL.iter().copied().find(|format| format.name() == name).ok_or_else(|| {
            Error::new(Kind::InvalidArgument, "this is no format of encrypted texts")
                .with_hint("use \"tokcore\", or \"gargle\" for what gargle and httr2 have to read")
        })
    }
}

/// `content` as one line of text. Errors: those of `rng`.
pub(crate) fn encrypt(content: &[u8], key: &Key, format: Format, rng: &dyn Rng) -> Result<String, Error> {
    match format {
        Format::Tokcore => own::write(content, key, rng),
        Format::Gargle => Ok(base64url::encode(&theirs::write(content, key, rng)?)),
    }
}

/// What `text` stands for. Around it may be space, behind it the NULs that gargle writes.
///
/// Errors: `ConfigInvalid` with the reason `secret_auth_failed` or `secret_unreadable`.
pub(crate) fn decrypt(text: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>, Error> {
    let text = bare(text);
    if let Some(sealed) = own::prefixed(text) {
        return own::read(sealed, key);
    }
    let bytes = base64url::decode(text).ok_or_else(|| {
        unreadable("this is no encrypted text").with_hint(match text.first() {
            Some(b'{') => "it looks like JSON that nobody encrypted: encrypt it first, or use it as it is",
            _ => "give what was encrypted, whole and unchanged",
        })
    })?;
    theirs::read(&bytes, key)
}

/// As [`encrypt`], for files that are no text: gargle's format then has no base64url.
pub(crate) fn encrypt_binary(content: &[u8], key: &Key, format: Format, rng: &dyn Rng) -> Result<Vec<u8>, Error> {
    match format {
        Format::Tokcore => own::write(content, key, rng).map(String::into_bytes),
        Format::Gargle => theirs::write(content, key, rng),
    }
}

/// What [`encrypt_binary`] wrote. Errors: as [`decrypt`].
pub(crate) fn decrypt_binary(bytes: &[u8], key: &Key) -> Result<Zeroizing<Vec<u8>>, Error> {
    match own::prefixed(bare(bytes)) {
        Some(sealed) => own::read(sealed, key),
        None => theirs::read(bytes, key),
    }
}

/// What was decrypted, as text.
///
/// Errors: `ConfigInvalid` with the reason `secret_unreadable` for other bytes, which a wrong key gives.
pub(crate) fn as_text(content: Zeroizing<Vec<u8>>) -> Result<Secret, Error> {
    match str::from_utf8(&content) {
        // Where C and R write texts, they end at a NUL.
        Ok(text) if !text.contains('\0') => Ok(Secret::new(text)),
        _ => Err(unreadable("the encrypted text opens to something that is no text").with_hint(WRONG_KEY)),
    }
}

/// What was decrypted, as JSON. Errors: as [`as_text`].
pub(crate) fn as_json(content: Zeroizing<Vec<u8>>) -> Result<Secret, Error> {
    let not_json = || unreadable("the encrypted text opens to something that is no JSON").with_hint(WRONG_KEY);
    let text = as_text(content).map_err(|_| not_json())?;
    if is_json(text.expose()) { Ok(text) } else { Err(not_json()) }
}

/// What was decrypted, as the beginning of what R compresses with bzip2. Errors: as [`as_text`].
pub(crate) fn as_bzip2(content: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Error> {
    if content.starts_with(b"BZh") {
        return Ok(content);
    }
    Err(unreadable("the encrypted file opens to something that is no R object").with_hint(WRONG_KEY))
}

/// Whether an encrypted text is in tokcore's own format.
pub(crate) fn is_own(text: &str) -> bool {
    own::prefixed(text.as_bytes()).is_some()
}

/// Whether this is rather an encrypted text than anything else that credentials are written as: in tokcore's format for
/// sure, in gargle's as far as letters tell.
pub(crate) fn looks_encrypted(text: &str) -> bool {
    let text = bare(text.as_bytes());
    own::prefixed(text).is_some() || base64url::decode(text).is_some_and(|bytes| bytes.len() >= LEAST_FILE)
}

/// A file of credentials has more than this; a word that somebody typed has not. Units: bytes.
const LEAST_FILE: usize = 64;

/// Whether `text` is JSON.
pub(crate) fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

const WRONG_KEY: &str = "is it the wrong key? give the key that it was encrypted with";

fn unreadable(message: impl Into<String>) -> Error {
    Error::new(Kind::ConfigInvalid, message).with_reason(Reason::SecretUnreadable)
}

/// Without what editors, `writeBin()` of a string and careful copying leave around a text.
fn bare(text: &[u8]) -> &[u8] {
    let is_nothing = |byte: &u8| matches!(byte, 0 | b'\n' | b'\r' | b' ' | b'\t');
    let end = text.iter().rposition(|byte| !is_nothing(byte)).map_or(0, |last| last + 1);
    let start = text.iter().position(|byte| !is_nothing(byte)).unwrap_or(end);
    &text[start.min(end)..end]
}

#[cfg(test)]
mod tests;
