//! What a program's own functions are called with.

use std::ffi::c_void;

/// Told once, when the object that was given `user_data` needs it no longer.
pub type tokcore_destroy = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// What a program's own functions are called with, and how it ends: by its drop, also of a call that fails.
pub(crate) struct UserData {
    pointer: *mut c_void,
    destroy: tokcore_destroy,
}

impl UserData {
    pub(crate) fn new(pointer: *mut c_void, destroy: tokcore_destroy) -> Self {
        Self { pointer, destroy }
    }

    pub(crate) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

// SAFETY: the header asks that the functions cope with being called from all threads that use the object they belong to.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the caller gave both together, and this is the only place that calls it.
            unsafe { destroy(self.pointer) };
        }
    }
}
