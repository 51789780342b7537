//! The one door to cryptography (docs/adr): hashing, MACs, key derivation, randomness and the provider of TLS.
//!
//! aws-lc-rs and ring have the same interface; a feature chooses. Nothing else in tokcore hashes or signs.

#[cfg(feature = "aws-lc")]
use aws_lc_rs as provider;
#[cfg(all(feature = "ring", not(feature = "aws-lc")))]
use ring as provider;

#[cfg(not(any(feature = "aws-lc", feature = "ring")))]
compile_error!("choose a cryptography provider: feature `aws-lc` (default) or `ring`");

use provider::{digest, hkdf, hmac, rand};

use crate::error::Error;
use crate::kinds::Kind;

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

/// HMAC-SHA-256 of `data` under `key`.
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref());
    out
}

/// A 32-byte key derived by HKDF-SHA-256. Source: RFC 5869.
pub fn hkdf_sha256(input_key: &[u8], salt: &[u8], info: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(input_key);
    // Both can only fail for an output longer than 255 hashes; ours is one.
    if let Ok(okm) = prk.expand(&[info], hkdf::HKDF_SHA256) {
        okm.fill(&mut out).expect("a 32-byte output is within HKDF's limit");
    }
    out
}

/// Equality whose duration does not depend on where two equally long texts differ.
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    // Comparing MACs under a fresh key is constant time in the contents and needs no deprecated helper.
    let mut key = [0; 32];
    if rand::SecureRandom::fill(&rand::SystemRandom::new(), &mut key).is_err() {
        return false;
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    left.len() == right.len() && hmac::verify(&key, left, hmac::sign(&key, right).as_ref()).is_ok()
}

/// Fills `out` from the operating system's generator.
///
/// Errors: [`Kind::Internal`] when the system has no randomness to give.
pub fn fill_random(out: &mut [u8]) -> Result<(), Error> {
    rand::SecureRandom::fill(&rand::SystemRandom::new(), out)
        .map_err(|_| Error::new(Kind::Internal, "the operating system gave no random bytes"))
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

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn sha256_matches_the_published_example() {
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn hkdf_matches_the_sub_key_vector() {
        let master: Vec<u8> = (0..32).collect();
        let key = hkdf_sha256(&master, &[0; 32], b"tokcore/v1/rpc-cookie");
        assert_eq!(hex(&key), "0f14417bfca1a6c9f56bfa98029507bc8da9300ec8139dbd216bbda6b09f639a");
    }

    #[test]
    fn constant_time_eq_is_an_equality() {
        assert!(constant_time_eq(b"same", b"same"));
        assert!(!constant_time_eq(b"same", b"sane"));
        assert!(!constant_time_eq(b"same", b"same "));
        assert!(constant_time_eq(b"", b""));
    }
}
