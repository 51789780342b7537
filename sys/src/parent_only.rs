//! Open files that a forked child must not have.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};

use crate::fork::fork_generation;

/// How many such files a process may have open at once; a child keeps its copy of any beyond.
const SLOTS: usize = 256;
const FREE: RawFd = -1;

static OPEN: [AtomicI32; SLOTS] = [const { AtomicI32::new(FREE) }; SLOTS];

/// An open file whose copy is closed in every forked child, as the first thing that the child does.
///
/// A lock on a file belongs to all copies of the descriptor: as long as a child keeps one, the lock outlives the parent,
/// and a child that unlocks frees what the parent believes to hold. Closing a copy does neither.
#[derive(Debug)]
pub struct ParentOnly {
    file: ManuallyDrop<File>,
    slot: Option<usize>,
    generation: u64,
}

impl ParentOnly {
    /// Takes `file` over.
    pub fn new(file: File) -> Self {
        // First, because it is this call that registers the hook.
        let generation = fork_generation();
        let descriptor = file.as_raw_fd();
        let claim =
            |slot: &AtomicI32| slot.compare_exchange(FREE, descriptor, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        Self { slot: OPEN.iter().position(claim), file: ManuallyDrop::new(file), generation }
    }

    /// The file. Shape: `None` in a forked child, where it is closed and its number may be another file's.
    pub fn get(&self) -> Option<&File> {
        (self.generation == fork_generation()).then_some(&*self.file)
    }
}

impl Drop for ParentOnly {
    fn drop(&mut self) {
        if self.generation != fork_generation() {
            return;
        }
        if let Some(slot) = self.slot {
            OPEN[slot].store(FREE, Ordering::Release);
        }
        // SAFETY: the file is not used again; this is the end of its only owner.
        unsafe { ManuallyDrop::drop(&mut self.file) };
    }
}

/// Closes the child's copies. Async-signal-safe: atomics and `close`.
pub(crate) fn close_in_child() {
    for slot in &OPEN {
        let descriptor = slot.swap(FREE, Ordering::AcqRel);
        if descriptor != FREE {
            // SAFETY: the number was registered by its owner, who takes it off the table before closing it; the owner
            // in this child knows by the fork generation that it has nothing any more.
            unsafe { libc::close(descriptor) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exit status of a child that does `work`, which must do nothing that a threaded child may not.
    fn in_child(work: impl FnOnce() -> bool) -> i32 {
        // SAFETY: the child does its work and leaves by `_exit`.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let fine = work();
            unsafe { libc::_exit(if fine { 0 } else { 1 }) };
        }
        let mut status = 0;
        // SAFETY: waits for the child made above.
        unsafe { libc::waitpid(child, &mut status, 0) };
        status
    }

    fn is_open(descriptor: RawFd) -> bool {
        // SAFETY: asks for flags; an unknown number is an error.
        unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
    }

    #[test]
    fn a_child_has_no_copy_and_the_parent_keeps_its_own() {
        let held = ParentOnly::new(File::open("/dev/null").expect("a file"));
        let descriptor = held.get().expect("ours").as_raw_fd();
        assert_eq!(in_child(|| !is_open(descriptor) && held.get().is_none()), 0);
        assert!(is_open(descriptor));
        drop(held);
        // What has been let go is no business of a later child.
        let other = File::open("/dev/null").expect("a file");
        assert_eq!(in_child(|| is_open(other.as_raw_fd())), 0);
    }

    #[test]
    fn a_child_neither_frees_nor_keeps_the_parents_lock() {
        let path = std::env::temp_dir().join(format!("tokcore-sys-lock-{}", std::process::id()));
        let open = || File::options().write(true).create(true).truncate(false).open(&path).expect("a file");
        let held = ParentOnly::new(open());
        held.get().expect("ours").lock().expect("free");
        let mut ends = [0; 2];
        // SAFETY: fills in two descriptors.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        // SAFETY: the child lets its copy go as the hook and the guard do, waits for the parent and leaves by `_exit`.
        let child = unsafe { libc::fork() };
        if child == 0 {
            drop(held);
            unsafe {
                libc::close(ends[1]);
                let mut byte = 0u8;
                libc::read(ends[0], (&raw mut byte).cast(), 1);
                libc::_exit(0);
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        let still_held = open().try_lock().is_err();
        drop(held);
        let free = open().try_lock().is_ok();
        let mut status = 0;
        // SAFETY: ends the child made above and waits for it.
        unsafe {
            libc::close(ends[1]);
            libc::close(ends[0]);
            libc::waitpid(child, &mut status, 0);
        }
        std::fs::remove_file(&path).expect("ours");
        assert!(still_held, "the child freed its parent's lock");
        assert!(free, "the child kept its parent's lock");
    }
}
