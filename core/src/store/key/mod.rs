//! Where the key of a store comes from. Source: specs/oauth.md §6.4, specs/reliability.md §5.1.
//!
//! A store is made with one key from one source, and says so in its `store.json`. A later process takes the key from that
//! very source or from nowhere: a keyring that is locked today is an error, not a reason for a weaker key.

#[cfg(feature = "keyring")]
mod desktop;
pub(crate) mod keyring;
pub(crate) mod passphrase;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::sealed::{KEY_BYTES, expand, extract};
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::store::shelf::Address;

/// Gives the key where no setting does.
pub(crate) const VARIABLE: &str = "TOKCORE_KEY";
pub(crate) const STORE_ID_BYTES: usize = 16;
pub(crate) const KEY_ID_BYTES: usize = 8;

/// Where a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeySource {
    /// The program gave it.
    Explicit,
    /// `TOKCORE_KEY`.
    Environment,
    /// The keyring of the desktop.
    Keyring,
    /// A file in the configuration folder.
    File,
}

impl KeySource {
    const ALL: [Self; 4] = [Self::Explicit, Self::Environment, Self::Keyring, Self::File];

    /// As it stands in a file's header.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Explicit => 1,
            Self::Environment => 2,
            Self::Keyring => 3,
            Self::File => 4,
        }
    }

    pub(crate) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.code() == code)
    }

    /// As reports name it.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Explicit => "the program's own key",
            Self::Environment => "TOKCORE_KEY",
            Self::Keyring => "the keyring",
            Self::File => "a key file",
        }
    }
}

/// 32 bytes that nobody has seen yet in connection with a store.
pub(crate) type RawKey = Zeroizing<[u8; KEY_BYTES]>;

/// The key of one store.
pub(crate) struct StoreKey {
    /// What the key and the store give for all purposes: every look at a record needs keys for two.
    extracted: RawKey,
    source: KeySource,
    store_id: [u8; STORE_ID_BYTES],
    id: [u8; KEY_ID_BYTES],
}

impl StoreKey {
    pub(crate) fn new(master: RawKey, source: KeySource, store_id: [u8; STORE_ID_BYTES]) -> Self {
        let extracted = extract(&*master, &store_id);
        let name = expand(&extracted, b"tokcore/v1/store/key-id");
        let mut id = [0; KEY_ID_BYTES];
        id.copy_from_slice(&name[..KEY_ID_BYTES]);
        Self { extracted, source, store_id, id }
    }

    /// A public name for the key's *value*, other in every store.
    pub(crate) fn id(&self) -> [u8; KEY_ID_BYTES] {
        self.id
    }

    pub(crate) fn source(&self) -> KeySource {
        self.source
    }

    pub(crate) fn store_id(&self) -> &[u8; STORE_ID_BYTES] {
        &self.store_id
    }

    /// The key for one purpose of one credential: `facts`, `secrets`, `stage`.
    pub(crate) fn sub_key(&self, address: &Address, purpose: &str) -> RawKey {
        // A purpose has no slash, and what follows it has a fixed length: no two texts are the same.
        let info = [b"tokcore/v1/store/", purpose.as_bytes(), b"/", &address.group, &address.key.0].concat();
        expand(&self.extracted, &info)
    }
}

/// Shows no key.
impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreKey").field("source", &self.source).finish_non_exhaustive()
    }
}

/// A key as people and programs write it: 32 bytes as base64url; `place` is what the error names.
///
/// Errors: `ConfigInvalid` with the reason `store_key`.
pub(crate) fn parse(text: &Secret, place: &str) -> Result<RawKey, Error> {
    let wrong = |why: &str| {
        Error::new(Kind::ConfigInvalid, format!("{place} is no key: {why}"))
            .with_reason(Reason::StoreKey)
            .with_hint("give 32 bytes as base64url: openssl rand 32 | basenc --base64url")
    };
    let text = text.expose().trim().trim_end_matches('=');
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong("it is not base64url"))?);
    let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice());
    let key = key.map_err(|_| wrong(&format!("it has {} bytes instead of {KEY_BYTES}", bytes.len())))?;
    Ok(Zeroizing::new(key))
}

/// The text that [`parse`] reads.
pub(crate) fn text(key: &RawKey) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(**key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes_of_base64url_and_nothing_else() {
        let key = Zeroizing::new([0xfb; KEY_BYTES]);
        let written = text(&key);
        assert_eq!(*parse(&written, "it").expect("a key"), *key);
        assert_eq!(*parse(&Secret::new(format!("{}=\n", written.expose())), "it").expect("padded"), *key);
        for wrong in ["", "short", "no base64url at all, with spaces", &"A".repeat(44)] {
            let error = parse(&Secret::new(wrong), "TOKCORE_KEY").expect_err(wrong);
            assert_eq!(error.reason(), Some(Reason::StoreKey));
            assert!(error.message().starts_with("TOKCORE_KEY") && !error.message().contains("spaces"));
        }
    }

    #[test]
    fn sub_keys_differ_by_store_credential_and_purpose() {
        let key = |store| StoreKey::new(Zeroizing::new([1; KEY_BYTES]), KeySource::File, [store; STORE_ID_BYTES]);
        let address = |last| Address { group: [0; 8], key: crate::cache::key::CredentialKey([last; 32]) };
        let all = [
            key(1).sub_key(&address(1), "facts"),
            key(1).sub_key(&address(1), "secrets"),
            key(1).sub_key(&address(2), "facts"),
            key(2).sub_key(&address(1), "facts"),
        ];
        for (number, one) in all.iter().enumerate() {
            assert!(all[..number].iter().all(|other| **other != **one), "{number}");
        }
        assert_ne!(key(1).id(), key(2).id());
        assert!(!format!("{:?}", key(1)).contains('1'));
    }
}
