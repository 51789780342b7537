//! Noticing that this process is a forked child.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

static GENERATION: AtomicU64 = AtomicU64::new(0);
static HOOK: Once = Once::new();

/// How often this process was forked into being since the first call of this function in an ancestor.
///
/// A value that was stored beside an older number belongs to the parent: its locks may be held for ever and its
/// connections are shared. A counter costs one load; asking the kernel for the process id would cost a system call.
///
/// Threads: any. The first call registers a hook that lasts as long as the process.
#[inline]
pub fn fork_generation() -> u64 {
    if !HOOK.is_completed() {
        HOOK.call_once(register);
    }
    GENERATION.load(Ordering::Relaxed)
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
    use super::fork_generation;

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
}
