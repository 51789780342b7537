//! Secrets that the broker makes up: states, session IDs, links and codes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokcore::Secret;
use tokcore::crypto::{fill_random, sha256};

use crate::hex;

/// Letters and digits that are not mistaken for one another; 32 of them, so that a byte's low bits choose evenly.
const CODE_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// 256 random bits as 43 characters that are safe in a URL, a cookie and a header.
pub fn token() -> Result<Secret, tokcore::Error> {
    let mut bytes = [0; 32];
    fill_random(&mut bytes)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

/// Eight characters that a person can type; 40 random bits, so only for what expires soon and counts its attempts.
pub fn code() -> Result<Secret, tokcore::Error> {
    let mut bytes = [0; 8];
    fill_random(&mut bytes)?;
    Ok(Secret::new(bytes.iter().map(|byte| char::from(CODE_ALPHABET[usize::from(byte % 32)])).collect::<String>()))
}

/// SHA-256 of a secret in hexadecimal: how the database names it without knowing it.
pub fn hashed(secret: &str) -> String {
    hex::encode(&sha256(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        assert_eq!(token().unwrap().expose().len(), 43);
        assert_ne!(token().unwrap(), token().unwrap());
        let code = code().unwrap();
        assert!(code.expose().len() == 8 && code.expose().bytes().all(|byte| CODE_ALPHABET.contains(&byte)));
        assert_eq!(hashed("abc").len(), 64);
    }
}
