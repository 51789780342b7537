//! One encrypted value of the database.
//!
//! Format: `0x01 | len(kid) | kid | nonce (24) | ciphertext and tag`. The associated data names table, column, row,
//! principal and integration, so that a cell moved anywhere else does not open. Source: specs/workbench.md §4.9.

use tokcore::Secret;
use tokcore::crypto::{fill_random, sealed};

use crate::keys::{KeyRing, Purpose};

const FORMAT: u8 = 1;

/// Where a cell lives; part of what its tag authenticates.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Table.
    pub table: &'a str,
    /// Column.
    pub column: &'a str,
    /// Primary key of the row.
    pub row: &'a str,
    /// Owner of the row.
    pub principal: &'a str,
    /// Integration of the row.
    pub guid: &'a str,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        // None of the parts can hold a NUL: identifiers, GUIDs, and principals, which refuse control characters.
        ["tokcore/cell/v1", self.table, self.column, self.row, self.principal, self.guid].join("\0").into_bytes()
    }
}

/// A cell that was not written by this broker, with these keys, for this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cell does not decrypt")]
pub struct Undecryptable;

/// Encrypts `text` with the active key.
///
/// Errors: only when the operating system has no randomness.
pub fn seal(keys: &KeyRing, place: &Place<'_>, text: &Secret) -> Result<Vec<u8>, tokcore::Error> {
    let key = keys.active();
    let text = text.expose().as_bytes();
    let sealed = sealed::seal(key.sub_key(Purpose::DbToken), &place.associated_data(), text, fill_random)?;
    let kid = key.kid().as_bytes();
    let mut cell = Vec::with_capacity(2 + kid.len() + sealed.len());
    // A kid has at most 16 bytes.
    cell.extend([FORMAT, kid.len() as u8]);
    cell.extend_from_slice(kid);
    cell.extend_from_slice(&sealed);
    Ok(cell)
}

/// Decrypts a cell found at `place`. Plain text is never accepted.
pub fn open(keys: &KeyRing, place: &Place<'_>, cell: &[u8]) -> Result<Secret, Undecryptable> {
    let (kid, sealed) = split(cell)?;
    let key = keys.get(kid).ok_or(Undecryptable)?;
    let plain = sealed::open(key.sub_key(Purpose::DbToken), &place.associated_data(), sealed).ok_or(Undecryptable)?;
    std::str::from_utf8(&plain).map(Secret::new).map_err(|_| Undecryptable)
}

/// The name of the key that a cell says it is sealed under.
pub fn kid(cell: &[u8]) -> Option<&str> {
    split(cell).ok().map(|(kid, _)| kid)
}

fn split(cell: &[u8]) -> Result<(&str, &[u8]), Undecryptable> {
    let [FORMAT, length, rest @ ..] = cell else { return Err(Undecryptable) };
    let (kid, rest) = rest.split_at_checked(usize::from(*length)).ok_or(Undecryptable)?;
    Ok((std::str::from_utf8(kid).map_err(|_| Undecryptable)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Key;

    const PLACE: Place<'static> =
        Place { table: "oauth2_tokens", column: "access_token_enc", row: "r1", principal: "os:1000", guid: "g1" };

    fn ring(kid: &str, first: u8) -> KeyRing {
        let master: Vec<u8> = (first..first + 32).collect();
        KeyRing::single(Key::new(kid, &master).unwrap())
    }

    #[test]
    fn opens_only_where_it_was_sealed() {
        let keys = ring("k1", 0);
        let cell = seal(&keys, &PLACE, &Secret::new("token")).unwrap();
        assert_eq!(open(&keys, &PLACE, &cell).unwrap().expose(), "token");
        for elsewhere in [
            Place { table: "oauth2_flows", ..PLACE },
            Place { column: "refresh_token_enc", ..PLACE },
            Place { row: "r2", ..PLACE },
            Place { principal: "os:1001", ..PLACE },
            Place { guid: "g2", ..PLACE },
        ] {
            assert_eq!(open(&keys, &elsewhere, &cell).unwrap_err(), Undecryptable, "{elsewhere:?}");
        }
    }

    #[test]
    fn every_flipped_byte_and_every_cut_is_refused() {
        let keys = ring("k1", 0);
        let cell = seal(&keys, &PLACE, &Secret::new("token")).unwrap();
        for index in 0..cell.len() {
            let mut changed = cell.clone();
            changed[index] ^= 1;
            assert!(open(&keys, &PLACE, &changed).is_err(), "byte {index}");
            assert!(open(&keys, &PLACE, &cell[..index]).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn other_keys_and_plain_text_are_refused() {
        let cell = seal(&ring("k1", 0), &PLACE, &Secret::new("token")).unwrap();
        assert!(open(&ring("k1", 1), &PLACE, &cell).is_err());
        assert!(open(&ring("k2", 0), &PLACE, &cell).is_err());
        assert!(open(&ring("k1", 0), &PLACE, b"token").is_err());
    }

    #[test]
    fn equal_values_make_different_cells() {
        let keys = ring("k1", 0);
        let cells = [0, 1].map(|_| seal(&keys, &PLACE, &Secret::new("token")).unwrap());
        assert_ne!(cells[0], cells[1]);
    }
}
