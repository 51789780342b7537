//! The shapes of an exported function: every one of them is a single call of a function in this file.
//!
//! All of them contain panics and leave `errno` as it was, because C programs look at it long after the call.

use tokcore::Error;

use crate::error::{self, tokcore_error};
use crate::handle::{self, Handle, Out, Unique};
use crate::panic;
use crate::status::{TOKCORE_STATUS_OK, tokcore_status};

/// A function without a handle of its own, such as a constructor.
///
/// Safety: `err` is NULL or may be written.
pub(crate) unsafe fn function(
    err: *mut *mut tokcore_error,
    body: impl FnOnce() -> Result<(), Error>,
) -> tokcore_status {
    preserving_errno(|| match panic::contain(body) {
        Ok(()) => TOKCORE_STATUS_OK,
        // SAFETY: the caller's promise.
        Err(error) => unsafe { error::hand_out(error, err) },
    })
}

/// A function on a handle that is only read or changes inside by itself; a panic poisons it.
///
/// Safety: as [`function`] and [`handle::get`].
pub(crate) unsafe fn method<H: Handle>(
    this: *const H,
    err: *mut *mut tokcore_error,
    body: impl FnOnce(&H::Value) -> Result<(), Error>,
) -> tokcore_status {
    // SAFETY: the caller's promise.
    unsafe { function(err, || handle::get(this)?.guarded(body)) }
}

/// A function that changes a handle, which one thread uses at a time; a panic poisons it.
///
/// Safety: as [`function`] and [`handle::get_mut`].
pub(crate) unsafe fn method_mut<H: Handle<Ownership = Unique>>(
    this: *mut H,
    err: *mut *mut tokcore_error,
    body: impl FnOnce(&mut H::Value) -> Result<(), Error>,
) -> tokcore_status {
    // SAFETY: the caller's promise.
    unsafe { function(err, || handle::get_mut(this)?.guarded_mut(body)) }
}

/// A function without a handle of its own whose result is a new object.
///
/// Safety: as [`function`]; `place` is NULL or may be written.
pub(crate) unsafe fn giving<H: Handle>(
    place: *mut *mut H,
    name: &str,
    err: *mut *mut tokcore_error,
    body: impl FnOnce() -> Result<H::Value, Error>,
) -> tokcore_status {
    // SAFETY: the caller's promise.
    unsafe { function(err, || give(place, name, body)) }
}

/// As [`method`], with a new object for a result.
///
/// Safety: as [`method`]; `place` is NULL or may be written.
pub(crate) unsafe fn method_giving<This: Handle, H: Handle>(
    this: *const This,
    place: *mut *mut H,
    name: &str,
    err: *mut *mut tokcore_error,
    body: impl FnOnce(&This::Value) -> Result<H::Value, Error>,
) -> tokcore_status {
    // SAFETY: the caller's promise.
    unsafe { method(this, err, |value| give(place, name, || body(value))) }
}

/// Safety: `place` is NULL or may be written.
unsafe fn give<H: Handle>(
    place: *mut *mut H,
    name: &str,
    body: impl FnOnce() -> Result<H::Value, Error>,
) -> Result<(), Error> {
    // SAFETY: the caller's promise.
    let place = unsafe { Out::new(place, name)? };
    place.write(handle::give(body()?));
    Ok(())
}

/// A function that tells something about a handle; `absent` for NULL and for what is no such handle.
///
/// Safety: as [`handle::get`].
pub(crate) unsafe fn accessor<'a, H: Handle + 'a, T>(
    this: *const H,
    absent: T,
    body: impl FnOnce(&'a H::Value) -> T,
) -> T {
    // SAFETY: the caller's promise.
    panic::contain(|| unsafe { handle::get(this) }.map(|cell| body(cell.value()))).unwrap_or(absent)
}

/// A function that frees a handle. Safety: as [`handle::release`].
pub(crate) unsafe fn free<H: Handle>(this: *mut H) {
    preserving_errno(|| {
        // There is nobody left to report a bug to; what it left behind stays allocated.
        let _ = panic::contain(|| {
            // SAFETY: the caller's promise.
            unsafe { handle::release(this) };
            Ok(())
        });
    });
}

fn preserving_errno<T>(body: impl FnOnce() -> T) -> T {
    let before = errno::errno();
    let outcome = body();
    errno::set_errno(before);
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::Shared;
    use crate::status::tokcore_status;
    use std::ptr;
    use tokcore::Kind;

    struct Thing;

    impl Handle for Thing {
        type Value = u32;
        type Ownership = Unique;
        const NAME: &'static str = "thing";
    }

    struct Other;

    impl Handle for Other {
        type Value = u32;
        type Ownership = Shared;
        const NAME: &'static str = "other";
    }

    fn kind_of(status: tokcore_status) -> Option<Kind> {
        Kind::from_code(status)
    }

    #[test]
    fn a_panic_is_an_error_and_poisons_only_that_handle() {
        let (struck, spared) = (handle::give::<Thing>(1), handle::give::<Thing>(2));
        unsafe {
            let status = method_mut(struck, ptr::null_mut(), |_| panic!("planted"));
            assert_eq!(kind_of(status), Some(Kind::Internal));
            assert_eq!(kind_of(method(struck, ptr::null_mut(), |_| Ok(()))), Some(Kind::InvalidState));
            assert_eq!(accessor(struck, 0, |value| *value), 0);
            assert_eq!(method(spared, ptr::null_mut(), |_| Ok(())), TOKCORE_STATUS_OK);
            assert_eq!(accessor(spared, 0, |value| *value), 2);
            free(struck);
            free(spared);
        }
    }

    #[test]
    fn the_text_of_a_panic_is_not_handed_out() {
        let outcome = panic::contain::<()>(|| panic!("canary"));
        assert!(!outcome.unwrap_err().message().contains("canary"));
    }

    #[test]
    fn a_handle_of_another_type_is_refused_and_not_freed() {
        let other = handle::give::<Other>(7);
        unsafe {
            let status = method(other.cast::<Thing>(), ptr::null_mut(), |_| Ok(()));
            assert_eq!(kind_of(status), Some(Kind::InvalidArgument));
            free(other.cast::<Thing>());
            assert_eq!(accessor(other, 0, |value| *value), 7);
            free(other);
        }
    }

    #[test]
    fn a_misaligned_pointer_is_refused() {
        let thing = handle::give::<Thing>(1);
        unsafe {
            let odd = thing.cast::<u8>().add(1).cast::<Thing>();
            assert_eq!(kind_of(method(odd, ptr::null_mut(), |_| Ok(()))), Some(Kind::InvalidArgument));
            free(thing);
        }
    }

    #[test]
    fn each_reference_is_freed_by_itself() {
        let first = handle::give::<Other>(7);
        unsafe {
            let second = handle::add_reference(first);
            free(first);
            assert_eq!(accessor(second, 0, |value| *value), 7);
            free(second);
        }
    }

    #[test]
    fn errno_survives_a_call() {
        errno::set_errno(errno::Errno(7));
        unsafe {
            function(ptr::null_mut(), || {
                errno::set_errno(errno::Errno(9));
                Ok(())
            })
        };
        assert_eq!(errno::errno().0, 7);
    }
}
