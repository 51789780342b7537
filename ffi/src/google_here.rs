//! What a program has of Google's: the machine, the files on it, the client and keys that it brings.

use std::ffi::c_char;

use tokcore::Secret;
use tokcore::google::{self, ClientFile, Machine};

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::fields::{FieldsValue, open_fields, secret_fields, tokcore_fields};
use crate::handle::{self, Out};
use crate::status::tokcore_status;
use crate::strings;
use crate::text::{open_text, tokcore_text};

/// Where the application default credentials are, or would be.
///
/// Shape: `*path` is NULL without a home; `*exists`, whether there is such a file, and may be NULL. Ownership: free `*path`
/// with `tokcore_text_free`. Threads: any. Effects: [disk]. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_adc_path(
    path: *mut *mut tokcore_text,
    exists: *mut bool,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::function(err, || {
            let place = Out::new(path, "path")?;
            let file = google::adc_file();
            Out::write_if_wanted(exists, file.as_ref().is_some_and(|file| file.exists));
            place.write(handle::give_optional(file.map(|file| open_text(&file.path))));
            Ok(())
        })
    }
}

/// The machine of Google's that the program runs on: `project_id`, `universe_domain`, and `scopes`, with spaces between, that
/// tokens of its service account are good for. `tokcore_fields_get` reads one of them.
///
/// Shape: `*machine` is NULL elsewhere; `cancel` may be NULL. Ownership: free `*machine` with `tokcore_fields_free`.
/// Threads: any. Effects: [disk] [net] [blocks]. Errors: `TRANSPORT`, `TIMEOUT`, `SERVER`, `PROTOCOL`, `CANCELLED`.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_machine(
    cancel: *const tokcore_cancel,
    machine: *mut *mut tokcore_fields,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::function(err, || {
            let place = Out::new(machine, "machine")?;
            let here = google::machine(interrupt(handle::get_optional(cancel)?))?;
            place.write(handle::give_optional(here.map(machine_fields)));
            Ok(())
        })
    }
}

fn machine_fields(machine: Machine) -> FieldsValue {
    let Machine { project_id, universe_domain, scopes, .. } = machine;
    open_fields(&[
        ("project_id".to_owned(), project_id),
        ("universe_domain".to_owned(), universe_domain),
        ("scopes".to_owned(), scopes.join(" ")),
    ])
}

/// What the file of an OAuth client of Google's says: `client_id`; `name`, which people see; `type`, `installed` or `web`;
/// `redirect_uris`, with spaces between; `project_id`, if it is told. Its secret is not among them.
///
/// Shape: `path_or_json` is the file's path, or its content. Ownership: free `*client` with `tokcore_fields_free`.
/// Threads: any. Effects: [disk]. Errors: `CONFIG_INVALID` for a file that is no client's, with the reason
/// `key_given_as_client_json` for a key. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_read_client(
    path_or_json: *const c_char,
    client: *mut *mut tokcore_fields,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(client, "client", err, || {
            let path_or_json = Secret::new(strings::required(path_or_json, "path_or_json")?);
            google::read_client(&path_or_json).map(client_fields)
        })
    }
}

fn client_fields(client: ClientFile) -> FieldsValue {
    let ClientFile { client_id, name, is_web, redirect_uris, project_id, .. } = client;
    let kind = if is_web { "web" } else { "installed" };
    let mut fields = vec![
        ("client_id".to_owned(), client_id),
        ("name".to_owned(), name),
        ("type".to_owned(), kind.to_owned()),
        ("redirect_uris".to_owned(), redirect_uris.join(" ")),
    ];
    fields.extend(project_id.map(|project_id| ("project_id".to_owned(), project_id)));
    open_fields(&fields)
}

/// The type of client that suits this machine, for programs that bring one of each: `web` where the browser is elsewhere,
/// else `installed`.
///
/// Shape: `option`, the user's own choice, decides where it is given; NULL for none. Ownership: free `*client_type` with
/// `tokcore_text_free`. Threads: any. Errors: `INVALID_ARGUMENT` for an option that is no type. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_default_client_type(
    option: *const c_char,
    client_type: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(client_type, "client_type", err, || {
            google::default_client_type(strings::optional(option, "option")?).map(open_text)
        })
    }
}

/// The header field that carries an API key, in place of a token: one name and one value.
///
/// Ownership: copied; free `*header` with `tokcore_fields_free`, which zeroes it. Threads: any. Errors: `CONFIG_INVALID` for
/// what cannot be a key. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_google_api_key_header(
    key: *const c_char,
    header: *mut *mut tokcore_fields,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(header, "header", err, || {
            secret_fields(&[google::api_key_header(&Secret::new(strings::required(key, "key")?))?])
        })
    }
}
