//! `tokcore_metadata`: what an authorization server publishes about itself.

use std::ffi::{CString, c_char};
use std::ptr;

use tokcore::Discovery;
use tokcore::oauth::Endpoint;
use tokcore::oauth::discovery::ServerMetadata;

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::handle::{self, Handle, Shared};
use crate::status::tokcore_status;
use crate::strings::{self, optional_text, pointer, text};

/// What an authorization server publishes about itself, once it passed its checks. Immutable.
pub struct tokcore_metadata {
    _opaque: (),
}

impl Handle for tokcore_metadata {
    type Value = MetadataValue;
    type Ownership = Shared;
    const NAME: &'static str = "metadata";
}

/// Metadata, with their texts as C reads them.
pub(crate) struct MetadataValue {
    issuer: Option<CString>,
    endpoints: Vec<(&'static str, CString)>,
    json: CString,
}

impl MetadataValue {
    pub(crate) fn new(metadata: &ServerMetadata) -> Self {
        let address =
            |endpoint: &Endpoint| metadata.endpoints.get(*endpoint).map(|url| (endpoint.member(), text(url.as_str())));
        Self {
            issuer: optional_text(metadata.issuer.as_deref()),
            endpoints: Endpoint::ALL.iter().filter_map(address).collect(),
            // A map with text keys can always be written.
            json: text(&serde_json::to_string(&metadata.to_json()).unwrap_or_default()),
        }
    }
}

/// What a server publishes about itself, found from its issuer alone.
///
/// Shape: `issuer` may be NULL when `address`, where the document is, is given. `form` is `openid` (NULL), `oauth` or
/// `auto`. `cancel` may be NULL. Ownership: free `*metadata` with `tokcore_metadata_free`. Threads: any.
/// Effects: [net] [blocks]. Errors: `CONFIG_INVALID`; `PROTOCOL` for a document that is wrong, with its reason.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_discover(
    issuer: *const c_char,
    form: *const c_char,
    address: *const c_char,
    cancel: *const tokcore_cancel,
    metadata: *mut *mut tokcore_metadata,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(metadata, "metadata", err, || {
            let (issuer, form) = (strings::optional(issuer, "issuer")?, strings::optional(form, "form")?);
            let address = strings::optional(address, "address")?;
            let wanted = Discovery { issuer, form, address, ..Discovery::default() };
            let found = tokcore::discover(wanted, interrupt(handle::get_optional(cancel)?))?;
            Ok(MetadataValue::new(&found))
        })
    }
}

/// The server's own name for itself; NULL if it gives none.
///
/// Ownership: valid until `metadata` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_metadata_issuer(metadata: *const tokcore_metadata) -> *const c_char {
    unsafe { call::accessor(metadata, ptr::null(), |value| pointer(&value.issuer)) }
}

/// The address of an endpoint by its name in the document, such as `token_endpoint` or `jwks_uri`; NULL if the server has
/// none.
///
/// Ownership: valid until `metadata` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_metadata_endpoint(
    metadata: *const tokcore_metadata,
    name: *const c_char,
) -> *const c_char {
    unsafe {
        let Ok(Some(name)) = strings::bytes(name, "name") else { return ptr::null() };
        call::accessor(metadata, None, |value| value.endpoints.iter().find(|(own, _)| own.as_bytes() == name))
            .map_or(ptr::null(), |(_, url)| url.as_ptr())
    }
}

/// The whole document, a JSON object, as it was understood. NULL for NULL.
///
/// Ownership: valid until `metadata` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_metadata_json(metadata: *const tokcore_metadata) -> *const c_char {
    unsafe { call::accessor(metadata, ptr::null(), |value| value.json.as_ptr()) }
}

/// Frees the metadata. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_metadata_free(metadata: *mut tokcore_metadata) {
    unsafe { call::free(metadata) }
}
