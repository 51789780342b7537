//! The one door to cryptography (docs/adr): hashing, MACs, signatures, key derivation, randomness and the provider of TLS.
//!
//! aws-lc-rs and ring have the same interface; a feature chooses. Nothing else in tokcore hashes or signs. What a
//! signature means, and how a key is written down, is the business of [`crate::jose`].

pub mod sealed;
pub(crate) mod signature;
pub(crate) mod stream;

#[cfg(feature = "aws-lc")]
use aws_lc_rs as provider;
#[cfg(all(feature = "ring", not(feature = "aws-lc")))]
use ring as provider;

#[cfg(not(any(feature = "aws-lc", feature = "ring")))]
compile_error!("choose a cryptography provider: feature `aws-lc` (default) or `ring`");

use provider::{digest, hmac};

use crate::error::Error;
use crate::kinds::Kind;

/// The hash inside a MAC or a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// Length of its output. Units: bytes.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }

    /// The hash of `data`.
    pub(crate) fn of(self, data: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Hash::Sha256 => &digest::SHA256,
            Hash::Sha384 => &digest::SHA384,
            Hash::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, data).as_ref().to_vec()
    }

    fn hmac_key(self, key: &[u8]) -> hmac::Key {
        let algorithm = match self {
            Hash::Sha256 => hmac::HMAC_SHA256,
            Hash::Sha384 => hmac::HMAC_SHA384,
            Hash::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::Key::new(algorithm, key)
    }

    /// HMAC of `data` under `key`.
    pub(crate) fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        hmac::sign(&self.hmac_key(key), data).as_ref().to_vec()
    }

    /// Whether `tag` is the HMAC of `data` under `key`; in constant time.
    pub(crate) fn hmac_matches(self, key: &[u8], data: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.hmac_key(key), data, tag).is_ok()
    }
}

/// SHA-1 of `data`: only to name a certificate where a server knows it by nothing better (`x5t`), never for security.
pub(crate) fn sha1_name(data: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data).as_ref().to_vec()
}

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

/// The bytes that a hexadecimal text stands for; `None` for any other text.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let value = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let pair = |pair: &[u8]| Some(value(pair[0])? << 4 | value(pair[1])?);
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).map(pair).collect())?
}

/// Bytes as lower-case hexadecimal text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 0xf].map(|half| char::from(b"0123456789abcdef"[usize::from(half)]));
    bytes.iter().flat_map(digits).collect()
}

/// HMAC-SHA-256 of `data` under `key`.
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref());
    out
}

/// Equality whose duration does not depend on where two equally long texts differ.
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    // Comparing MACs under a fresh key is constant time in the contents and needs no deprecated helper.
    let mut key = [0; 32];
    if fill_random(&mut key).is_err() {
        return false;
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    left.len() == right.len() && hmac::verify(&key, left, hmac::sign(&key, right).as_ref()).is_ok()
}

/// Fills `out` from the operating system's generator, and not from the provider's: that one of aws-lc gathers entropy of its
/// own at its first use, for longer than the answer of a server takes, and all who wait for a renewal wait for that.
///
/// Errors: [`Kind::Internal`] when the system has no randomness to give.
pub fn fill_random(out: &mut [u8]) -> Result<(), Error> {
    getrandom::getrandom(out).map_err(|_| Error::new(Kind::Internal, "the operating system gave no random bytes"))
}

/// The rustls provider of this build, for connections tokcore opens itself.
pub(crate) fn tls_provider() -> rustls::crypto::CryptoProvider {
    #[cfg(feature = "aws-lc")]
    {
        rustls::crypto::aws_lc_rs::default_provider()
    }
    #[cfg(all(feature = "ring", not(feature = "aws-lc")))]
    {
        rustls::crypto::ring::default_provider()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_matches_the_published_example() {
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn constant_time_eq_is_an_equality() {
        assert!(constant_time_eq(b"same", b"same"));
        assert!(!constant_time_eq(b"same", b"sane"));
        assert!(!constant_time_eq(b"same", b"same "));
        assert!(constant_time_eq(b"", b""));
    }
}
