//! Sealing: the only place that encrypts, and the only one that derives keys.
//!
//! XChaCha20-Poly1305 with a random nonce (docs/adr: no counter that a restored backup could set back), and HKDF-SHA-256
//! for one key per purpose. A sealed text is `nonce (24) | ciphertext | tag (16)`.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::hmac_sha256;
use super::provider::hkdf;
use crate::error::Error;
use crate::kinds::Kind;

/// Length of every key. Units: bytes.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// What a seal adds to a text. Units: bytes.
pub const OVERHEAD_BYTES: usize = NONCE_BYTES + 16;

/// The key that `master` gives for one purpose. Source: RFC 5869.
///
/// `salt` may be public; `purpose` must be a text that nothing else uses.
pub fn sub_key(master: &[u8], salt: &[u8], purpose: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    expand(&extract(master, salt), purpose)
}

/// The half of [`sub_key`] that is the same for all purposes, for whoever derives many keys. Source: RFC 5869 §2.2.
pub(crate) fn extract(master: &[u8], salt: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    Zeroizing::new(hmac_sha256(salt, master))
}

/// The other half. Source: RFC 5869 §2.3.
pub(crate) fn expand(extracted: &[u8; KEY_BYTES], purpose: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let extracted = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, extracted);
    // Both can only fail for an output longer than 255 hashes; ours is one.
    if let Ok(expanded) = extracted.expand(&[purpose], hkdf::HKDF_SHA256) {
        expanded.fill(&mut *key).expect("a 32-byte output is within HKDF's limit");
    }
    key
}

/// Seals `text`, which opens with the same `key` and beside the same `associated` bytes only.
///
/// `fill`: fills a buffer with randomness fit for secrets. Errors: those of `fill`; `Internal` for a text of 256 GiB.
pub fn seal(
    key: &[u8; KEY_BYTES],
    associated: &[u8],
    text: &[u8],
    fill: impl FnOnce(&mut [u8]) -> Result<(), Error>,
) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; NONCE_BYTES];
    fill(&mut nonce)?;
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: text, aad: associated })
        .map_err(|_| Error::new(Kind::Internal, "a text was too large to seal"))?;
    Ok([&nonce[..], &sealed].concat())
}

/// Opens what [`seal`] made.
///
/// Shape: `None` for anything else: another key, other associated bytes, one changed bit.
pub fn open(key: &[u8; KEY_BYTES], associated: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed.split_at_checked(NONCE_BYTES)?;
    let payload = Payload { msg: text, aad: associated };
    XChaCha20Poly1305::new(key.into()).decrypt(XNonce::from_slice(nonce), payload).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{fill_random, hex};

    #[test]
    fn sub_keys_are_as_the_published_vector_says() {
        let master: Vec<u8> = (0..32).collect();
        let key = sub_key(&master, &[0; 32], b"tokcore/v1/rpc-cookie");
        assert_eq!(hex(&*key), "0f14417bfca1a6c9f56bfa98029507bc8da9300ec8139dbd216bbda6b09f639a");
    }

    #[test]
    fn opens_with_the_same_key_and_associated_bytes_only() {
        let sealed = seal(&[7; 32], b"here", b"text", fill_random).expect("randomness");
        assert_eq!(sealed.len(), 4 + OVERHEAD_BYTES);
        assert_eq!(open(&[7; 32], b"here", &sealed).expect("opens").as_slice(), b"text");
        assert!(open(&[8; 32], b"here", &sealed).is_none());
        assert!(open(&[7; 32], b"there", &sealed).is_none());
        for end in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[end] ^= 1;
            assert!(open(&[7; 32], b"here", &changed).is_none(), "byte {end}");
            assert!(open(&[7; 32], b"here", &sealed[..end]).is_none(), "cut at {end}");
        }
    }

    #[test]
    fn two_seals_of_one_text_differ() {
        let seals = [0, 1].map(|_| seal(&[7; 32], b"", b"text", fill_random).expect("randomness"));
        assert_ne!(seals[0], seals[1]);
    }

    #[test]
    fn without_randomness_nothing_is_sealed() {
        let refused = |_: &mut [u8]| Err(Error::new(Kind::Internal, "none"));
        assert!(seal(&[7; 32], b"", b"text", refused).is_err());
    }
}
