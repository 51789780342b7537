//! Files of the store on the disk: read whole or not at all, replaced whole or not at all. Source: specs/reliability.md §5.4.

pub(super) mod tape;

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FallocateFlags, OFlags, RenameFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::{Errno, retry_on_intr};

use crate::context::Rng;
use crate::crypto;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::store::failpoint;
use crate::store::failpoint::short_write;
use crate::store::shelf::Version;

/// How long a temporary file may be somebody's who is still writing. Units: seconds.
const TEMPORARY_S: i64 = 3600;
/// How often a folder is searched for what was left behind. Units: seconds.
const SWEEP_S: i64 = 24 * 3600;
/// Its modification time says when the folder was searched last.
const SWEPT: &str = ".swept";

/// A file as it was at one moment.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    /// Of the very file that was read.
    pub(super) metadata: Metadata,
}

impl Found {
    pub(super) fn version(&self) -> Version {
        version(&self.metadata)
    }
}

/// What tells one version of a file from the next. Never compared with a clock: the disk may be another machine's.
pub(super) fn version(metadata: &Metadata) -> Version {
    let modified_ns = metadata.mtime().wrapping_mul(1_000_000_000).wrapping_add(metadata.mtime_nsec());
    Version([metadata.ino(), metadata.len(), modified_ns as u64])
}

/// The whole file, in one open, one look and one read.
///
/// Shape: `None` when there is none. Errors: the system's; `FileTooLarge` past `limit`; a symbolic link, a pipe or a
/// folder in its place is an error.
pub(super) fn read(path: &Path, limit: u64) -> io::Result<Option<Found>> {
    // NONBLOCK: a pipe in the file's place must not hang the caller.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(cause),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    if metadata.len() > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
    }
    // Whoever writes renames, so that the length cannot change under our hands.
    let mut bytes = vec![0; metadata.len() as usize];
    file.read_exact(&mut bytes)?;
    Ok(Some(Found { bytes, metadata }))
}

/// The version at the price of one look.
pub(super) fn stat(path: &Path) -> Option<Version> {
    path.symlink_metadata().ok().map(|metadata| version(&metadata))
}

/// The failpoints of one replacement.
pub(super) struct Places {
    pub(super) opened: &'static str,
    pub(super) written: &'static str,
    pub(super) synced: &'static str,
    pub(super) renamed: &'static str,
    pub(super) folder_synced: &'static str,
}

/// Those of a record.
pub(super) const RECORD: Places = Places {
    opened: "rec_tmp_open",
    written: "rec_tmp_written",
    synced: "rec_fsync",
    renamed: "rec_rename",
    folder_synced: "rec_dirsync",
};

/// Those of a file that is made once.
const ONCE: Places = Places {
    opened: "new_tmp_open",
    written: "new_tmp_written",
    synced: "new_fsync",
    renamed: "new_rename",
    folder_synced: "new_dirsync",
};

/// Puts `content` in the place of whatever is at `path`: afterwards the old file is there or the new one, also after a
/// power cut. Effects: `[disk]`.
///
/// Errors: the system's. A failed sync is final: the pages may be gone, so that a second one on the same file would lie.
pub(super) fn replace(rng: &dyn Rng, path: &Path, content: &[u8], places: &Places) -> io::Result<()> {
    let temporary = Temporary::written(rng, path, content, places)?;
    failpoint(places.renamed)?;
    std::fs::rename(&temporary.path, path)?;
    tape::renamed(&temporary.path, path);
    temporary.keep();
    failpoint(places.folder_synced)?;
    sync_folder(path)
}

/// Makes the file at `path`, whole, unless there is one. Shape: whether it was made. Effects: `[disk]`.
pub(super) fn create(rng: &dyn Rng, path: &Path, content: &[u8]) -> io::Result<bool> {
    let temporary = Temporary::written(rng, path, content, &ONCE)?;
    failpoint(ONCE.renamed)?;
    match rustix::fs::renameat_with(CWD, &temporary.path, CWD, path, RenameFlags::NOREPLACE) {
        Ok(()) => {
            tape::renamed(&temporary.path, path);
            temporary.keep();
        }
        Err(Errno::EXIST) => return Ok(false),
        // A file system that cannot do this in one step, NFS for one, can link.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => match std::fs::hard_link(&temporary.path, path) {
            Ok(()) => drop(temporary),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(cause) => return Err(cause),
        },
        Err(errno) => return Err(errno.into()),
    }
    failpoint(ONCE.folder_synced)?;
    sync_folder(path)?;
    Ok(true)
}

/// A file beside the one it is to become; removed unless it has become it, also in a panic.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    /// `.<name>.<random>.tmp`, where `<name>` is the target's up to its first dot.
    fn written(rng: &dyn Rng, target: &Path, content: &[u8], places: &Places) -> io::Result<Self> {
        let mut suffix = [0; 8];
        rng.fill(&mut suffix).map_err(|_| io::Error::other("no randomness"))?;
        let name = target.file_stem().unwrap_or_default().to_string_lossy();
        let name = name.split('.').next().unwrap_or_default();
        let path = target.with_file_name(format!(".{name}.{}.tmp", crypto::hex(&suffix)));
        failpoint(places.opened)?;
        let mut file = fresh(&path)?;
        let temporary = Self { path };
        file.write_all(content)?;
        tape::wrote(&file, 0, content);
        reached(places.written, &file)?;
        failpoint(places.synced)?;
        file.sync_all()?;
        tape::synced(&file);
        Ok(temporary)
    }

    /// It is no longer here under this name.
    fn keep(mut self) {
        // What is forgotten frees nothing.
        drop(std::mem::take(&mut self.path));
        std::mem::forget(self);
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A new file that nobody else can open.
fn fresh(path: &Path) -> io::Result<File> {
    private().read(true).create_new(true).open(path).inspect(|_| tape::made(path))
}

/// Options for a file of ours: written by us, for us, and never through somebody's link.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits() as i32);
    options
}

/// A failpoint behind a write, which may take back a part of what was written.
pub(super) fn reached(place: &'static str, file: &File) -> io::Result<()> {
    failpoint(place).inspect_err(|failure| {
        if let Some(bytes) = short_write(failure) {
            let _ = file.set_len(bytes);
        }
    })
}

/// Makes an empty file for which the disk has room put aside, durably. Effects: `[disk]`.
pub(super) fn reserve(path: &Path, bytes: u64) -> io::Result<File> {
    remove(path)?;
    let file = fresh(path)?;
    let reserved = match retry_on_intr(|| rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes)) {
        // Where room cannot be asked for it can still be taken.
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => file.write_all_at(&vec![0; bytes as usize], 0),
        outcome => outcome.map_err(io::Error::from),
    };
    tape::grown(&file, bytes);
    match reserved.and_then(|()| file.sync_all()).inspect(|()| tape::synced(&file)).and_then(|()| sync_folder(path)) {
        Ok(()) => Ok(file),
        Err(cause) => {
            let _ = remove(path);
            Err(cause)
        }
    }
}

/// Sets one byte, without waiting for the disk: what it says survives the end of the process, not a power cut.
pub(super) fn flip(file: &File, offset: u64, byte: u8) -> io::Result<()> {
    file.write_all_at(&[byte], offset).inspect(|()| tape::wrote(file, offset, &[byte]))
}

/// Removes the file, if there is one.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        Err(_) => Ok(()),
        Ok(()) => {
            tape::removed(path);
            Ok(())
        }
    }
}

/// Removes a folder and the files in it, as far as it goes.
pub(super) fn remove_folder(path: &Path) {
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let _ = remove(&entry.path());
    }
    let _ = std::fs::remove_dir(path);
}

/// Makes what was created, renamed or removed beside `path` survive a power cut.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let flags = OFlags::DIRECTORY.bits() as i32;
    let path = path.parent().unwrap_or(Path::new("/"));
    let folder = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    match folder.sync_all().inspect(|()| tape::folder_synced(path)) {
        // Some network file systems have nothing to sync there.
        Err(cause) if cause.kind() == io::ErrorKind::InvalidInput => Ok(()),
        outcome => outcome,
    }
}

/// Sets the modification time. Units: seconds since 1970. Errors: the system's; on a read-only disk, always.
pub(super) fn touch(path: &Path, unix_s: i64) -> io::Result<()> {
    let times = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: unix_s, tv_nsec: 0 },
    };
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Removes temporary files that a dead process left in `folder`; looks for them once a day unless `now`.
pub(super) fn sweep(folder: &Path, unix_s: i64, now: bool) {
    let marker = folder.join(SWEPT);
    let swept = marker.symlink_metadata().map_or(i64::MIN, |metadata| metadata.mtime());
    if !now && (unix_s.saturating_sub(SWEEP_S)..=unix_s).contains(&swept) {
        return;
    }
    if private().create(true).truncate(true).open(&marker).and_then(|_| touch(&marker, unix_s)).is_err() {
        return;
    }
    let me = rustix::process::geteuid().as_raw();
    let left_behind =
        |metadata: &Metadata| metadata.uid() == me && metadata.mtime() < unix_s.saturating_sub(TEMPORARY_S);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let temporary = name.to_str().is_some_and(|name| name.starts_with('.') && name.ends_with(".tmp"));
        let Ok(metadata) = entry.path().symlink_metadata() else { continue };
        match metadata.is_dir() {
            _ if !temporary || !left_behind(&metadata) => {}
            true => remove_folder(&entry.path()),
            false => drop(remove(&entry.path())),
        }
    }
}

/// What a person has to know when `path` could not be written.
pub(super) fn unwritable(path: &Path, cause: io::Error) -> Error {
    let shown = path.display();
    let folder = path.parent().unwrap_or(path).display();
    let elsewhere = "or name another folder in TOKCORE_STORE";
    let (trouble, hint) = match cause.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOSPC) => ("the disk is full", format!("free space on the disk of {folder}, {elsewhere}")),
        Some(Errno::DQUOT) => ("your disk quota is used up", format!("remove files of yours, {elsewhere}")),
        Some(Errno::ROFS) => ("the file system is mounted read-only", format!("mount it for writing, {elsewhere}")),
        Some(Errno::ACCESS | Errno::PERM) => {
            ("permission denied", format!("run `chmod u+rwx {folder}` as its owner, {elsewhere}"))
        }
        Some(Errno::MFILE | Errno::NFILE) => {
            ("too many open files", "close files, or raise the limit (`ulimit -n`)".to_owned())
        }
        Some(Errno::FBIG) => ("file size limit exceeded", format!("raise the limit (`ulimit -f`), {elsewhere}")),
        Some(Errno::IO) => ("the disk reports an error", format!("check the disk of {folder}, {elsewhere}")),
        Some(Errno::LOOP) => ("a symbolic link is in its place", format!("remove {shown}")),
        _ => ("", format!("make {folder} a folder that you can write to, {elsewhere}")),
    };
    let trouble = if trouble.is_empty() { cause.to_string() } else { trouble.to_owned() };
    Error::new(Kind::Store, format!("cannot write {shown}: {trouble}"))
        .with_reason(Reason::StoreUnwritable)
        .with_hint(hint)
        .with_cause(cause)
}

/// What a person has to know when `path` is there and could not be read.
pub(super) fn unreadable(path: &Path, cause: io::Error) -> Error {
    let folder = path.parent().unwrap_or(path).display();
    let hint = match cause.kind() {
        io::ErrorKind::PermissionDenied => {
            format!("run `chmod u+rwx {folder}` and `chmod u+rw` on the file as its owner")
        }
        _ => format!("look at the file; if nothing else helps, remove it and sign in again ({})", path.display()),
    };
    Error::new(Kind::Store, format!("cannot read {}: {cause}", path.display())).with_hint(hint).with_cause(cause)
}

#[cfg(test)]
pub(super) mod tests;
