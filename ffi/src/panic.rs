//! Keeps a panic of ours from unwinding into C, where it would be undefined behaviour.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokcore::{Error, Kind};

/// Runs `body`; a panic becomes `Internal`. The panic's text stays with the host's panic hook: it may quote a secret.
pub(crate) fn contain<T>(body: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // Whatever a panic leaves half changed belongs to a handle, and that handle is poisoned: see `handle::Cell`.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        // Dropping a payload can panic again, and here nothing would catch it.
        mem::forget(payload);
        Err(Error::new(Kind::Internal, "a bug in tokcore ended the call"))
    })
}
