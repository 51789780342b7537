//! Noticing that this process is a forked child.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::{process, thread};

static GENERATION: AtomicU64 = AtomicU64::new(0);
/// Whether the hook is registered.
static HOOKED: AtomicBool = AtomicBool::new(false);
/// Which process began to register it: 0 for none. A `Once` would not do: a child that was made while another thread was
/// in it would wait for that thread, which the child does not have.
static HOOKING: AtomicU32 = AtomicU32::new(0);

/// How often this process was forked into being since the first call of this function in an ancestor.
///
/// A value that was stored beside an older number belongs to the parent: its locks may be held for ever and its
/// connections are shared. A counter costs one load; asking the kernel for the process id would cost a system call.
///
/// Threads: any. The first call registers a hook that lasts as long as the process.
#[inline]
pub fn fork_generation() -> u64 {
    if !HOOKED.load(Ordering::Acquire) {
        hook();
    }
    GENERATION.load(Ordering::Relaxed)
}

#[cold]
fn hook() {
    let me = process::id();
    let mut began = HOOKING.load(Ordering::Acquire);
    while !HOOKED.load(Ordering::Acquire) {
        if began == me {
            // Another thread of this process is at it, and nearly done.
            thread::yield_now();
            continue;
        }
        match HOOKING.compare_exchange(began, me, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                // The parent's thread may have come this far or not. A hook that is there twice counts twice, which is no
                // harm: what was inherited has another number in either case.
                if began != 0 {
                    GENERATION.fetch_add(1, Ordering::Relaxed);
                }
                register();
                HOOKED.store(true, Ordering::Release);
            }
            Err(other) => began = other,
        }
    }
}

#[cfg(unix)]
fn register() {
    // SAFETY: the hook is a plain function that touches atomics and closes descriptors, which is all that a forked child
    // of a threaded process may do. It fails only without memory; then a fork goes unnoticed, as without the hook.
    unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    }
}

#[cfg(not(unix))]
fn register() {}

#[cfg(unix)]
extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    crate::parent_only::close_in_child();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_forked_child_sees_another_generation_and_the_parent_does_not() {
        let before = fork_generation();
        // SAFETY: the child only compares two numbers and leaves by `_exit`.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let changed = fork_generation() != before;
            unsafe { libc::_exit(if changed { 0 } else { 1 }) };
        }
        let mut status = 0;
        // SAFETY: waits for the child made above.
        unsafe { libc::waitpid(child, &mut status, 0) };
        assert_eq!(status, 0, "the child did not notice the fork");
        assert_eq!(fork_generation(), before);
    }

    #[test]
    fn a_child_that_was_made_while_the_hook_was_registered_does_not_wait() {
        // SAFETY: the child touches atomics, registers the hook and leaves by `_exit`; the alarm ends one that waits.
        let child = unsafe { libc::fork() };
        if child == 0 {
            unsafe { libc::alarm(10) };
            let before = GENERATION.load(Ordering::Relaxed);
            // As if a thread of the parent had been in the middle of it.
            HOOKED.store(false, Ordering::Relaxed);
            HOOKING.store(process::id() + 1, Ordering::Relaxed);
            let changed = fork_generation() != before;
            unsafe { libc::_exit(if changed { 0 } else { 1 }) };
        }
        let mut status = 0;
        // SAFETY: waits for the child made above.
        unsafe { libc::waitpid(child, &mut status, 0) };
        assert_eq!(status, 0, "the child waited, or took what it inherited for its own");
    }
}
