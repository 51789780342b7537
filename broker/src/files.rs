//! Files that hold secrets: opened once, without following links, and judged and read through the same descriptor.
//!
//! A path that is checked and then opened again can be swapped in between; a descriptor cannot.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

/// What the operating system says about an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// A regular file, not a directory, pipe or device.
    pub regular: bool,
    /// The last component of the path was a symbolic link; the other facts are then its target's.
    pub symlink: bool,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Permission bits, with set-uid, set-gid and sticky.
    pub mode: u32,
    /// Permission bits of the directory that the path names.
    pub parent_mode: u32,
}

/// An open file and its facts.
#[derive(Debug)]
pub struct Opened {
    file: File,
    /// Taken from the open descriptor.
    pub facts: Facts,
}

/// Opens `path` for reading. Effects: `[disk]`; never blocks on a pipe or a terminal.
///
/// Shape: `Ok(None)` when there is no such file. A symbolic link as last component is followed, and reported in the
/// facts: whether that is allowed is the caller's to judge.
pub fn open(path: &Path) -> io::Result<Option<Opened>> {
    // NONBLOCK: a pipe in the file's place must not hang the start; NOCTTY: nor may a terminal become ours.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let (descriptor, symlink) = match rustix::fs::open(path, flags | OFlags::NOFOLLOW, Mode::empty()) {
        Ok(descriptor) => (descriptor, false),
        Err(rustix::io::Errno::LOOP) => match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(descriptor) => (descriptor, true),
            Err(error) => return Err(error.into()),
        },
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let stat = rustix::fs::fstat(&descriptor)?;
    let parent = rustix::fs::stat(&*parent(path))?;
    let facts = Facts {
        regular: rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file(),
        symlink,
        uid: stat.st_uid,
        gid: stat.st_gid,
        mode: stat.st_mode & 0o7777,
        parent_mode: parent.st_mode & 0o7777,
    };
    Ok(Some(Opened { file: File::from(descriptor), facts }))
}

impl Opened {
    /// The whole content, erased from memory when dropped.
    ///
    /// Errors: [`io::ErrorKind::FileTooLarge`] beyond `limit` bytes.
    pub fn read(mut self, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
        // One allocation of the final size: a vector that grew would leave copies of the secret behind.
        let mut content = Zeroizing::new(vec![0; limit + 1]);
        let mut length = 0;
        loop {
            match self.file.read(&mut content[length..]) {
                Ok(0) => break,
                Ok(n) => length += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if length > limit {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
        }
        content.truncate(length);
        Ok(content)
    }
}

/// Creates `path` with mode 0600 and this content, durably, all or nothing. Effects: `[disk]`.
///
/// Errors: [`io::ErrorKind::AlreadyExists`] when somebody was faster; their file is untouched.
pub fn create_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = parent(path);
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
    let temporary = directory.join(format!(".{name}.{}", std::process::id()));
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mut file = File::from(rustix::fs::open(&temporary, flags, Mode::RUSR | Mode::WUSR)?);
    // A hard link, unlike a rename, refuses to replace a file that appeared meanwhile.
    let created =
        file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| std::fs::hard_link(&temporary, path));
    std::fs::remove_file(&temporary)?;
    created?;
    File::open(&*directory)?.sync_all()
}

/// The directory part of a path; `.` for a bare file name.
fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn created_file_is_private_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        create_private(&path, b"first").unwrap();
        assert_eq!(create_private(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        let opened = open(&path).unwrap().unwrap();
        assert_eq!(opened.facts.mode, 0o600);
        assert_eq!(opened.read(16).unwrap().as_slice(), b"first");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn pipe_does_not_hang_and_limit_holds() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            Mode::RUSR | Mode::WUSR,
            rustix::fs::makedev(0, 0),
        )
        .unwrap();
        assert!(!open(&pipe).unwrap().unwrap().facts.regular);

        let large = dir.path().join("large");
        std::fs::write(&large, [b'x'; 17]).unwrap();
        let error = open(&large).unwrap().unwrap().read(16).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert!(open(&dir.path().join("absent")).unwrap().is_none());
    }
}
