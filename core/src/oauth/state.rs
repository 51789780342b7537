//! One-time random texts: `state`, `nonce` and the PKCE verifier are all made here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::context::Rng;
use crate::error::Error;
use crate::secret::Secret;

/// 256 bits cannot be guessed, and fill the 43 characters that RFC 7636 asks of a verifier at least.
pub const RANDOM_BYTES: usize = 32;

/// A fresh one-time text of 43 base64url characters.
///
/// Errors: `Internal` when the system has no randomness to give.
pub fn generate(rng: &dyn Rng) -> Result<Secret, Error> {
    let mut bytes = Zeroizing::new([0; RANDOM_BYTES]);
    rng.fill(bytes.as_mut())?;
    Ok(from_bytes(&bytes))
}

/// The same text from bytes that the caller drew.
pub fn from_bytes(bytes: &[u8; RANDOM_BYTES]) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}
