//! `tokcore_client_options`: how a client behaves.

use std::ffi::c_char;
use std::time::Duration;

use tokcore::{Backend, ClientOptions, Error, Kind};

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{Handle, Unique};
use crate::status::tokcore_status;
use crate::strings;

/// How a client behaves. A new one holds the defaults: everything is read from the environment.
///
/// Threads: one at a time. A client copies what it needs, so one object serves for many clients.
pub struct tokcore_client_options {
    _opaque: (),
}

impl Handle for tokcore_client_options {
    type Value = ClientOptions;
    type Ownership = Unique;
    const NAME: &'static str = "client_options";
}

/// Makes options with the defaults.
///
/// Ownership: free `*options` with `tokcore_client_options_free`. Threads: any. Errors: `INVALID_ARGUMENT`.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_options_new(
    options: *mut *mut tokcore_client_options,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(options, "options", err, || Ok(ClientOptions::default())) }
}

/// Uses this backend instead of detecting one.
///
/// Shape: `workbench`, `connect` or `broker`, as in the variable `TOKCORE_BACKEND`; NULL detects. Ownership: copied.
/// Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_options_set_backend(
    options: *mut tokcore_client_options,
    name: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(options, err, |options| {
            options.backend = strings::optional(name, "name")?.map(backend).transpose()?;
            Ok(())
        })
    }
}

/// Uses this server instead of the one that `RS_SERVER_ADDRESS` or `CONNECT_SERVER` names; NULL reads the variable.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_options_set_server_address(
    options: *mut tokcore_client_options,
    url: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(options, err, |options| {
            options.server_address = strings::optional(url, "url")?.map(str::to_owned);
            Ok(())
        })
    }
}

/// Trusts the authorities in this PEM file, or directory of PEM files, instead of those that the environment or the
/// system names; NULL undoes it.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`; an unreadable file is an error of the first call that connects.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_options_set_ca_file(
    options: *mut tokcore_client_options,
    path: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(options, err, |options| {
            options.ca = strings::optional_path(path, "path")?;
            Ok(())
        })
    }
}

/// Whether the server's certificate is checked. `false` is for experiments: anybody on the way can read the tokens.
///
/// Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_options_set_verify_tls(
    options: *mut tokcore_client_options,
    verify: bool,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { set(options, err, |options| options.verify_tls = verify) }
}

/// How long connecting may take.
///
/// Units: milliseconds; 5000 unless set. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_options_set_connect_timeout_ms(
    options: *mut tokcore_client_options,
    connect_timeout_ms: u32,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { set(options, err, |options| options.connect_timeout = milliseconds(connect_timeout_ms)) }
}

/// How long a whole exchange may take, connecting included.
///
/// Units: milliseconds; 30000 unless set. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_options_set_timeout_ms(
    options: *mut tokcore_client_options,
    timeout_ms: u32,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { set(options, err, |options| options.timeout = milliseconds(timeout_ms)) }
}

/// How long one answer is handed out again without asking the server. 0 asks every time.
///
/// Units: milliseconds; 5000 unless set, and never more, so that a sign-out is noticed. Errors: `INVALID_ARGUMENT`.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_options_set_reuse_ms(
    options: *mut tokcore_client_options,
    reuse_ms: u32,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { set(options, err, |options| options.reuse = milliseconds(reuse_ms)) }
}

/// Frees the options. NULL is fine. Clients made from them stay as they are.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_options_free(options: *mut tokcore_client_options) {
    unsafe { call::free(options) }
}

/// Safety: as [`call::method_mut`].
unsafe fn set(
    options: *mut tokcore_client_options,
    err: *mut *mut tokcore_error,
    change: impl FnOnce(&mut ClientOptions),
) -> tokcore_status {
    unsafe {
        call::method_mut(options, err, |options| {
            change(options);
            Ok(())
        })
    }
}

fn milliseconds(number: u32) -> Duration {
    Duration::from_millis(number.into())
}

fn backend(name: &str) -> Result<Backend, Error> {
    Backend::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Backend::ALL.iter().map(|backend| backend.name()).collect();
        Error::new(Kind::InvalidArgument, format!("{name:?} is no backend"))
            .with_hint(format!("use one of: {}", names.join(", ")))
    })
}
