//! A record of what is done to the disk, for tests that cut the power. A build without the feature `failpoints` has none of
//! it.
//!
//! `TOKCORE_FP_TAPE=<file>`: every step appends a line there, as JSON. Files are named as they are at that moment.

#[cfg(feature = "failpoints")]
pub(in crate::store::file) use running::{folder_synced, grown, made, removed, renamed, synced, wrote};
#[cfg(not(feature = "failpoints"))]
pub(in crate::store::file) use stopped::{folder_synced, grown, made, removed, renamed, synced, wrote};

#[cfg(not(feature = "failpoints"))]
mod stopped {
    use std::fs::File;
    use std::path::Path;

    #[inline(always)]
    pub(in crate::store::file) fn made(_path: &Path) {}
    #[inline(always)]
    pub(in crate::store::file) fn wrote(_file: &File, _at: u64, _bytes: &[u8]) {}
    #[inline(always)]
    pub(in crate::store::file) fn grown(_file: &File, _bytes: u64) {}
    #[inline(always)]
    pub(in crate::store::file) fn synced(_file: &File) {}
    #[inline(always)]
    pub(in crate::store::file) fn renamed(_from: &Path, _to: &Path) {}
    #[inline(always)]
    pub(in crate::store::file) fn removed(_path: &Path) {}
    #[inline(always)]
    pub(in crate::store::file) fn folder_synced(_folder: &Path) {}
}

#[cfg(feature = "failpoints")]
mod running {
    use std::fs::{File, OpenOptions};
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::path::{Path, PathBuf};

    use serde_json::{Value, json};

    pub(in crate::store::file) fn made(path: &Path) {
        append(|| json!({"step": "made", "path": path}));
    }

    pub(in crate::store::file) fn wrote(file: &File, at: u64, bytes: &[u8]) {
        append(|| json!({"step": "wrote", "path": path_of(file), "at": at, "bytes": bytes}));
    }

    pub(in crate::store::file) fn grown(file: &File, bytes: u64) {
        append(|| json!({"step": "grown", "path": path_of(file), "length": bytes}));
    }

    pub(in crate::store::file) fn synced(file: &File) {
        append(|| json!({"step": "synced", "path": path_of(file)}));
    }

    pub(in crate::store::file) fn renamed(from: &Path, to: &Path) {
        append(|| json!({"step": "renamed", "path": from, "to": to}));
    }

    pub(in crate::store::file) fn removed(path: &Path) {
        append(|| json!({"step": "removed", "path": path}));
    }

    pub(in crate::store::file) fn folder_synced(folder: &Path) {
        append(|| json!({"step": "folder_synced", "path": folder}));
    }

    #[allow(clippy::disallowed_methods, reason = "a switch for tests, absent from releases")]
    fn append(line: impl FnOnce() -> Value) {
        let Some(tape) = std::env::var_os("TOKCORE_FP_TAPE") else { return };
        let tape = OpenOptions::new().append(true).create(true).open(tape);
        // A tape with a gap would make its test pass for the wrong reason.
        tape.and_then(|mut tape| writeln!(tape, "{}", line())).expect("the tape can be written");
    }

    #[allow(clippy::disallowed_methods, reason = "a switch for tests, absent from releases")]
    fn path_of(file: &File) -> PathBuf {
        std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).expect("an open file has a name")
    }
}
