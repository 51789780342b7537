//! From a folder to an opened store: its description, its key, and that both belong together.

#![allow(clippy::disallowed_methods, reason = "the store is made here")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::about::About;
use super::{directory, disk, key_file, permissions};
use crate::context::Context;
use crate::crypto::sealed::KEY_BYTES;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::store::key::keyring::{Keyring, Trouble, bounded, has_display};
use crate::store::key::{self, KeySource, RawKey, STORE_ID_BYTES, StoreKey};

/// Held while a store is made, so that two processes do not put two keys into one keyring.
const MAKING: &str = ".making.lock";
/// Longer than making takes, with a keyring that has to be waited for.
const MAKING_PATIENCE: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(10);

/// What may give a key.
pub(super) struct KeyRing {
    /// The program's own.
    pub(super) explicit: Option<Secret>,
    pub(super) desktop: Option<Arc<dyn Keyring>>,
}

/// A store that can be read.
pub(super) struct Opened {
    pub(super) key: StoreKey,
    /// Whose its files must be.
    pub(super) me: u32,
}

/// Opens the store in `folder`. Creates nothing. Effects: `[disk]`, and the keyring's.
///
/// Shape: `None` when no store has been made there. Errors: `Store`.
pub(super) fn open(context: &Context, keys: &KeyRing, folder: &Path) -> Result<Option<Opened>, Error> {
    let Some(about) = described(folder)? else { return Ok(None) };
    permissions::folder(folder)?;
    let (master, came_from) = recorded(context, keys, about.key_source)?;
    let key = StoreKey::new(master, about.key_source, about.store_id);
    if key.id() != about.key_id {
        let message = format!("{came_from} is not the key of the store {}", folder.display());
        return Err(Error::new(Kind::Store, message).with_reason(Reason::StoreKey).with_hint(format!(
            "give the key that the store was made with ({}), or name another folder in TOKCORE_STORE",
            about.key_source.words()
        )));
    }
    Ok(Some(Opened { key, me: permissions::me() }))
}

/// What the store says of itself. Shape: `None` when none has been made there.
///
/// Errors: also where records are left of one that has lost its description: a new store over them would lose them.
fn described(folder: &Path) -> Result<Option<About>, Error> {
    let about = About::read(folder)?;
    if about.is_some() || !directory::has_records(folder) {
        return Ok(about);
    }
    // Another process may have made it between the two looks.
    About::read(folder)?.map(Some).ok_or_else(|| About::lost(folder))
}

/// Opens the store in `folder`, which is made unless it is there. Effects: see [`open`].
pub(super) fn open_or_make(context: &Context, keys: &KeyRing, folder: &Path) -> Result<Opened, Error> {
    if let Some(opened) = open(context, keys, folder)? {
        return Ok(opened);
    }
    directory::create(context, folder)?;
    let _turn = Making::begin(folder)?;
    if let Some(opened) = open(context, keys, folder)? {
        return Ok(opened);
    }
    let mut store_id = [0; STORE_ID_BYTES];
    context.rng.fill(&mut store_id)?;
    let (master, source) = first(context, keys)?;
    let key = StoreKey::new(master, source, store_id);
    About { store_id, key_source: source, key_id: key.id() }.create(&*context.rng, folder)?;
    open(context, keys, folder)?.ok_or_else(|| {
        Error::new(Kind::Store, format!("the store {} vanished while it was made", folder.display()))
            .with_hint("see who else works on that folder, then try again")
    })
}

/// The key of a store that is being made, from the best source there is.
fn first(context: &Context, keys: &KeyRing) -> Result<(RawKey, KeySource), Error> {
    if let Some((key, source, _)) = given(context, keys)? {
        return Ok((key, source));
    }
    match desktop(context, keys, true) {
        Ok(Some(key)) => return Ok((key, KeySource::Keyring)),
        Ok(None) | Err(Trouble::Absent) => {}
        // Somebody sits there who can unlock it: a weaker key for good, because of one bad moment, is not for us to choose.
        Err(trouble) if has_display(context) => return Err(trouble.error()),
        Err(trouble) => {
            tracing::warn!("{}: the key of the new store is kept in a file instead, and stays there", trouble.words());
        }
    }
    Ok((key_file::read_or_create(context, &key_file::path(context)?)?, KeySource::File))
}

/// The key of a store from where it was made with, and nowhere else; with what an error calls it.
fn recorded(context: &Context, keys: &KeyRing, source: KeySource) -> Result<(RawKey, &'static str), Error> {
    let from_program = keys.explicit.is_some() || matches!(source, KeySource::Explicit | KeySource::Environment);
    match source {
        _ if from_program => {
            let (key, _, name) = given(context, keys)?.ok_or_else(|| not_given(source))?;
            Ok((key, name))
        }
        KeySource::Keyring => {
            let key = desktop(context, keys, false).map_err(Trouble::error)?.ok_or_else(lost)?;
            Ok((key, "the key in the keyring"))
        }
        _ => {
            let path = key_file::path(context)?;
            let key = key_file::read(&path)?.ok_or_else(|| key_file::missing(&path))?;
            Ok((key, "the key in the key file"))
        }
    }
}

/// Whether a key that the program or its environment gives is one: before anybody signs in for a store that cannot be made.
pub(super) fn check(context: &Context, keys: &KeyRing) -> Result<(), Error> {
    given(context, keys).map(drop)
}

/// The key that the program or its environment gives.
fn given(context: &Context, keys: &KeyRing) -> Result<Option<(RawKey, KeySource, &'static str)>, Error> {
    if let Some(text) = &keys.explicit {
        let name = "the key that was given for the store";
        return Ok(Some((key::parse(text, name)?, KeySource::Explicit, name)));
    }
    let Some(text) = context.set_var(key::VARIABLE).map(Secret::new) else { return Ok(None) };
    Ok(Some((key::parse(&text, key::VARIABLE)?, KeySource::Environment, key::VARIABLE)))
}

/// The key in the keyring. `make`: puts one there when there is none.
fn desktop(context: &Context, keys: &KeyRing, make: bool) -> Result<Option<RawKey>, Trouble> {
    let Some(keyring) = keys.desktop.clone() else { return Err(Trouble::Absent) };
    let may_prompt = has_display(context);
    let mut fresh = Zeroizing::new([0; KEY_BYTES]);
    context.rng.fill(&mut *fresh).map_err(|_| Trouble::Failed)?;
    let found = bounded(move || {
        if let Some(found) = keyring.get(may_prompt)? {
            return Ok(Some(found));
        }
        let made = key::text(&fresh);
        if !make {
            return Ok(None);
        }
        keyring.set(&made, may_prompt)?;
        // What counts is what the next process will be given.
        keyring.get(may_prompt)
    })?;
    found.map(|text| key::parse(&text, "the keyring's entry").map_err(|_| Trouble::Failed)).transpose()
}

/// Another process has made the store anew, or given it another key.
pub(super) fn remade(folder: &Path) -> Error {
    Error::new(Kind::Store, format!("the store {} was made anew while this process used it", folder.display()))
        .with_reason(Reason::StoreKey)
        .with_hint("start the program again")
}

fn lost() -> Error {
    Error::new(Kind::Store, "the keyring no longer has the key that the store was made with")
        .with_reason(Reason::StoreKey)
        .with_hint("restore the keyring's entry `tokcore`; without it the stored credentials cannot be opened")
}

fn not_given(source: KeySource) -> Error {
    let hint = match source {
        KeySource::Environment => "set TOKCORE_KEY to it",
        _ => "give it as `store_key`, or set TOKCORE_KEY to it",
    };
    Error::new(Kind::Store, format!("the store was made with {}, which is not given now", source.words()))
        .with_reason(Reason::StoreKey)
        .with_hint(hint)
}

/// This process's turn at making the store.
struct Making(Option<std::fs::File>);

impl Making {
    fn begin(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(MAKING);
        let opened = disk::private().create(true).truncate(false).open(&path);
        let file = opened.map_err(|cause| disk::unwritable(&path, cause))?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(Some(file))),
                Err(std::fs::TryLockError::WouldBlock) if waited < MAKING_PATIENCE => {
                    std::thread::sleep(STEP);
                    waited += STEP;
                }
                // Where locks do not work, `store.json` is still written once only.
                Err(std::fs::TryLockError::Error(_)) => return Ok(Self(None)),
                Err(std::fs::TryLockError::WouldBlock) => {
                    return Err(Error::new(Kind::Store, format!("another process is making {}", folder.display()))
                        .with_reason(Reason::BusyElsewhere)
                        .with_hint("try again in a moment"));
                }
            }
        }
    }
}

impl Drop for Making {
    /// Says so instead of closing alone: a child that was forked meanwhile has the file open as well.
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            let _ = file.unlock();
        }
    }
}
