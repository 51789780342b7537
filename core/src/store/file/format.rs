//! One sealed file: a header in the open, and two sealed parts, facts and secrets. Pure.
//!
//! ```text
//!   0 "TOKC"              4 format 1           5 source of the key     6 0 0
//!   8 store (16)         24 key's name (8)    32 group (8)            40 credential (32)
//!  72 generation         80 boot of writer    88 milliseconds since
//!  96 length of sealed facts                 100 length of sealed secrets
//! 104 sealed facts       ...sealed secrets
//! ```
//!
//! Numbers are big-endian. Each part has a key of its own, from the store's key, the store, the credential and the part,
//! and all that stands before it is associated with it. So nothing opens in another place, store or generation, or beside
//! another part, and a list opens the facts without being able to open a token. Inside its seal each part is padded to
//! whole KiB, so that a length tells little. Source: specs/reliability.md §5.2, specs/oauth.md §6.4.

use zeroize::Zeroizing;

use crate::cache::key::CredentialKey;
use crate::context::{BootTime, Rng};
use crate::crypto::sealed::{self, OVERHEAD_BYTES};
use crate::error::Error;
use crate::kinds::Kind;
use crate::store::key::{KEY_ID_BYTES, KeySource, STORE_ID_BYTES, StoreKey};
use crate::store::record::{Facts, Record, Secrets, UPDATE};
use crate::store::shelf::Address;

/// A larger file is none of ours.
pub(crate) const MAX_FILE_BYTES: usize = 256 * 1024;
pub(super) const HEADER_BYTES: usize = 104;
const MAGIC: &[u8; 4] = b"TOKC";
const FORMAT: u8 = 1;
/// Steps in which the length of a part grows.
const PAD_BYTES: usize = 1024;
/// The length of the text, at the head of a padded part.
const LENGTH_BYTES: usize = 4;

/// What stands in the open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) source: KeySource,
    pub(crate) store_id: [u8; STORE_ID_BYTES],
    pub(crate) key_id: [u8; KEY_ID_BYTES],
    pub(crate) address: Address,
    /// That of the facts; here so that a writer can be fenced off without a key.
    pub(crate) generation: u64,
    /// When it was written, on the clock that nobody sets.
    pub(crate) written: Option<BootTime>,
}

/// Why bytes are not the record that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Not a file of this layout, cut short, or longer than it says.
    Damaged,
    /// Of a layout that a later tokcore wrote.
    Later,
    /// Sealed with another key, for another store or another credential, or changed since.
    Foreign,
}

impl Unreadable {
    /// In a few words, for lists and warnings.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Damaged => "the file is damaged",
            Self::Later => "the file was written by a later tokcore",
            Self::Foreign => "the file does not open: it was changed, moved here, or sealed with another key",
        }
    }
}

impl Unreadable {
    /// A file that stays where it is: an update reads it.
    pub(super) fn later(path: &std::path::Path) -> Error {
        Error::new(Kind::Store, format!("{} was written by a later tokcore", path.display())).with_hint(UPDATE)
    }
}

/// One of the two parts.
#[derive(Clone, Copy)]
enum Part {
    Facts,
    Secrets,
}

impl Part {
    fn purpose(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::Secrets => "secrets",
        }
    }
}

/// Seals `record` as the file of `address`.
///
/// Errors: `Store` for a record that is larger than any can be; `Internal` without randomness.
pub(crate) fn seal(
    key: &StoreKey,
    address: &Address,
    record: &Record,
    written: Option<BootTime>,
    rng: &dyn Rng,
) -> Result<Vec<u8>, Error> {
    let facts = padded(&record.facts.to_json()?)?;
    let secrets = padded(&record.secrets.to_json()?)?;
    let header = Header {
        source: key.source(),
        store_id: *key.store_id(),
        key_id: key.id(),
        address: *address,
        generation: record.facts.generation,
        written,
    };
    let mut file = header.encode(facts.len() + OVERHEAD_BYTES, secrets.len() + OVERHEAD_BYTES).to_vec();
    for (part, text) in [(Part::Facts, &facts), (Part::Secrets, &secrets)] {
        let sub_key = key.sub_key(address, part.purpose());
        let sealed = sealed::seal(&sub_key, &file, text, |nonce| rng.fill(nonce))?;
        file.extend_from_slice(&sealed);
    }
    if file.len() > MAX_FILE_BYTES {
        return Err(too_large());
    }
    Ok(file)
}

/// A file whose outside makes sense; nothing of it is believed before it opens.
pub(crate) struct Sealed<'a> {
    pub(crate) header: Header,
    file: &'a [u8],
    /// Where the secrets begin.
    secrets_at: usize,
}

impl<'a> Sealed<'a> {
    pub(crate) fn parse(file: &'a [u8]) -> Result<Self, Unreadable> {
        let (header, facts_len, secrets_len) = Header::decode(file)?;
        let secrets_at = HEADER_BYTES.saturating_add(facts_len);
        if secrets_at.saturating_add(secrets_len) != file.len() || file.len() > MAX_FILE_BYTES {
            return Err(Unreadable::Damaged);
        }
        Ok(Self { header, file, secrets_at })
    }

    /// The facts of the credential at `address`; no secret is touched.
    pub(crate) fn facts(&self, key: &StoreKey, address: &Address) -> Result<Facts, Unreadable> {
        let text = self.open(key, address, Part::Facts)?;
        let facts = Facts::from_json(content(&text)?).map_err(|error| match error.hint() == UPDATE {
            true => Unreadable::Later,
            false => Unreadable::Damaged,
        })?;
        // Authentic, and still not to be believed: whoever wrote it made a mistake.
        if facts.generation == self.header.generation { Ok(facts) } else { Err(Unreadable::Damaged) }
    }

    /// The whole record of the credential at `address`.
    pub(crate) fn record(&self, key: &StoreKey, address: &Address) -> Result<Record, Unreadable> {
        let facts = self.facts(key, address)?;
        let text = self.open(key, address, Part::Secrets)?;
        let secrets = Secrets::from_json(content(&text)?).map_err(|_| Unreadable::Damaged)?;
        Ok(Record { facts, secrets })
    }

    fn open(&self, key: &StoreKey, address: &Address, part: Part) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        // An authentic file in the wrong place: its own tag would agree with itself.
        if self.header.address != *address || self.header.store_id != *key.store_id() {
            return Err(Unreadable::Foreign);
        }
        let (before, sealed) = match part {
            Part::Facts => self.file[..self.secrets_at].split_at(HEADER_BYTES),
            Part::Secrets => self.file.split_at(self.secrets_at),
        };
        sealed::open(&key.sub_key(address, part.purpose()), before, sealed).ok_or(Unreadable::Foreign)
    }
}

impl Header {
    fn encode(&self, facts_len: usize, secrets_len: usize) -> [u8; HEADER_BYTES] {
        let written = self.written.unwrap_or(BootTime { boot: 0, ms: 0 });
        let length = |len: usize| u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
        let parts: [&[u8]; 11] = [
            MAGIC,
            &[FORMAT, self.source.code(), 0, 0],
            &self.store_id,
            &self.key_id,
            &self.address.group,
            &self.address.key.0,
            &self.generation.to_be_bytes(),
            &written.boot.to_be_bytes(),
            &written.ms.to_be_bytes(),
            &length(facts_len),
            &length(secrets_len),
        ];
        let mut head = [0; HEADER_BYTES];
        let mut rest = &mut head[..];
        for part in parts {
            let (here, after) = rest.split_at_mut(part.len());
            here.copy_from_slice(part);
            rest = after;
        }
        head
    }

    /// The header, and the lengths of the two parts.
    fn decode(file: &[u8]) -> Result<(Self, usize, usize), Unreadable> {
        let mut rest = file;
        if take::<4>(&mut rest)? != *MAGIC {
            return Err(Unreadable::Damaged);
        }
        let [format, source, zero @ ..] = take::<4>(&mut rest)?;
        if format > FORMAT {
            return Err(Unreadable::Later);
        }
        if format != FORMAT || zero != [0, 0] {
            return Err(Unreadable::Damaged);
        }
        let source = KeySource::of_code(source).ok_or(Unreadable::Damaged)?;
        let (store_id, key_id) = (take(&mut rest)?, take(&mut rest)?);
        let address = Address { group: take(&mut rest)?, key: CredentialKey(take(&mut rest)?) };
        let generation = u64::from_be_bytes(take(&mut rest)?);
        let boot = u64::from_be_bytes(take(&mut rest)?);
        let ms = i64::from_be_bytes(take(&mut rest)?);
        let facts_len = u32::from_be_bytes(take(&mut rest)?) as usize;
        let secrets_len = u32::from_be_bytes(take(&mut rest)?) as usize;
        let written = (boot != 0).then_some(BootTime { boot, ms });
        Ok((Self { source, store_id, key_id, address, generation, written }, facts_len, secrets_len))
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Unreadable> {
    let (here, after) = rest.split_first_chunk::<N>().ok_or(Unreadable::Damaged)?;
    *rest = after;
    Ok(*here)
}

/// `text` with its length before it and zeros behind it, in whole KiB.
fn padded(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    if text.len() > MAX_FILE_BYTES {
        return Err(too_large());
    }
    let length = (text.len() + LENGTH_BYTES).next_multiple_of(PAD_BYTES);
    // Room for all at once: growing would leave copies behind.
    let mut padded = Zeroizing::new(Vec::with_capacity(length));
    padded.extend_from_slice(&(text.len() as u32).to_be_bytes());
    padded.extend_from_slice(text);
    padded.resize(length, 0);
    Ok(padded)
}

/// The text in a padded part.
fn content(mut padded: &[u8]) -> Result<&[u8], Unreadable> {
    let length = u32::from_be_bytes(take(&mut padded)?) as usize;
    padded.get(..length).ok_or(Unreadable::Damaged)
}

fn too_large() -> Error {
    Error::new(Kind::Store, format!("a credential larger than {} KiB is not kept", MAX_FILE_BYTES / 1024))
        .with_hint("ask for a smaller answer: fewer scopes, or no ID token")
}

#[cfg(test)]
mod tests;
