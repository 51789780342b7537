//! Keys of encrypted texts: 16, 24 or 32 bytes, written as base64url, usually in a variable.

use std::fmt;

use zeroize::Zeroizing;

use super::base64url;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// The lengths that AES has keys of. Units: bytes.
const LENGTHS: [usize; 3] = [16, 24, 32];

/// The key of an encrypted text.
///
/// Zeroed when dropped; `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Zeroizing<Vec<u8>>);

impl Key {
    /// The key itself, as bytes. Errors: `InvalidArgument` for another length than 16, 24 or 32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if LENGTHS.contains(&bytes.len()) {
            return Ok(Self(Zeroizing::new(bytes.to_vec())));
        }
        Err(Error::new(Kind::InvalidArgument, format!("a key has 16, 24 or 32 bytes, and this one {}", bytes.len()))
            .with_hint(MAKE_ONE))
    }

    /// The key itself, as text: what [`crate::secrets::make_key`] made. Errors: `InvalidArgument` for any other text.
    pub fn from_text(text: &Secret) -> Result<Self, Error> {
        read(text)
            .ok_or_else(|| Error::new(Kind::InvalidArgument, "the key is not 16, 24 or 32 bytes as base64url"))
            .map_err(|error| error.with_hint(MAKE_ONE))
    }

    /// The key that the variable `name` holds. Errors: `ConfigInvalid` that names the variable; with the reason
    /// `secret_key_missing` when it is not set, or empty.
    pub fn from_variable(name: &str) -> Result<Self, Error> {
        Self::in_variable(&Context::os(), name)
    }

    /// As [`Key::from_variable`], in an environment of the caller's.
    pub fn in_variable(context: &Context, name: &str) -> Result<Self, Error> {
        let Some(text) = context.set_var(name).map(Secret::new) else {
            return Err(missing(name));
        };
        read(&text).ok_or_else(|| {
            let message = format!("the environment variable {} holds no key", shown(name));
            Error::new(Kind::ConfigInvalid, message)
                .with_reason(Reason::Crypto)
                .with_hint("a key is 16, 24 or 32 bytes as base64url: make one with `tokcore secret make-key`")
        })
    }

    /// A fresh one. Errors: `InvalidArgument` for another length than 16, 24 or 32; `Internal` without randomness.
    pub(crate) fn generate(context: &Context, bytes: usize) -> Result<Self, Error> {
        let mut key = Self::from_bytes(&vec![0; bytes.min(1024)])?;
        context.rng.fill(&mut key.0)?;
        Ok(key)
    }

    /// As it stands in a variable.
    pub(crate) fn to_text(&self) -> Secret {
        Secret::new(base64url::encode(&self.0))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(redacted)")
    }
}

const MAKE_ONE: &str = "make one with `tokcore secret make-key`, or `secret_make_key()` in R, and keep it whole";

fn read(text: &Secret) -> Option<Key> {
    let bytes = base64url::decode(text.expose().trim().as_bytes())?;
    LENGTHS.contains(&bytes.len()).then_some(Key(bytes))
}

fn missing(name: &str) -> Error {
    let error = Error::new(Kind::ConfigInvalid, format!("the environment variable {} is not set", shown(name)))
        .with_reason(Reason::SecretKeyMissing);
    match is_speakable(name) {
        true => error.with_hint(format!(
            "set {name} to the key that the secret was encrypted with; `tokcore secret make-key` or secret_make_key() makes a new one"
        )),
        false => error.with_hint("a text names a variable: say that it is the key itself, if that was meant"),
    }
}

/// The name of a variable, unless it may be a key that somebody gave in place of one.
fn shown(name: &str) -> &str {
    if is_speakable(name) { name } else { "that was named" }
}

fn is_speakable(name: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    // A key without one lower-case letter is one in a hundred thousand.
    name.bytes().all(is_usual) || name.bytes().all(is_name) && read(&Secret::new(name)).is_none()
}
