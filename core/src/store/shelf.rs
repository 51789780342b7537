//! What every place for records can do. Nothing here knows what a credential is good for.

use std::time::Duration;

use super::record::{Facts, Record};
use crate::cache::key::CredentialKey;
use crate::context::BootTime;
use crate::error::Error;
use crate::oauth::rotation::Rotation;
use crate::server::witness::{RawAnswer, Witness};
use crate::transport::BoxFuture;

/// Where a record is: the key of the credential, among those of its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    /// What all credentials of one client, partition and caller's own distinction share, so that accounts are found
    /// without a look at everybody else's. First 8 bytes of a hash.
    pub(crate) group: [u8; 8],
    pub(crate) key: CredentialKey,
}

/// A place for records.
pub(crate) trait Shelf: Send + Sync {
    /// The record at `address`, if there is one. Takes no lock and creates nothing. Effects: `[disk]`.
    ///
    /// A record that is damaged or does not open is moved aside, reported once and counts as none. Errors: `Store`.
    fn read(&self, address: &Address) -> Result<Option<Record>, Error>;

    /// The record with its version, so that what changes from now on is noticed. Effects and errors: as [`Shelf::read`].
    fn look(&self, address: &Address) -> Result<Option<(Record, Option<Version>)>, Error> {
        let before = self.version(address);
        Ok(self.read(address)?.map(|record| (record, before)))
    }

    /// What tells one version of a record from the next, at the price of one look: `None` when there is no record.
    fn version(&self, address: &Address) -> Option<Version>;

    /// This process's turn on one record; until the result is dropped nobody else in any process has it.
    ///
    /// Errors: `Store` with the reason `busy_elsewhere` after `patience`, `store_unwritable` where nothing can be created.
    fn lock<'a>(&'a self, address: &'a Address, patience: Duration) -> BoxFuture<'a, Result<Box<dyn Turn>, Error>>;

    /// The facts of all records of one client, or of all; no token is touched. Effects: `[disk]`.
    fn facts(&self, group: Option<[u8; 8]>) -> Result<Vec<Listed>, Error>;

    /// Where and how it keeps, for reports: name and value, no secret. `probe`: may create and remove a file to find out.
    fn describe(&self, probe: bool) -> Vec<(String, String)>;
}

/// A version of a record: equal when nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) [u64; 3]);

/// A record as lists show it.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) address: Address,
    /// Shape: `Err` says in a few words why it cannot be read.
    pub(crate) facts: Result<Facts, String>,
    /// Units: seconds since 1970. Shape: `None` where the shelf does not know.
    pub(crate) last_used_at_unix_s: Option<i64>,
    /// The file, where there is one.
    pub(crate) path: Option<std::path::PathBuf>,
}

/// One process's turn on one record. Dropping it ends the turn.
pub(crate) trait Turn: Send + Sync {
    /// The record as it is now; somebody else may have had a turn before.
    fn read(&self) -> Result<Option<Record>, Error>;

    /// An exchange that another process began and never finished, if there is one.
    fn unfinished(&self) -> Result<Option<Unfinished>, Error>;

    /// Says that an exchange begins which makes `generation`, and makes sure that its result can be kept.
    ///
    /// Errors: `Store` with the reason `store_unwritable`; nothing must be sent then.
    fn intend(&self, generation: u64, rotation: Rotation, now_unix_ms: i64) -> Result<Box<dyn Witness>, Error>;

    /// Keeps `record` in place of what was there, durably, and forgets what was intended.
    fn write(&self, record: &Record) -> Result<(), Error>;

    /// Forgets what was intended: it came to nothing, and the record stays as it is.
    fn settle(&self) -> Result<(), Error>;

    /// Removes the record.
    fn remove(&self) -> Result<(), Error>;
}

/// What a process left that never came to the end of its exchange.
pub(crate) struct Unfinished {
    /// What the exchange would have made.
    pub(crate) generation: u64,
    /// When it began. Units: milliseconds since 1970.
    pub(crate) began_at_unix_ms: i64,
    /// The same on the clock that nobody sets.
    pub(crate) began_at_boot: Option<BootTime>,
    /// Name of the machine.
    pub(crate) host: String,
    /// Whether the request may have left.
    pub(crate) sending: bool,
    /// The answer, when it had come.
    pub(crate) answer: Option<RawAnswer>,
}
