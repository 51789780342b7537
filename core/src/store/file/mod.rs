//! A shelf of sealed files: one folder, one file for each credential.
//!
//! ```text
//! store.json                                what the store knows about itself
//! v1/<client, 16 hex>/<credential, 40 hex>.tok   a record; its modification time is its last use
//! quarantine/                               what did not open
//! ```
//!
//! A look-up is one open, one look, one read and two openings of a seal, whatever the number of records. It takes no lock and
//! creates nothing: whoever writes renames, so that a reader sees a whole record, the old one or the new one.

pub(crate) mod about;
pub(crate) mod directory;
mod disk;
mod filesystem;
pub(crate) mod format;
pub mod fuzzing;
mod host;
mod journal;
mod key_file;
mod lease;
mod listed;
mod lock;
mod opening;
mod permissions;
mod quarantine;
mod room;
mod store_room;
mod turn;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::directory::Place;
use self::disk::Found;
use self::format::{MAX_FILE_BYTES, Sealed, Unreadable};
use self::opening::{KeyRing, Opened};
use self::permissions::Verdict;
use super::key::keyring::{self, Keyring};
use super::key::{self, KeySource, StoreKey};
use super::record::Record;
use super::shelf::{Address, Listed, Shelf, Turn, Version};
use crate::context::Context;
use crate::crypto;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::secret::Secret;
use crate::transport::BoxFuture;

/// The name of a record: this much of the credential's key, as hexadecimal text.
const STEM_BYTES: usize = 20;
const RECORD: &str = ".tok";
/// How old the mark of last use may become. Units: seconds.
const USE_S: i64 = 24 * 3600;

/// A folder of sealed files. Cheap to clone.
#[derive(Clone)]
pub(crate) struct FileStore(Arc<Inner>);

struct Inner {
    context: Context,
    place: Place,
    keys: KeyRing,
    opened: PerProcess<Opened>,
}

/// Why there is nothing to read from.
enum Closed {
    /// Nobody has written yet.
    NotMade,
    Failed(Error),
}

/// The store that the setting, the environment or custom names. Effects: `[disk]`; creates nothing.
///
/// Shape: `None` for `memory`. Errors: `Store` for one that cannot be used, or could not be made; `ConfigInvalid`.
pub(crate) fn open(
    context: &Context,
    store: Option<&str>,
    key: Option<&Secret>,
) -> Result<Option<Arc<dyn Shelf>>, Error> {
    let Some(place) = directory::choose(context, store)? else {
        tracing::debug!("there is no store: credentials live as long as this process");
        return Ok(None);
    };
    tracing::debug!("the store is {}", place.folder.display());
    let store = FileStore::at(context, place, key, keyring::of_desktop(context));
    if store.opened()?.is_none() {
        directory::could_be_made(store.folder())?;
        opening::check(context, &store.0.keys)?;
    }
    Ok(Some(Arc::new(store)))
}

/// Whether somebody has made the store that custom names, or left something in its place. Effects: `[disk]`.
pub(crate) fn is_made(context: &Context) -> bool {
    let place = directory::choose(context, None).ok().flatten();
    let is_there = |folder: &Path| !matches!(about::About::read(folder), Ok(None)) || directory::has_records(folder);
    place.is_some_and(|place| is_there(&place.folder))
}

impl FileStore {
    /// The store at `place`. Touches nothing before it is used, and creates nothing before it is written to.
    ///
    /// `key`: the program's own, 32 bytes as base64url; else the key that the store was made with is found.
    pub(crate) fn at(context: &Context, place: Place, key: Option<&Secret>, desktop: Option<Arc<dyn Keyring>>) -> Self {
        let keys = KeyRing { explicit: key.cloned(), desktop };
        Self(Arc::new(Inner { context: context.clone(), place, keys, opened: PerProcess::new() }))
    }

    /// The file of `address` whose name ends like this.
    fn path_of(&self, address: &Address, ending: &str) -> PathBuf {
        let stem = crypto::hex(&address.key.0[..STEM_BYTES]);
        self.group(&address.group).join(stem + ending)
    }

    fn folder(&self) -> &Path {
        &self.0.place.folder
    }

    fn group(&self, group: &[u8; 8]) -> PathBuf {
        directory::group(self.folder(), &crypto::hex(group))
    }

    fn now_unix_ms(&self) -> i64 {
        self.0.context.clock.now_unix_ms()
    }

    /// The store, which is made unless it is there.
    fn opened_or_made(&self) -> Result<Arc<Opened>, Error> {
        let Inner { context, place, keys, opened } = &*self.0;
        opened.get_or_try_init(|| opening::open_or_make(context, keys, &place.folder))
    }

    /// The store as it is. Shape: `None` when nobody has written yet.
    fn opened(&self) -> Result<Option<Arc<Opened>>, Error> {
        let Inner { context, place, keys, opened } = &*self.0;
        let open = || match opening::open(context, keys, &place.folder) {
            Ok(Some(opened)) => Ok(opened),
            Ok(None) => Err(Closed::NotMade),
            Err(error) => Err(Closed::Failed(error)),
        };
        match opened.get_or_try_init(open) {
            Ok(opened) => Ok(Some(opened)),
            Err(Closed::NotMade) => Ok(None),
            Err(Closed::Failed(error)) => Err(error),
        }
    }

    /// The record, and the file that it was in.
    fn find(&self, address: &Address) -> Result<Option<(Record, Found)>, Error> {
        let Some(opened) = self.opened()? else { return Ok(None) };
        let path = self.path_of(address, RECORD);
        let found = match disk::read(&path, MAX_FILE_BYTES as u64) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(None),
            Err(cause) if cause.kind() == std::io::ErrorKind::FileTooLarge => {
                disk::stat(&path).into_iter().for_each(|seen| self.aside(&path, seen, Unreadable::Damaged.words()));
                return Ok(None);
            }
            Err(cause) => return Err(permissions::unreadable(&path, cause)),
        };
        let Some(record) = self.judge(&opened, address, &path, &found)? else { return Ok(None) };
        self.mark_used(&path, &found);
        Ok(Some((record, found)))
    }

    /// The record in a file that was found; one that does not open is moved aside and counts as none.
    fn judge(&self, opened: &Opened, address: &Address, path: &Path, found: &Found) -> Result<Option<Record>, Error> {
        if permissions::file(path, &found.metadata, opened.me)? == Verdict::TooOpen {
            permissions::tighten(path, &found.metadata);
        }
        match Sealed::parse(&found.bytes).and_then(|sealed| sealed.record(&opened.key, address)) {
            Ok(record) => Ok(Some(record)),
            Err(Unreadable::Later) => Err(Unreadable::later(path)),
            Err(unreadable) => {
                self.is_still(&opened.key)?;
                self.aside(path, found.version(), unreadable.words());
                Ok(None)
            }
        }
    }

    fn aside(&self, path: &Path, seen: Version, why: &str) {
        quarantine::aside(self.folder(), path, seen, why, self.now_unix_ms());
    }

    /// Before a file is blamed: is it still the store that this process opened?
    fn is_still(&self, key: &StoreKey) -> Result<(), Error> {
        let about = about::About::read(self.folder())?;
        match about.is_some_and(|about| about.store_id == *key.store_id() && about.key_id == key.id()) {
            true => Ok(()),
            false => Err(opening::remade(self.folder())),
        }
    }

    /// Marks the record as used, at most once a day. What a read-only disk says to that does not matter.
    fn mark_used(&self, path: &Path, found: &Found) {
        let (now, marked) = (self.now_unix_ms().div_euclid(1000), listed::modified_unix_s(&found.metadata));
        if now.saturating_sub(marked) > USE_S {
            let _ = disk::touch(path, now);
        }
    }
}

impl Shelf for FileStore {
    fn read(&self, address: &Address) -> Result<Option<Record>, Error> {
        Ok(self.find(address)?.map(|(record, _)| record))
    }

    /// In one look: the version is that of the very file that was read.
    fn look(&self, address: &Address) -> Result<Option<(Record, Option<Version>)>, Error> {
        Ok(self.find(address)?.map(|(record, found)| (record, Some(found.version()))))
    }

    fn version(&self, address: &Address) -> Option<Version> {
        disk::stat(&self.path_of(address, RECORD))
    }

    fn lock<'a>(&'a self, address: &'a Address, patience: Duration) -> BoxFuture<'a, Result<Box<dyn Turn>, Error>> {
        Box::pin(async move {
            let turn = turn::begin(Arc::new(self.clone()), *address, patience).await?;
            Ok(Box::new(turn) as Box<dyn Turn>)
        })
    }

    fn facts(&self, group: Option<[u8; 8]>) -> Result<Vec<Listed>, Error> {
        match self.opened()? {
            Some(opened) => Ok(listed::all(self.folder(), &opened, group)),
            None => Ok(Vec::new()),
        }
    }

    fn describe(&self, probe: bool) -> Vec<(String, String)> {
        let opened = self.opened();
        let key = match &opened {
            Ok(Some(opened)) => self.key_in_words(opened.key.source()),
            Ok(None) => "none yet: the store is made at the first sign-in".to_owned(),
            Err(error) => format!("{error}; {}", error.hint()),
        };
        let mut lines = vec![
            ("folder".to_owned(), self.folder().display().to_string()),
            ("chosen by".to_owned(), self.0.place.named_by.words().to_owned()),
            ("key".to_owned(), key),
            ("turns".to_owned(), self.turns()),
            ("damaged files".to_owned(), quarantine::count(self.folder()).to_string()),
        ];
        if probe {
            lines.push(("writable".to_owned(), self.probe()));
        }
        lines
    }
}

impl FileStore {
    /// Where the key comes from, and what is given for nothing.
    fn key_in_words(&self, source: KeySource) -> String {
        let is_unused = matches!(source, KeySource::Keyring | KeySource::File)
            && self.0.keys.explicit.is_none()
            && self.0.context.set_var(key::VARIABLE).is_some();
        let words = source.words();
        if is_unused { format!("{words}; TOKCORE_KEY is set, and not used for this store") } else { words.to_owned() }
    }

    /// How processes take turns, in words.
    fn turns(&self) -> String {
        match filesystem::choose(&self.0.context, self.folder()) {
            Ok(choice) => choice.words(),
            Err(error) => format!("{error}; {}", error.hint()),
        }
    }

    /// Whether a file can be created and removed, in words. Creates no store.
    fn probe(&self) -> String {
        let folder = self.folder();
        if !folder.is_dir() {
            return "not tried: the folder is not there yet".to_owned();
        }
        let path = folder.join(".probe");
        let tried = disk::replace(&*self.0.context.rng, &path, b"", &disk::RECORD).and_then(|()| disk::remove(&path));
        match tried {
            Ok(()) => "yes".to_owned(),
            Err(cause) => {
                let error = disk::unwritable(&path, cause);
                format!("no: {error}; {}", error.hint())
            }
        }
    }
}

#[cfg(test)]
mod tests;
