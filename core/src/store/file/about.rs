//! What a store knows about itself: `store.json`, written once when it is made.
//!
//! ```json
//! {"format": 1, "store_id": "<32 hex>", "key_source": "file", "key_id": "<16 hex>"}
//! ```
//!
//! It holds no secret. Without it no record opens: the store's number is part of every key.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{disk, permissions};
use crate::context::Rng;
use crate::crypto;
use crate::error::Error;
use crate::kinds::Kind;
use crate::store::key::{KEY_ID_BYTES, KeySource, STORE_ID_BYTES};
use crate::store::record::UPDATE;

const NAME: &str = "store.json";
const FORMAT: u32 = 1;
const MAX_BYTES: u64 = 16 * 1024;

/// The content of `store.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) store_id: [u8; STORE_ID_BYTES],
    pub(crate) key_source: KeySource,
    pub(crate) key_id: [u8; KEY_ID_BYTES],
}

/// The same as text. Members that a later version adds do not matter, unless it raises the format.
#[derive(Serialize, Deserialize)]
struct Text {
    format: u32,
    store_id: String,
    key_source: KeySource,
    key_id: String,
}

impl About {
    /// What is known of the store in `folder`. Effects: `[disk]`.
    ///
    /// Shape: `None` when it has not been made. Errors: `Store`.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(NAME);
        let found = match disk::read(&path, MAX_BYTES) {
            Ok(found) => found,
            // Something else is in the place of the folder: whoever wants to make a store there is told.
            Err(cause) if cause.kind() == io::ErrorKind::NotADirectory => None,
            Err(cause) => return Err(permissions::unreadable(&path, cause)),
        };
        let Some(found) = found else { return Ok(None) };
        permissions::file(&path, &found.metadata, permissions::me())?;
        Self::parse(&found.bytes).map(Some).map_err(|flaw| flaw.at(&path))
    }

    /// The description of the store in `folder` is gone, which is no better than a damaged one.
    pub(super) fn lost(folder: &Path) -> Error {
        Flaw::Damaged.at(&folder.join(NAME))
    }

    /// Writes it, unless another process was faster. Shape: whether it was written. Effects: `[disk]`.
    pub(super) fn create(&self, rng: &dyn Rng, folder: &Path) -> Result<bool, Error> {
        let path = folder.join(NAME);
        let text = Text {
            format: FORMAT,
            store_id: crypto::hex(&self.store_id),
            key_source: self.key_source,
            key_id: crypto::hex(&self.key_id),
        };
        let json = serde_json::to_vec(&text).map_err(io::Error::other);
        json.and_then(|json| disk::create(rng, &path, &json)).map_err(|cause| disk::unwritable(&path, cause))
    }

    pub(crate) fn parse(json: &[u8]) -> Result<Self, Flaw> {
        let text: Text = serde_json::from_slice(json).map_err(|_| match later(json) {
            true => Flaw::Later,
            false => Flaw::Damaged,
        })?;
        match text.format {
            FORMAT => {}
            format if format > FORMAT => return Err(Flaw::Later),
            _ => return Err(Flaw::Damaged),
        }
        let store_id = bytes(&text.store_id)?;
        let key_id = bytes(&text.key_id)?;
        Ok(Self { store_id, key_source: text.key_source, key_id })
    }
}

fn bytes<const N: usize>(hex: &str) -> Result<[u8; N], Flaw> {
    crypto::from_hex(hex).and_then(|bytes| bytes.try_into().ok()).ok_or(Flaw::Damaged)
}

/// Whether this is a later version's, whose members we need not know.
fn later(json: &[u8]) -> bool {
    let value: Option<serde_json::Value> = serde_json::from_slice(json).ok();
    value.and_then(|value| value.get("format")?.as_u64()).is_some_and(|format| format > u64::from(FORMAT))
}

/// Why it cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Damaged,
    Later,
}

impl Flaw {
    fn at(self, path: &Path) -> Error {
        let shown = path.display();
        let folder = path.parent().unwrap_or(path).display();
        match self {
            Self::Later => Error::new(Kind::Store, format!("{shown} was written by a later tokcore")).with_hint(UPDATE),
            Self::Damaged => Error::new(Kind::Store, format!("{shown} is damaged, and without it nothing opens"))
                .with_hint(format!("restore it from a backup, or `mv {folder} {folder}.old` and sign in again")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_a_later_version_do_not_matter_but_its_format_does() {
        let json = |format: u32, source: &str| {
            let (store, key) = ("0".repeat(32), "1".repeat(16));
            format!(r#"{{"format":{format},"store_id":"{store}","key_source":"{source}","key_id":"{key}","x":[1]}}"#)
        };
        let about = About::parse(json(1, "keyring").as_bytes()).expect("a description");
        assert_eq!((about.key_source, about.key_id), (KeySource::Keyring, [0x11; 8]));
        assert_eq!(About::parse(json(2, "keyring").as_bytes()), Err(Flaw::Later));
        assert_eq!(About::parse(json(2, "a source of tomorrow").as_bytes()), Err(Flaw::Later));
        assert_eq!(About::parse(json(1, "a source of tomorrow").as_bytes()), Err(Flaw::Damaged));
        assert_eq!(About::parse(&json(1, "file").as_bytes()[..40]), Err(Flaw::Damaged));
        assert_eq!(About::parse(json(0, "file").as_bytes()), Err(Flaw::Damaged));
    }
}
