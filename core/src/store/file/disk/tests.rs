//! What is on the disk after each way for a write to end.

#![allow(clippy::disallowed_methods, reason = "what is on the disk is what is tested")]

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use super::*;
use crate::context::Context;

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    replace(&*Context::os().rng, path, content, &RECORD)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_was_written_is_read_and_nobody_else_may() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("abc.tok");
    assert!(read(&path, 10).unwrap().is_none());
    assert_eq!(stat(&path), None);
    write(&path, b"one").unwrap();
    let first = read(&path, 10).unwrap().unwrap();
    write(&path, b"two").unwrap();
    let second = read(&path, 10).unwrap().unwrap();
    assert_eq!((first.bytes.as_slice(), second.bytes.as_slice()), (&b"one"[..], &b"two"[..]));
    assert_ne!(first.version(), second.version());
    assert_eq!(stat(&path), Some(second.version()));
    assert_eq!(second.metadata.mode() & 0o7777, 0o600);
    assert_eq!(names(dir.path()), ["abc.tok"]);
}

#[test]
fn only_a_regular_file_of_a_sensible_size_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (file, link, pipe) = (dir.path().join("a"), dir.path().join("b"), dir.path().join("c"));
    fs::write(&file, b"12345").unwrap();
    symlink(&file, &link).unwrap();
    rustix::fs::mknodat(CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    assert_eq!(read(&file, 4).err().unwrap().kind(), io::ErrorKind::FileTooLarge);
    assert_eq!(read(&file, 5).unwrap().unwrap().bytes, b"12345");
    assert!(read(&link, 5).is_err(), "a link was followed");
    assert!(read(&pipe, 5).is_err(), "a pipe was read");
    assert!(read(dir.path(), 5).is_err(), "a folder was read");
}

#[test]
fn a_link_in_the_place_is_replaced_and_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (theirs, path) = (dir.path().join("theirs"), dir.path().join("abc.tok"));
    fs::write(&theirs, b"theirs").unwrap();
    symlink(&theirs, &path).unwrap();
    write(&path, b"ours").unwrap();
    assert_eq!(fs::read(&theirs).unwrap(), b"theirs");
    assert_eq!(read(&path, 10).unwrap().unwrap().bytes, b"ours");
}

#[test]
fn a_write_that_fails_leaves_the_old_file_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("abc.tok");
    // A folder cannot be replaced by a file: the rename fails, after everything else has succeeded.
    fs::create_dir(&path).unwrap();
    assert!(write(&path, b"two").is_err());
    assert_eq!(names(dir.path()), ["abc.tok"]);
}

#[test]
fn only_the_first_creates() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.json");
    let make = |content: &[u8]| create(&*Context::os().rng, &path, content).unwrap();
    assert_eq!((make(b"one"), make(b"two")), (true, false));
    assert_eq!(fs::read(&path).unwrap(), b"one");
    assert_eq!((names(dir.path()).len(), path.metadata().unwrap().nlink()), (1, 1));
}

#[test]
fn room_is_put_aside_and_a_byte_changes_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stage");
    let file = reserve(&path, 65536).unwrap();
    let metadata = path.metadata().unwrap();
    assert_eq!((metadata.len(), metadata.mode() & 0o7777), (65536, 0o600));
    assert!(metadata.blocks() * 512 >= 65536, "no room was put aside");
    flip(&file, 3, b'x').unwrap();
    assert_eq!(&fs::read(&path).unwrap()[..5], b"\0\0\0x\0");
}

#[test]
fn what_a_dead_process_left_is_removed_once_it_is_old() {
    let dir = tempfile::tempdir().unwrap();
    let now = 1_800_000_000;
    let put = |name: &str, age: i64| {
        fs::write(dir.path().join(name), b"x").unwrap();
        touch(&dir.path().join(name), now - age).unwrap();
    };
    put(".abc.0011.tmp", TEMPORARY_S + 1);
    put(".def.0011.tmp", TEMPORARY_S - 1);
    put("abc.tok", 10 * SWEEP_S);
    let lease = dir.path().join(".abc.0022.tmp");
    fs::create_dir(&lease).unwrap();
    fs::write(lease.join("holder"), b"x").unwrap();
    touch(&lease, now - 2 * TEMPORARY_S).unwrap();
    sweep(dir.path(), now, false);
    assert_eq!(names(dir.path()), [".def.0011.tmp", SWEPT, "abc.tok"]);
    sweep(dir.path(), now + 3600, false);
    assert_eq!(names(dir.path()).len(), 3, "searched twice in a day");
    sweep(dir.path(), now + 3600, true);
    assert_eq!(names(dir.path()), [SWEPT, "abc.tok"]);
}

#[test]
fn a_full_disk_and_a_read_only_one_are_told_apart() {
    let path = Path::new("/store/v1/abc.tok");
    let told = |errno: Errno| {
        let error = unwritable(path, errno.into());
        assert_eq!((error.kind(), error.reason()), (Kind::Store, Some(Reason::StoreUnwritable)));
        (error.message().to_owned(), error.hint().to_owned())
    };
    let causes = [Errno::NOSPC, Errno::DQUOT, Errno::ROFS, Errno::ACCESS, Errno::MFILE, Errno::IO];
    let mut told: Vec<_> = causes.into_iter().map(told).collect();
    assert!(told.iter().all(|(message, _)| message.starts_with("cannot write /store/v1/abc.tok: ")));
    assert!(told[0].1.contains("free space") && told[3].1.contains("chmod u+rwx /store/v1"), "{told:?}");
    told.dedup();
    assert_eq!(told.len(), causes.len());
}

/// A tiny disk at `place`, where this user may mount one; gone when the result is dropped.
#[cfg(target_os = "linux")]
pub(in crate::store::file) fn tiny_disk(place: &Path) -> Option<impl Drop> {
    use std::process::Command;

    struct Mounted(PathBuf);

    impl Drop for Mounted {
        fn drop(&mut self) {
            let unmounted = Command::new("umount").arg(&self.0).status();
            assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
        }
    }

    let mount = || Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(place).status();
    let mounted = rustix::process::geteuid().is_root() && mount().is_ok_and(|status| status.success());
    mounted.then(|| Mounted(place.to_owned()))
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_fills_up_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let Some(_disk) = tiny_disk(dir.path()) else { return };
    let path = dir.path().join("abc.tok");
    write(&path, b"old").unwrap();
    for outcome in [write(&path, &[b'x'; 100_000]), reserve(&dir.path().join("stage"), 100_000).map(drop)] {
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
    assert_eq!((fs::read(&path).unwrap(), names(dir.path())), (b"old".to_vec(), vec!["abc.tok".to_owned()]));
}
