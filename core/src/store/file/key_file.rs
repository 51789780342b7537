//! The key in a file of the configuration folder: one for all stores of a user. Source: specs/reliability.md §5.1.
//!
//! It keeps a copy of the store alone from being read, and an accidental commit or a partial backup. It is no protection
//! against this user's other programs, and the documentation says so.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{directory, disk, permissions};
use crate::context::Context;
use crate::crypto::sealed::KEY_BYTES;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::store::key::{self, RawKey};

const NAME: &str = "store.key";
const MAX_BYTES: u64 = 4096;

pub(super) fn path(context: &Context) -> Result<PathBuf, Error> {
    Ok(directory::config_folder(context)?.join(NAME))
}

/// The key in the file. Effects: `[disk]`. Shape: `None` when there is no file.
///
/// Errors: `Store` with the reason `store_key` or `store_permissions`.
pub(super) fn read(path: &Path) -> Result<Option<RawKey>, Error> {
    let found = disk::read(path, MAX_BYTES).map_err(|cause| permissions::unreadable(path, cause))?;
    let Some(found) = found else { return Ok(None) };
    let bytes = Zeroizing::new(found.bytes);
    if permissions::file(path, &found.metadata, permissions::me())? == permissions::Verdict::TooOpen {
        permissions::tighten(path, &found.metadata);
    }
    let shown = path.display();
    let text = Secret::new(String::from_utf8_lossy(&bytes).into_owned());
    let key = key::parse(&text, "the key file").map_err(|cause| {
        Error::new(Kind::Store, format!("the key file {shown} is damaged"))
            .with_reason(Reason::StoreKey)
            .with_hint(format!("restore {shown} from a backup; without it the stored credentials cannot be opened"))
            .with_cause(cause)
    })?;
    Ok(Some(key))
}

/// The key in the file, which is made unless it is there. Effects: `[disk]`.
///
/// When two processes come first at once, both end up with the key of the faster one. Errors: see [`read`]; `Store` with
/// the reason `store_unwritable`.
pub(super) fn read_or_create(context: &Context, path: &Path) -> Result<RawKey, Error> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let mut made = Zeroizing::new([0; KEY_BYTES]);
    context.rng.fill(&mut *made)?;
    path.parent().map_or(Ok(()), directory::make)?;
    let line = Zeroizing::new(format!("{}\n", key::text(&made).expose()));
    let created = disk::create(&*context.rng, path, line.as_bytes());
    if created.map_err(|cause| disk::unwritable(path, cause))? {
        return Ok(made);
    }
    read(path)?.ok_or_else(|| missing(path))
}

/// The store was made with a key file that is not there.
pub(super) fn missing(path: &Path) -> Error {
    let path = path.display();
    Error::new(Kind::Store, format!("the key file {path} is missing, and the store was made with it"))
        .with_reason(Reason::StoreKey)
        .with_hint(format!("restore {path} from a backup; without it the stored credentials cannot be opened"))
}
