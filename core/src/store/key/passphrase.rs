//! A key from a passphrase: Argon2id. Source: specs/reliability.md §5.2, RFC 9106 §4.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::sealed::KEY_BYTES;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;

/// A salt of 128 bits, as the RFC recommends.
pub(crate) const SALT_BYTES: usize = 16;
/// Fewer characters than this are found by trying.
const MIN_CHARACTERS: usize = 8;
/// More memory than this is a forged header that wants to exhaust the machine.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_PASSES: u32 = 10;
const MAX_LANES: u32 = 16;

/// What a passphrase costs to try. Stored beside what it seals, so that it can grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cost {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

impl Cost {
    /// The RFC's second choice: 64 MiB, 3 passes, 4 lanes; about half a second.
    pub(crate) const RECOMMENDED: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };

    fn is_bounded(self) -> bool {
        (8..=MAX_MEMORY_KIB).contains(&self.memory_kib)
            && (1..=MAX_PASSES).contains(&self.passes)
            && (1..=MAX_LANES).contains(&self.lanes)
            && self.memory_kib >= 8 * self.lanes
    }
}

/// Refuses a passphrase that protects nothing. For making, not for opening.
///
/// Errors: `InvalidArgument`.
pub(crate) fn judge(passphrase: &Secret) -> Result<(), Error> {
    if passphrase.expose().chars().count() >= MIN_CHARACTERS {
        return Ok(());
    }
    Err(Error::new(Kind::InvalidArgument, format!("the passphrase has fewer than {MIN_CHARACTERS} characters"))
        .with_hint("use several words, or let a password manager make one"))
}

/// The key that `passphrase` gives with this `salt`. Effects: `[blocks]`, and takes the memory of `cost`.
///
/// Errors: `Store` for a cost that no tokcore wrote, and when the memory cannot be had.
pub(crate) fn derive(
    passphrase: &Secret,
    salt: &[u8; SALT_BYTES],
    cost: Cost,
) -> Result<Zeroizing<[u8; KEY_BYTES]>, Error> {
    let unusual = || {
        let message = "what the passphrase costs is out of bounds: the file is damaged, or was made to do harm";
        Error::new(Kind::Store, message)
            .with_reason(Reason::StoreKey)
            .with_hint("get the file again from where it was made")
    };
    if !cost.is_bounded() {
        return Err(unusual());
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(KEY_BYTES)).map_err(|_| unusual())?;
    let mut memory = reserve(params.block_count())?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(passphrase.expose().as_bytes(), salt, &mut *key, &mut memory)
        .map_err(|_| unusual())?;
    Ok(key)
}

/// Memory that may be refused, where the library's own way would end the process.
fn reserve(blocks: usize) -> Result<Vec<Block>, Error> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(blocks).map_err(|_| {
        let mib = blocks.saturating_mul(Block::SIZE) / (1024 * 1024);
        Error::new(Kind::Store, format!("a passphrase of this file takes {mib} MiB of memory, which cannot be had"))
            .with_reason(Reason::StoreKey)
            .with_hint("try again with more memory")
    })?;
    memory.resize(blocks, Block::default());
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

    #[test]
    fn passphrase_salt_and_cost_make_the_key() {
        let derive =
            |text: &str, salt: u8, cost| *derive(&Secret::new(text), &[salt; SALT_BYTES], cost).expect("a key");
        let key = derive("correct horse", 1, CHEAP);
        assert_eq!(key, derive("correct horse", 1, CHEAP));
        assert_ne!(key, derive("correct hors", 1, CHEAP));
        assert_ne!(key, derive("correct horse", 2, CHEAP));
        assert_ne!(key, derive("correct horse", 1, Cost { passes: 2, ..CHEAP }));
    }

    #[test]
    fn a_forged_cost_is_refused_before_any_memory_is_taken() {
        let forged = [
            Cost { memory_kib: u32::MAX, ..CHEAP },
            Cost { memory_kib: 0, ..CHEAP },
            Cost { passes: 0, ..CHEAP },
            Cost { passes: 11, ..CHEAP },
            Cost { lanes: 17, ..CHEAP },
            Cost { memory_kib: 8, lanes: 2, passes: 1 },
        ];
        for cost in forged {
            let error = derive(&Secret::new("correct horse"), &[0; SALT_BYTES], cost).expect_err("out of bounds");
            assert_eq!(error.reason(), Some(Reason::StoreKey), "{cost:?}");
        }
        assert!(Cost::RECOMMENDED.is_bounded());
    }

    #[test]
    fn a_short_passphrase_is_refused_for_making() {
        assert!(judge(&Secret::new("seven77")).is_err());
        assert!(judge(&Secret::new("correct horse")).is_ok());
    }
}
