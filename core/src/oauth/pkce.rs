//! Proof that who redeems the code is who asked for it. Source: RFC 7636; only its method `S256`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::state::{self, RANDOM_BYTES};
use crate::context::Rng;
use crate::crypto;
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

/// The value of `code_challenge_method`. `plain` would show the verifier to whoever sees the browser's URL.
pub const METHOD: &str = "S256";

/// The secret half; stays with us until the code is redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier(Secret);

/// The public half, sent through the browser. Shape: 43 base64url characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(String);

impl Verifier {
    /// A fresh verifier of 43 characters.
    ///
    /// Errors: `Internal` when the system has no randomness to give.
    pub fn generate(rng: &dyn Rng) -> Result<Self, Error> {
        state::generate(rng).map(Self)
    }

    /// The verifier of these random bytes.
    pub fn from_bytes(bytes: &[u8; RANDOM_BYTES]) -> Self {
        Self(state::from_bytes(bytes))
    }

    /// A verifier that was kept elsewhere, or chosen by the caller.
    ///
    /// Errors: `InvalidArgument` unless it is 43 to 128 of `A-Z a-z 0-9 - . _ ~`. Source: RFC 7636 §4.1.
    pub fn parse(text: Secret) -> Result<Self, Error> {
        let bytes = text.expose().as_bytes();
        let unreserved = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        if !(43..=128).contains(&bytes.len()) || !bytes.iter().all(unreserved) {
            return Err(Error::new(
                Kind::InvalidArgument,
                "a code verifier is 43 to 128 letters, digits, hyphens, dots, underscores or tildes",
            ));
        }
        Ok(Self(text))
    }

    /// What the authorization request shows: base64url of the SHA-256 of the verifier.
    pub fn challenge(&self) -> Challenge {
        Challenge(URL_SAFE_NO_PAD.encode(crypto::sha256(self.0.expose().as_bytes())))
    }

    /// The text for `code_verifier` and for encrypted storage.
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

impl Challenge {
    /// The text for `code_challenge`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
