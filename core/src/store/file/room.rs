//! What those need of a store who change its files: the turn and the journal.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::filesystem::Mode;
use crate::context::Context;
use crate::error::Error;
use crate::store::record::Record;
use crate::store::shelf::Address;

/// What a turn needs of the store whose files it changes.
pub(super) trait Room: Send + Sync {
    fn context(&self) -> &Context;

    /// Path of the record's file. Creates nothing.
    fn path(&self, address: &Address) -> PathBuf;

    /// Makes the store and the folder of the record where they are missing. Effects: `[disk]`.
    ///
    /// Errors: `Store` with the reason `store_unwritable`.
    fn prepare(&self, address: &Address) -> Result<(), Error>;

    /// How processes take turns here.
    fn mode(&self) -> Result<Mode, Error>;

    /// The record, without a lock. Effects: `[disk]`. Errors: `Store`.
    fn read(&self, address: &Address) -> Result<Option<Record>, Error>;

    /// The whole file of `record`.
    fn file_of(&self, address: &Address, record: &Record) -> Result<Vec<u8>, Error>;

    /// Seals `text` for one purpose of one record. Errors: those of the store's key; `Internal` without randomness.
    fn seal(&self, address: &Address, purpose: &str, associated: &[u8], text: &[u8]) -> Result<Vec<u8>, Error>;

    /// Opens what [`Room::seal`] made. Shape: `None` for anything else. Errors: those of the store's key.
    fn open(
        &self,
        address: &Address,
        purpose: &str,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error>;
}
