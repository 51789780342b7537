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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::Kind;

    struct Counting;

    impl Rng for Counting {
        fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
            (0..).zip(out).for_each(|(at, byte)| *byte = at);
            Ok(())
        }
    }

    struct Empty;

    impl Rng for Empty {
        fn fill(&self, _: &mut [u8]) -> Result<(), Error> {
            Err(Error::new(Kind::Internal, "no randomness"))
        }
    }

    #[test]
    fn every_random_byte_is_in_the_text() {
        let text = generate(&Counting).expect("a text");
        assert_eq!(text.expose(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    }

    #[test]
    fn without_randomness_there_is_no_text() {
        assert_eq!(generate(&Empty).map_err(|error| error.kind()), Err(Kind::Internal));
    }
}
