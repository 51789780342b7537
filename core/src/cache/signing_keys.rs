//! Private keys that this process has read, by their text: reading one takes as long as two thirds of a signature.

use std::sync::Mutex;

use crate::crypto;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::jose::SigningKey;
use crate::lock::lock;
use crate::secret::Secret;

/// A program signs with a few keys; those that it no longer asks for do not stay in its memory for long.
const MAX_KEYS: usize = 16;

/// The keys that were asked for last. Files are read each time, so that a key that was changed is another text, and
/// another key. A forked child reads them anew.
pub(crate) struct SigningKeys(PerProcess<Mutex<Vec<Known>>>);

struct Known {
    /// Of everything that the key was read from.
    hash: [u8; 32],
    key: SigningKey,
}

impl SigningKeys {
    pub(crate) const fn new() -> Self {
        Self(PerProcess::new())
    }

    /// The key in `text`, as [`SigningKey::parse`] reads it. Errors: as there; a failure is not remembered.
    pub(crate) fn parsed(
        &self,
        text: &Secret,
        passphrase: Option<&Secret>,
        kid: Option<&str>,
    ) -> Result<SigningKey, Error> {
        let hash = hash(text, passphrase, kid);
        let keys = self.0.get_or_init(Mutex::default);
        if let Some(key) = asked_for(&mut lock(&keys), hash) {
            return Ok(key);
        }
        let key = SigningKey::parse(text, passphrase, kid)?;
        let mut keys = lock(&keys);
        if keys.len() >= MAX_KEYS {
            keys.remove(0);
        }
        keys.push(Known { hash, key: key.clone() });
        Ok(key)
    }
}

/// The key, which is then the last one to go.
fn asked_for(keys: &mut [Known], hash: [u8; 32]) -> Option<SigningKey> {
    let at = keys.iter().position(|known| known.hash == hash)?;
    keys[at..].rotate_left(1);
    keys.last().map(|known| known.key.clone())
}

fn hash(text: &Secret, passphrase: Option<&Secret>, kid: Option<&str>) -> [u8; 32] {
    let whole = crypto::sha256(text.expose().as_bytes());
    let passphrase = passphrase.map(|passphrase| crypto::sha256(passphrase.expose().as_bytes()));
    let kid = kid.map(|kid| crypto::sha256(kid.as_bytes()));
    crypto::sha256(&[Some(whole), passphrase, kid].map(Option::unwrap_or_default).concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::read_from;

    fn pem() -> Secret {
        Secret::new(read_from("oauth", "jose.json")["keys"]["p256"].as_str().expect("a key"))
    }

    fn count(keys: &SigningKeys) -> usize {
        lock(&keys.0.get_or_init(Mutex::default)).len()
    }

    #[test]
    fn a_key_is_read_once_for_each_text_and_name() {
        let keys = SigningKeys::new();
        for _ in 0..3 {
            assert_eq!(keys.parsed(&pem(), None, Some("one")).expect("a key").kid(), Some("one"));
            assert_eq!(keys.parsed(&pem(), None, None).expect("a key").kid(), None);
        }
        assert_eq!(count(&keys), 2);
    }

    #[test]
    fn what_cannot_be_read_is_not_kept_and_what_nobody_asks_for_goes() {
        let keys = SigningKeys::new();
        assert!(keys.parsed(&Secret::new("no key"), None, None).is_err());
        assert_eq!(count(&keys), 0);
        for number in 0..2 * MAX_KEYS {
            keys.parsed(&pem(), None, Some("held")).expect("a key");
            keys.parsed(&pem(), None, Some(&number.to_string())).expect("a key");
        }
        assert_eq!(count(&keys), MAX_KEYS);
        let held = hash(&pem(), None, Some("held"));
        assert!(asked_for(&mut lock(&keys.0.get_or_init(Mutex::default)), held).is_some());
    }
}
