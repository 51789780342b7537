//! `tokcore_client`: its life, and the call that programs make most.

use std::ffi::c_char;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tokcore::{Client, CredentialsRequest, Error, Secret};

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::client_options::tokcore_client_options;
use crate::credentials::{CredentialsValue, tokcore_credentials};
use crate::error::tokcore_error;
use crate::handle::{self, Cell, Handle, Out, Shared};
use crate::request::tokcore_request;
use crate::status::tokcore_status;
use crate::strings;

/// Finds out where the program runs and gets credentials there.
///
/// Threads: share it freely. Those who ask for the same at the same time share one exchange.
pub struct tokcore_client {
    _opaque: (),
}

impl Handle for tokcore_client {
    type Value = ClientValue;
    type Ownership = Shared;
    const NAME: &'static str = "client";
}

pub(crate) struct ClientValue {
    pub(crate) core: Client,
    recent: ArcSwapOption<Recent>,
}

/// The credentials handed out last, already in the shape that C reads. Whether they may be handed out again is for the
/// core to say; this only saves it the building of a request and us the building of texts.
struct Recent {
    audience: Option<Box<[u8]>>,
    credentials: Arc<Cell<tokcore_credentials>>,
}

impl ClientValue {
    fn new(core: Client) -> Self {
        Self { core, recent: ArcSwapOption::empty() }
    }

    fn recent(&self, audience: Option<&[u8]>) -> Option<Arc<Cell<tokcore_credentials>>> {
        let recent = self.recent.load();
        let recent = recent.as_ref().filter(|recent| recent.audience.as_deref() == audience)?;
        self.core.is_current(&recent.credentials.value().credentials).then(|| recent.credentials.clone())
    }

    fn fetch(
        &self,
        request: &CredentialsRequest,
        cancel: Option<&Cell<tokcore_cancel>>,
    ) -> Result<Arc<Cell<tokcore_credentials>>, Error> {
        let credentials = self.core.credentials(request, interrupt(cancel))?;
        Ok(Arc::new(Cell::new(CredentialsValue::new(credentials)?)))
    }
}

/// Makes a client. Nothing is read and nothing is sent before the first call.
///
/// Shape: `options` may be NULL for the defaults. Ownership: `options` stays yours; free `*client` with
/// `tokcore_client_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_new(
    options: *const tokcore_client_options,
    client: *mut *mut tokcore_client,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(client, "client", err, || {
            let options = handle::get_optional(options)?.map(|options| options.value().clone()).unwrap_or_default();
            Ok(ClientValue::new(Client::new(options)))
        })
    }
}

/// Credentials for one integration: the same call in Workbench, in Connect and under a tokcore broker.
///
/// Shape: `audience` is the GUID of an integration, `name:` and its internal name, or a logical name that the variable
/// `TOKCORE_AUDIENCE_<NAME>` maps to one of these; NULL only on Connect, for the integration of the content.
/// `user_session_token` is for Connect: the header `Posit-Connect-User-Session-Token` of the person who looks at the
/// content, or NULL. `cancel` may be NULL.
/// Ownership: free `*credentials` with `tokcore_credentials_free`. Threads: any.
/// Effects: [net] [disk] [blocks], unless the client got the same within the reuse time: then one clock is read.
/// Errors: `NOT_IN_SESSION`, `NO_COOKIE`, `BAD_COOKIE`, `EXPIRED_COOKIE`, `NO_ADDRESS`, `BAD_ADDRESS`, `NO_SUBJECT`,
/// `NOT_CONFIGURED`, `CONFIG_INVALID`, `VERSION`, `NOT_FOUND`, `NOT_SIGNED_IN`, `REAUTH_REQUIRED`, `NO_TOKEN`, `BROKER`
/// and, as for every call that goes to a server, `TRANSPORT`, `TIMEOUT`, `SERVER`, `RATE_LIMITED`, `DENIED`, `HTTP`,
/// `PROTOCOL`, `CANCELLED`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_credentials(
    client: *const tokcore_client,
    audience: *const c_char,
    user_session_token: *const c_char,
    cancel: *const tokcore_cancel,
    credentials: *mut *mut tokcore_credentials,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(client, err, |client| {
            let place = Out::new(credentials, "credentials")?;
            let audience = strings::bytes(audience, "audience")?;
            let cancel = handle::get_optional(cancel)?;
            // A person's token is not compared here: that would take a second copy of it. The core knows its hash.
            let shared = user_session_token.is_null();
            if let Some(credentials) = client.recent(audience).filter(|_| shared) {
                place.write(handle::give_shared(credentials));
                return Ok(());
            }
            let request = CredentialsRequest {
                audience: audience.map(|audience| strings::utf8(audience, "audience")).transpose()?.map(str::to_owned),
                user_session_token: strings::optional(user_session_token, "user_session_token")?.map(Secret::new),
                ..CredentialsRequest::default()
            };
            let fetched = client.fetch(&request, cancel)?;
            if shared {
                let recent = Recent { audience: audience.map(Box::from), credentials: fetched.clone() };
                client.recent.store(Some(Arc::new(recent)));
            }
            place.write(handle::give_shared(fetched));
            Ok(())
        })
    }
}

/// As `tokcore_client_credentials`, for a request that says more than an audience.
///
/// Ownership: `request` stays yours; free `*credentials` with `tokcore_credentials_free`. Threads: any.
/// Effects and Errors: as `tokcore_client_credentials`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_credentials_for(
    client: *const tokcore_client,
    request: *const tokcore_request,
    cancel: *const tokcore_cancel,
    credentials: *mut *mut tokcore_credentials,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(client, err, |client| {
            let place = Out::new(credentials, "credentials")?;
            let request = handle::get(request)?.value();
            place.write(handle::give_shared(client.fetch(request, handle::get_optional(cancel)?)?));
            Ok(())
        })
    }
}

/// Whether this client would hand out these very credentials again without asking the server. `false` for NULL.
///
/// Threads: any; takes no lock and makes no system call. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_is_current(
    client: *const tokcore_client,
    credentials: *const tokcore_credentials,
) -> bool {
    unsafe {
        call::accessor(client, false, |client| {
            call::accessor(credentials, false, |value| client.core.is_current(&value.credentials))
        })
    }
}

/// Drops what the client remembers, so that the next call asks the server.
///
/// Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_forget(
    client: *const tokcore_client,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(client, err, |client| {
            client.core.forget();
            client.recent.store(None);
            Ok(())
        })
    }
}

/// One more reference to the same client. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_client_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_clone(client: *const tokcore_client) -> *mut tokcore_client {
    unsafe { handle::add_reference(client) }
}

/// Frees one reference. NULL is fine. What calls returned stays valid.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_client_free(client: *mut tokcore_client) {
    unsafe { call::free(client) }
}
