//! A store of files as those need it who have the turn.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::filesystem::{self, Mode};
use super::room::Room;
use super::{FileStore, RECORD, directory, format};
use crate::context::Context;
use crate::crypto::sealed;
use crate::error::Error;
use crate::store::record::Record;
use crate::store::shelf::{Address, Shelf};

impl Room for FileStore {
    fn context(&self) -> &Context {
        &self.0.context
    }

    fn path(&self, address: &Address) -> PathBuf {
        self.path_of(address, RECORD)
    }

    fn prepare(&self, address: &Address) -> Result<(), Error> {
        self.opened_or_made()?;
        let group = self.group(&address.group);
        if group.is_dir() { Ok(()) } else { directory::make(&group) }
    }

    fn mode(&self) -> Result<Mode, Error> {
        filesystem::choose(&self.0.context, self.folder()).map(|choice| choice.mode)
    }

    fn read(&self, address: &Address) -> Result<Option<Record>, Error> {
        Shelf::read(self, address)
    }

    fn file_of(&self, address: &Address, record: &Record) -> Result<Vec<u8>, Error> {
        let context = &self.0.context;
        format::seal(&self.opened_or_made()?.key, address, record, context.clock.boot_time(), &*context.rng)
    }

    fn seal(&self, address: &Address, purpose: &str, associated: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
        let key = self.opened_or_made()?.key.sub_key(address, purpose);
        sealed::seal(&key, associated, text, |nonce| self.0.context.rng.fill(nonce))
    }

    fn open(
        &self,
        address: &Address,
        purpose: &str,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let Some(opened) = self.opened()? else { return Ok(None) };
        Ok(sealed::open(&opened.key.sub_key(address, purpose), associated, sealed))
    }
}
