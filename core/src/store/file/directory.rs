//! Which folder is the store, and how it comes into being. Source: specs/google.md §4.1, §4.7.

#![allow(clippy::disallowed_methods, reason = "the store is made here")]

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD};

use super::{RECORD, disk, permissions};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::settings::nearest;
use crate::store::VARIABLE;

/// The layout of the folder; another one would stand beside it.
const LAYOUT: &str = "v1";
const QUARANTINE: &str = "quarantine";
/// Whatever is made inside of a checkout stays out of it.
const IGNORE: &str = ".gitignore";

/// What a store is called that is no folder; `existing` only in the settings of a client.
const WORDS: [&str; 3] = ["user", "memory", "existing"];
/// What people write who mean one of them.
const ALSO_NO_FOLDERS: [&str; 9] = ["none", "no", "off", "false", "yes", "on", "true", "default", "disk"];
/// From here on a name is a slip: `usr`, `users`, `memroy`.
const ALIKE: f64 = 0.7;

/// The folder of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) named_by: NamedBy,
}

/// Who chose a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedBy {
    /// A setting of the client or an argument of the program.
    Setting,
    /// `TOKCORE_STORE`.
    Environment,
    /// Nobody: it is where such files belong on this system.
    Platform,
}

impl NamedBy {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Setting => "the setting `store`",
            Self::Environment => "TOKCORE_STORE",
            Self::Platform => "nobody: it is the usual folder",
        }
    }
}

/// Where a store is, by `setting`, else by `TOKCORE_STORE`, else by custom. Touches no disk.
///
/// Shape: `None` for `memory`. Errors: `ConfigInvalid` for an empty setting; `Store` where no home is known.
pub(crate) fn choose(context: &Context, setting: Option<&str>) -> Result<Option<Place>, Error> {
    let variable = context.set_var(VARIABLE);
    let (said, named_by) = match (setting, variable.as_deref()) {
        (Some(setting), _) => (setting, NamedBy::Setting),
        (None, Some(variable)) => (variable, NamedBy::Environment),
        (None, None) => ("user", NamedBy::Platform),
    };
    let folder = match said {
        "" => {
            let message = format!("{} is empty", named_by.words());
            return Err(Error::new(Kind::ConfigInvalid, message).with_hint("give a folder, `user`, or `memory`"));
        }
        "memory" => return Ok(None),
        "user" => state_folder(context)?,
        // A folder of that name in whatever folder this runs in is nobody's wish.
        word if is_misspelt(word) => return Err(misspelt(word.trim(), named_by)),
        path => match path.strip_prefix("~/") {
            Some(below) => home(context)?.join(below),
            // A later change of the working directory must not move the store.
            None => std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)),
        },
    };
    Ok(Some(Place { folder, named_by }))
}

/// Whether this is more likely a word for a store, not quite as it is written, than a folder in whatever folder this runs in.
fn is_misspelt(text: &str) -> bool {
    let word = text.trim().to_ascii_lowercase();
    let is_like = ALSO_NO_FOLDERS.contains(&word.as_str()) || nearest(&word, &WORDS, ALIKE).is_some();
    is_like && !text.contains(std::path::is_separator)
}

fn misspelt(word: &str, named_by: NamedBy) -> Error {
    let message =
        format!("{} is {word}, which is neither one of the words for a store nor clearly a folder", named_by.words());
    Error::new(Kind::ConfigInvalid, message)
        .with_hint(format!("give `user`, `memory`, or ./{word} for a folder of that name"))
}

/// The user's state: not a cache, which a cleaner may empty.
fn state_folder(context: &Context) -> Result<PathBuf, Error> {
    if cfg!(windows) {
        return Ok(folder_variable(context, "LOCALAPPDATA")?.join("tokcore").join("tokens"));
    }
    if cfg!(target_os = "macos") {
        return Ok(home(context)?.join("Library/Application Support/tokcore"));
    }
    Ok(xdg(context, "XDG_STATE_HOME", ".local/state")?.join("tokcore"))
}

/// Where the key file is: with the configuration, so that a copy of the store alone opens nothing.
pub(crate) fn config_folder(context: &Context) -> Result<PathBuf, Error> {
    if cfg!(windows) {
        return Ok(folder_variable(context, "APPDATA")?.join("tokcore"));
    }
    if cfg!(target_os = "macos") {
        return Ok(home(context)?.join("Library/Preferences/tokcore"));
    }
    Ok(xdg(context, "XDG_CONFIG_HOME", ".config")?.join("tokcore"))
}

/// A folder of the XDG base directories. A relative path in the variable counts as none, as the specification says.
fn xdg(context: &Context, variable: &str, below_home: &str) -> Result<PathBuf, Error> {
    match context.set_var(variable).map(PathBuf::from).filter(|path| path.is_absolute()) {
        Some(path) => Ok(path),
        None => Ok(home(context)?.join(below_home)),
    }
}

fn home(context: &Context) -> Result<PathBuf, Error> {
    folder_variable(context, "HOME")
}

fn folder_variable(context: &Context, name: &str) -> Result<PathBuf, Error> {
    context.set_var(name).map(PathBuf::from).filter(|path| path.is_absolute()).ok_or_else(|| {
        Error::new(Kind::Store, format!("the user's folder is not known: {name} is not set"))
            .with_hint(format!("set {name}, or name a folder in TOKCORE_STORE, or `memory` to keep nothing"))
    })
}

/// The folder of one client's records.
pub(super) fn group(store: &Path, group: &str) -> PathBuf {
    store.join(LAYOUT).join(group)
}

/// The folder of all clients' folders.
pub(super) fn groups(store: &Path) -> PathBuf {
    store.join(LAYOUT)
}

pub(super) fn quarantine(store: &Path) -> PathBuf {
    store.join(QUARANTINE)
}

/// Makes the folder of the store, unless it is there, for its owner alone. Effects: `[disk]`.
///
/// Errors: `Store` where it cannot be made, or where others could read or change it.
pub(super) fn create(context: &Context, store: &Path) -> Result<(), Error> {
    make(store)?;
    if permissions::is_ours(store) && is_empty(store) {
        // Made by hand a moment ago, for this: nothing of anybody's is in it yet.
        permissions::close(store);
    }
    permissions::folder(store)?;
    let ignore = store.join(IGNORE);
    disk::create(&*context.rng, &ignore, b"*\n").map_err(|cause| disk::unwritable(&ignore, cause))?;
    Ok(())
}

/// Whether a store that is not there yet could be made. Creates nothing. Effects: `[disk]`.
///
/// Errors: `Store` with the reason `store_unwritable` or `store_permissions`.
pub(super) fn could_be_made(store: &Path) -> Result<(), Error> {
    let there = store.symlink_metadata().is_ok();
    if there && !(permissions::is_ours(store) && is_empty(store)) {
        permissions::folder(store)?;
    }
    let Some(nearest) = store.ancestors().find(|folder| folder.exists()) else { return Ok(()) };
    rustix::fs::accessat(CWD, nearest, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
        .map_err(|errno| disk::unwritable(store, errno.into()))
}

/// Makes a folder and those above it, each with mode 0700 from its first moment on.
pub(super) fn make(folder: &Path) -> Result<(), Error> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|cause| disk::unwritable(folder, cause))
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether there is any record. Effects: `[disk]`.
pub(super) fn has_records(store: &Path) -> bool {
    let files = |group: std::fs::DirEntry| std::fs::read_dir(group.path()).into_iter().flatten().flatten();
    let all = std::fs::read_dir(groups(store)).into_iter().flatten().flatten().flat_map(files);
    all.into_iter().any(|file| file.file_name().to_string_lossy().ends_with(RECORD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_a_word_is_no_folder() {
        for word in ["usr", "User", "users", "Memory", "memroy", "memory ", "none ", "FALSE", "Existing"] {
            let error = choose(&Context::default(), Some(word)).expect_err(word);
            assert_eq!(error.kind(), Kind::ConfigInvalid, "{word}");
            assert!(error.hint().contains("`user`, `memory`") && error.hint().contains("./"), "{}", error.hint());
        }
        for path in ["./usr", "/user", "none/", "elsewhere", "logins"] {
            assert!(choose(&Context::default(), Some(path)).expect(path).is_some(), "{path}");
        }
    }
}
