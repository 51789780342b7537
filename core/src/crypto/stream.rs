//! AES in counter mode: what gargle and httr2 encrypt with, and nothing else here.
//!
//! It hides a text and does not protect it: another key, or a changed bit, gives another text and no error. What tokcore
//! makes for itself is sealed ([`super::sealed`]). ring has no such cipher, so both builds take RustCrypto's.

use aes::{Aes128, Aes192, Aes256};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};

/// Length of the initial counter. Units: bytes.
pub(crate) const IV_BYTES: usize = 16;

/// Encrypts `text` in place, or decrypts it: that is the same. The length of `key` decides which AES it is.
///
/// Shape: `None`, and nothing done, for a key that does not have 16, 24 or 32 bytes. Source: NIST SP 800-38A §6.5.
#[must_use]
pub(crate) fn apply(key: &[u8], iv: &[u8; IV_BYTES], text: &mut [u8]) -> Option<()> {
    match key.len() {
        16 => Ctr128BE::<Aes128>::new_from_slices(key, iv).ok()?.apply_keystream(text),
        24 => Ctr128BE::<Aes192>::new_from_slices(key, iv).ok()?.apply_keystream(text),
        32 => Ctr128BE::<Aes256>::new_from_slices(key, iv).ok()?.apply_keystream(text),
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{IV_BYTES, apply};
    use crate::crypto::{from_hex, hex};

    /// Source: NIST SP 800-38A F.5.1, F.5.3, F.5.5; the first two blocks.
    #[test]
    fn the_published_examples_hold() {
        let text = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
        let iv: Vec<u8> = (0xf0..=0xff).collect();
        for (key, encrypted) in [
            ("2b7e151628aed2a6abf7158809cf4f3c", "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"),
            (
                "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
                "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94",
            ),
            (
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5",
            ),
        ] {
            let mut buffer = from_hex(text).expect("hexadecimal");
            let (key, iv) = (from_hex(key).expect("hexadecimal"), *iv.first_chunk().expect("16 bytes"));
            apply(&key, &iv, &mut buffer).expect("a key of AES");
            assert_eq!(hex(&buffer), encrypted);
        }
    }

    #[test]
    fn a_key_of_another_length_does_nothing() {
        let mut text = *b"text";
        assert_eq!((apply(&[1; 17], &[0; IV_BYTES], &mut text), &text), (None, b"text"));
    }
}
