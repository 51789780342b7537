//! `tokcore_filter`: what to look for among the integrations.

use std::ffi::c_char;

use tokcore::Filter;

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{Handle, Unique};
use crate::status::tokcore_status;
use crate::strings;

/// What to look for among the integrations, for `tokcore_client_find_by`. Every field that is set must match exactly.
///
/// Threads: one at a time.
pub struct tokcore_filter {
    _opaque: (),
}

impl Handle for tokcore_filter {
    type Value = Filter;
    type Ownership = Unique;
    const NAME: &'static str = "filter";
}

/// Makes a filter that every integration passes.
///
/// Ownership: free `*filter` with `tokcore_filter_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_filter_new(
    filter: *mut *mut tokcore_filter,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(filter, "filter", err, || Ok(Filter::default())) }
}

/// The internal name that an integration must have; NULL for any.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_filter_set_name(
    filter: *mut tokcore_filter,
    name: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(filter, err, |filter| {
            filter.name = strings::optional(name, "name")?.map(str::to_owned);
            Ok(())
        })
    }
}

/// The name for people that an integration must have; NULL for any.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_filter_set_display_name(
    filter: *mut tokcore_filter,
    display_name: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(filter, err, |filter| {
            filter.display_name = strings::optional(display_name, "display_name")?.map(str::to_owned);
            Ok(())
        })
    }
}

/// The GUID that an integration must have, in any letter case; NULL for any.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_filter_set_guid(
    filter: *mut tokcore_filter,
    guid: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(filter, err, |filter| {
            filter.guid = strings::optional(guid, "guid")?.map(str::to_owned);
            Ok(())
        })
    }
}

/// Whether the user must be signed in to the integration, or must not be.
///
/// Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_filter_set_authenticated(
    filter: *mut tokcore_filter,
    authenticated: bool,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(filter, err, |filter| {
            filter.authenticated = Some(authenticated);
            Ok(())
        })
    }
}

/// Frees the filter. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_filter_free(filter: *mut tokcore_filter) {
    unsafe { call::free(filter) }
}
