//! All records of a store, or of one client, by their facts. No token is opened.

#![allow(clippy::disallowed_methods, reason = "folders are read here")]

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::format::{MAX_FILE_BYTES, Sealed, Unreadable};
use super::opening::Opened;
use super::{RECORD, STEM_BYTES, directory, disk, permissions};
use crate::cache::key::CredentialKey;
use crate::crypto;
use crate::store::record::Facts;
use crate::store::shelf::{Address, Listed};

/// Lists what is in the folder of `group`, or in all. Files that are none of ours are passed over; a record that cannot be
/// read is listed with the reason, and stays where it is.
pub(super) fn all(store: &Path, opened: &Opened, group: Option<[u8; 8]>) -> Vec<Listed> {
    let groups = match group {
        Some(group) => vec![group],
        None => names(&directory::groups(store)).iter().filter_map(|(name, _)| bytes(name)).collect(),
    };
    groups.iter().flat_map(|group| of_group(store, opened, group)).collect()
}

fn of_group(store: &Path, opened: &Opened, group: &[u8; 8]) -> Vec<Listed> {
    let folder = directory::group(store, &crypto::hex(group));
    let records = names(&folder).into_iter();
    records.filter_map(|(name, path)| one(opened, group, name.strip_suffix(RECORD)?, path)).collect()
}

fn one(opened: &Opened, group: &[u8; 8], stem: &str, path: PathBuf) -> Option<Listed> {
    let stem: [u8; STEM_BYTES] = bytes(stem)?;
    // Until the header tells more, the address is as much of it as the name has; it leads to this file.
    let mut key = [0; 32];
    key[..STEM_BYTES].copy_from_slice(&stem);
    let mut address = Address { group: *group, key: CredentialKey(key) };
    let found = match disk::read(&path, MAX_FILE_BYTES as u64) {
        Ok(found) => found?,
        Err(cause) => {
            let facts = Err(permissions::unreadable(&path, cause).to_string());
            return Some(Listed { address, facts, last_used_at_unix_s: None, path: Some(path) });
        }
    };
    let facts = permissions::file(&path, &found.metadata, opened.me).map_err(|error| error.to_string());
    let facts = facts.and_then(|_| facts_in(&found.bytes, opened, &mut address).map_err(|why| why.words().to_owned()));
    let last_used_at_unix_s = Some(modified_unix_s(&found.metadata));
    Some(Listed { address, facts, last_used_at_unix_s, path: Some(path) })
}

/// The facts, if the file says that it belongs where it is; `address` becomes the whole one then.
fn facts_in(file: &[u8], opened: &Opened, address: &mut Address) -> Result<Facts, Unreadable> {
    let sealed = Sealed::parse(file)?;
    let said = sealed.header.address;
    if said.group != address.group || said.key.0[..STEM_BYTES] != address.key.0[..STEM_BYTES] {
        return Err(Unreadable::Foreign);
    }
    let facts = sealed.facts(&opened.key, &said)?;
    *address = said;
    Ok(facts)
}

fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    crypto::from_hex(hex)?.try_into().ok()
}

/// The names in a folder that are text, in their order. Shape: empty for a folder that is not there.
fn names(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path()))).collect();
    names.sort();
    names
}

/// When the file was written or used last. Units: seconds since 1970.
pub(super) fn modified_unix_s(metadata: &Metadata) -> i64 {
    metadata.mtime()
}
