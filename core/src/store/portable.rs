//! Credentials on their way to another machine: one file, sealed under a passphrase. Source: specs/oauth.md §6.5.
//!
//! `TOKX | version (1) | memory in KiB (4) | passes (4) | lanes (4) | salt (16) | sealed`, numbers in the order of the
//! network; everything before the seal is bound to it. Inside is JSON: `{"format": 1, "records": [{"group", "facts",
//! "secrets"}]}`.

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::key::passphrase::{self, Cost, SALT_BYTES};
use super::record::{Facts, Record, Secrets, UPDATE};
use super::shelf::Address;
use crate::cache::key::CredentialKey;
use crate::crypto::sealed::{KEY_BYTES, open, seal, sub_key};
use crate::crypto::{from_hex, hex};
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

const MAGIC: &[u8; 4] = b"TOKX";
const VERSION: u8 = 1;
const FORMAT: u32 = 1;
const HEADER_BYTES: usize = 4 + 1 + 3 * 4 + SALT_BYTES;
/// Ten thousand credentials fit; a larger file is no export.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// What a record that came in a file says of where it is from.
const IMPORTED: &str = "imported";

/// A record and where it belongs.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    pub(crate) address: Address,
    pub(crate) record: Record,
}

/// What came of one record of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Arrival {
    /// There was none like it.
    Added,
    /// It is newer than what was there.
    Replaced,
    /// What is there is as new or newer, and stays.
    Kept,
}

impl Arrival {
    /// Stable `snake_case` name.
    pub const fn slug(self) -> &'static str {
        match self {
            Arrival::Added => "added",
            Arrival::Replaced => "replaced",
            Arrival::Kept => "kept",
        }
    }
}

/// The file that holds `records`. `fill`: fills a buffer with randomness fit for secrets. Effects: `[blocks]`.
///
/// Errors: `InvalidArgument` for a passphrase that is too short; those of `fill`.
pub(crate) fn pack(
    records: &[Carried],
    passphrase: &Secret,
    cost: Cost,
    fill: impl Fn(&mut [u8]) -> Result<(), Error>,
) -> Result<Vec<u8>, Error> {
    passphrase::judge(passphrase)?;
    let mut salt = [0; SALT_BYTES];
    fill(&mut salt)?;
    let header = header(cost, &salt);
    let sealed = seal(&*key(passphrase, &salt, cost)?, &header, &text_of(records)?, fill)?;
    Ok([header, sealed].concat())
}

/// The records in such a file. Effects: `[blocks]`.
///
/// Errors: `InvalidArgument` for another file; `Store` with the reason `store_key` for a wrong passphrase, which cannot be
/// told from a damaged file, and with a hint for a file of a later version.
pub(crate) fn unpack(file: &[u8], passphrase: &Secret) -> Result<Vec<Carried>, Error> {
    let Some((header, sealed)) = file.split_at_checked(HEADER_BYTES).filter(|(header, _)| header.starts_with(MAGIC))
    else {
        return Err(Error::new(Kind::InvalidArgument, "the file holds no exported credentials")
            .with_hint("give a file that was made with export"));
    };
    if file.len() > MAX_BYTES {
        return Err(Error::new(Kind::InvalidArgument, "the file is too large for exported credentials"));
    }
    if header[4] != VERSION {
        return Err(Error::new(Kind::Store, format!("an export of version {}, made by a later tokcore", header[4]))
            .with_hint(UPDATE));
    }
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let cost = Cost { memory_kib: number(5), passes: number(9), lanes: number(13) };
    let mut salt = [0; SALT_BYTES];
    salt.copy_from_slice(&header[17..]);
    let text = open(&*key(passphrase, &salt, cost)?, header, sealed).ok_or_else(does_not_open)?;
    records_of(&text)
}

/// What is to be done with `theirs` where `ours` is.
///
/// Generations count the tokens of one grant, so that they say nothing about two: there the later token is the newer one.
/// A grant that ended never takes the place of one that lives.
pub(crate) fn arrival(ours: Option<&Facts>, theirs: &Facts) -> Arrival {
    let Some(ours) = ours else { return Arrival::Added };
    let is_newer = match (ours.ended.is_some(), theirs.ended.is_some()) {
        (true, false) => true,
        (false, true) => false,
        _ if ours.created_at == theirs.created_at => theirs.generation > ours.generation,
        _ => theirs.requested_at > ours.requested_at,
    };
    if is_newer { Arrival::Replaced } else { Arrival::Kept }
}

/// `theirs` as it is kept here in place of `ours`: marked, without what only meant something where it comes from.
pub(crate) fn settled(theirs: Record, ours: Option<&Facts>) -> Record {
    let Record { facts, secrets } = theirs;
    let is_default = ours.map_or(facts.is_default, |ours| ours.is_default);
    let facts = Facts { source: Some(IMPORTED.to_owned()), requested_at_boot: None, is_default, ..facts };
    Record { facts, secrets }
}

fn key(passphrase: &Secret, salt: &[u8; SALT_BYTES], cost: Cost) -> Result<Zeroizing<[u8; KEY_BYTES]>, Error> {
    Ok(sub_key(&*passphrase::derive(passphrase, salt, cost)?, salt, b"tokcore/v1/export"))
}

fn header(cost: Cost, salt: &[u8; SALT_BYTES]) -> Vec<u8> {
    let numbers = [cost.memory_kib, cost.passes, cost.lanes].map(u32::to_be_bytes);
    [&MAGIC[..], &[VERSION], numbers.as_flattened(), salt].concat()
}

/// The text inside the seal, in one piece that never moves: what moves leaves copies behind.
fn text_of(records: &[Carried]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut parts: Vec<Zeroizing<Vec<u8>>> = vec![literal(format!("{{\"format\":{FORMAT},\"records\":["))];
    for (number, Carried { address, record }) in records.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        parts.push(literal(format!("{comma}{{\"group\":\"{}\",\"facts\":", hex(&address.group))));
        parts.push(Zeroizing::new(record.facts.to_json()?));
        parts.push(literal(",\"secrets\":".to_owned()));
        parts.push(record.secrets.to_json()?);
        parts.push(literal("}".to_owned()));
    }
    parts.push(literal("]}".to_owned()));
    let mut text = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| text.extend_from_slice(part));
    Ok(text)
}

fn literal(text: String) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.into_bytes())
}

fn records_of(text: &[u8]) -> Result<Vec<Carried>, Error> {
    #[derive(Deserialize)]
    struct Content<'a> {
        format: u32,
        /// Read only once the format is known.
        #[serde(borrow)]
        records: &'a RawValue,
    }
    #[derive(Deserialize)]
    struct Item<'a> {
        group: String,
        #[serde(borrow)]
        facts: &'a RawValue,
        #[serde(borrow)]
        secrets: &'a RawValue,
    }
    let content: Content<'_> = serde_json::from_slice(text).map_err(|_| damaged())?;
    if content.format != FORMAT {
        let message = format!("an export of format {}, made by a later tokcore", content.format);
        return Err(Error::new(Kind::Store, message).with_hint(UPDATE));
    }
    let items: Vec<Item<'_>> = serde_json::from_str(content.records.get()).map_err(|_| damaged())?;
    let carried = |item: Item<'_>| {
        let facts = Facts::from_json(item.facts.get().as_bytes())?;
        let secrets = Secrets::from_json(item.secrets.get().as_bytes())?;
        let address = address(&item.group, &facts.key).ok_or_else(damaged)?;
        Ok(Carried { address, record: Record { facts, secrets } })
    };
    items.into_iter().map(carried).collect()
}

/// Nothing but digits of the right number becomes part of a path.
fn address(group: &str, key: &str) -> Option<Address> {
    let group = from_hex(group)?.try_into().ok()?;
    let key = CredentialKey(from_hex(key)?.try_into().ok()?);
    Some(Address { group, key })
}

fn does_not_open() -> Error {
    Error::new(Kind::Store, "the passphrase is wrong, or the file is damaged")
        .with_reason(Reason::StoreKey)
        .with_hint("try the passphrase again; if it is right, get the file again from where it was made")
}

fn damaged() -> Error {
    Error::new(Kind::Store, "the exported credentials are no list of records")
        .with_hint("make the export again with the same version of tokcore")
}

#[cfg(test)]
mod tests;
