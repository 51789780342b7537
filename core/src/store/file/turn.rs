//! One process's turn on one record in files: the lock or the lease, the record, and the journal of its exchange.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::disk;
use super::filesystem::Mode;
use super::journal::Journal;
use super::lease::{self, Lease};
use super::lock::{self, Lock};
use super::room::Room;
use crate::error::Error;
use crate::oauth::rotation::Rotation;
use crate::server::witness::Witness;
use crate::store::failpoint;
use crate::store::memory::Unmoved;
use crate::store::record::Record;
use crate::store::shelf::{Address, Turn, Unfinished};
use crate::store::turns::moved_on;

/// Waits for the turn. Errors: `Store` with the reason `busy_elsewhere` or `store_unwritable`.
pub(super) async fn begin(room: Arc<dyn Room>, address: Address, patience: Duration) -> Result<FileTurn, Error> {
    room.prepare(&address)?;
    let path = room.path(&address);
    let context = room.context();
    let hold = match room.mode()? {
        Mode::Lock => Hold::Lock { _lock: Lock::acquire(&*context.rng, &lock::path_of(&path), patience).await? },
        Mode::Lease => Hold::Lease(Lease::acquire(context, &lease::path_of(&path), patience).await?),
    };
    let journal = Journal::new(room.clone(), address, path.clone());
    Ok(FileTurn { room, address, path, journal, seen: Mutex::default(), hold })
}

/// What keeps the others away.
enum Hold {
    Lock { _lock: Lock },
    Lease(Lease),
}

/// A turn on the files of one record.
pub(super) struct FileTurn {
    room: Arc<dyn Room>,
    address: Address,
    path: PathBuf,
    journal: Journal,
    /// The generation that this turn has read or written last; `None` before the first time.
    seen: Mutex<Option<Option<u64>>>,
    /// Dropped last: whatever ends before is still part of the turn.
    hold: Hold,
}

impl FileTurn {
    fn saw(&self, record: Option<&Record>) {
        *crate::lock::lock(&self.seen) = Some(record.map(|record| record.facts.generation));
    }

    /// Nobody else can have changed what is locked; a lease may have been lost, and then nothing may be overwritten.
    fn is_still_ours(&self) -> Result<(), Error> {
        let Hold::Lease(lease) = &self.hold else { return Ok(()) };
        lease.prove()?;
        let Some(seen) = *crate::lock::lock(&self.seen) else { return Ok(()) };
        let now = self.room.read(&self.address)?.map(|record| record.facts.generation);
        if now == seen { Ok(()) } else { Err(moved_on()) }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    fn now_unix_s(&self) -> i64 {
        self.room.context().clock.now_unix_ms().div_euclid(1000)
    }
}

impl Turn for FileTurn {
    fn read(&self) -> Result<Option<Record>, Error> {
        let record = self.room.read(&self.address)?;
        failpoint("reread_done").map_err(|cause| disk::unreadable(&self.path, cause))?;
        self.saw(record.as_ref());
        Ok(record)
    }

    /// An exchange whose record was written and whose journal was not removed any more is finished.
    fn unfinished(&self) -> Result<Option<Unfinished>, Error> {
        let Some(unfinished) = self.journal.unfinished()? else { return Ok(None) };
        disk::sweep(self.folder(), self.now_unix_s(), true);
        let generation = self.room.read(&self.address)?.map(|record| record.facts.generation);
        if generation.is_some_and(|generation| generation >= unfinished.generation) {
            self.journal.forget()?;
            return Ok(None);
        }
        Ok(Some(unfinished))
    }

    fn intend(&self, generation: u64, rotation: Rotation, now_unix_ms: i64) -> Result<Box<dyn Witness>, Error> {
        if let Hold::Lease(lease) = &self.hold {
            lease.prove()?;
        }
        if rotation.is_repeatable() {
            return Ok(Box::new(Unmoved));
        }
        self.journal.begin(generation, now_unix_ms)
    }

    fn write(&self, record: &Record) -> Result<(), Error> {
        self.is_still_ours()?;
        let file = self.room.file_of(&self.address, record)?;
        disk::replace(&*self.room.context().rng, &self.path, &file, &disk::RECORD)
            .map_err(|cause| disk::unwritable(&self.path, cause))?;
        self.saw(Some(record));
        disk::sweep(self.folder(), self.now_unix_s(), false);
        // The record is safe; what is left of the journal is finished by the next turn.
        if let Err(error) = self.journal.forget() {
            tracing::debug!("a finished renewal is still written down: {error}");
        }
        Ok(())
    }

    fn settle(&self) -> Result<(), Error> {
        self.journal.forget()
    }

    fn remove(&self) -> Result<(), Error> {
        self.is_still_ours()?;
        disk::remove(&self.path)
            .and_then(|()| disk::sync_folder(&self.path))
            .map_err(|cause| disk::unwritable(&self.path, cause))?;
        self.saw(None);
        self.journal.forget()
    }
}

#[cfg(test)]
pub(super) mod tests;
