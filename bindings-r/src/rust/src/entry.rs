//! The functions that `entrypoint.c` calls. Each answers with a value or a failure object; none raises.

// SAFETY of every `unsafe(no_mangle)` below: the names begin with `tokcore_r_` and exist once in the R package's library,
// which exports none of them.

use std::path::PathBuf;
use std::time::Duration;

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::{Backend, Client, ClientOptions, CredentialsRequest, Error, Kind};

use crate::boundary::answer;
use crate::interrupt::User;
use crate::{arguments, session, values};

/// The client that the caller gave, else the session's.
fn given_client(client: SEXP) -> Result<Client, Error> {
    Ok(arguments::client(client)?.unwrap_or_else(session::client))
}

/// Whether the credentials handed out last by [`tokcore_r_oauth_credentials`] may be handed out again.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_last_is_current() -> i32 {
    session::last_is_current().into()
}

/// `getOAuthCredentials(audience)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_oauth_credentials(audience: SEXP) -> SEXP {
    answer(|| {
        let guid = arguments::guid("audience", audience)?;
        let client = session::client();
        let credentials = client.credentials(&CredentialsRequest::for_audience(guid), &User)?;
        let list = values::oauth_credentials(&credentials, audience)?;
        session::remember(client, credentials);
        Ok(list)
    })
}

/// `tok_credentials(audience, user_session_token, requested_token_type, client)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_credentials(audience: SEXP, user_token: SEXP, token_type: SEXP, client: SEXP) -> SEXP {
    answer(|| {
        let request = CredentialsRequest {
            audience: arguments::optional_text("audience", audience)?,
            user_session_token: arguments::optional_secret("user_session_token", user_token)?,
            requested_token_type: arguments::optional_text("requested_token_type", token_type)?,
        };
        values::credentials(&*given_client(client)?.credentials(&request, &User)?)
    })
}

/// `getOAuthIntegrations()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_integrations() -> SEXP {
    answer(|| values::integrations(&session::client().integrations(&User)?))
}

/// `getOAuthIntegration(guid)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_integration(guid: SEXP) -> SEXP {
    answer(|| {
        let guid = arguments::text("guid", guid)?;
        session::client().integration(&guid, &User)?.as_ref().map_or(Ok(Robj::default()), values::integration)
    })
}

/// `getIdentityToken()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_identity_token() -> SEXP {
    answer(|| values::identity_token(&session::client().identity_token(&User)?))
}

/// `getDelegatedAzureToken(resource)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_azure_token(resource: SEXP) -> SEXP {
    answer(|| {
        let resource = arguments::text("resource", resource)?;
        values::azure_token(&session::client().azure_token(&resource, &User)?)
    })
}

/// `tok_sign_in_url(guid, client)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_sign_in_url(guid: SEXP, client: SEXP) -> SEXP {
    answer(|| {
        let guid = arguments::text("guid", guid)?;
        Ok(Robj::from(given_client(client)?.sign_in_url(&guid, &User)?))
    })
}

/// `tok_client(...)`. The order of the arguments is that of the R function.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_client(
    backend: SEXP,
    server_address: SEXP,
    ca_file: SEXP,
    verify_tls: SEXP,
    connect_timeout_ms: SEXP,
    timeout_ms: SEXP,
    reuse_ms: SEXP,
) -> SEXP {
    answer(|| {
        let standard = ClientOptions::default();
        let duration = |name, value, standard| {
            arguments::optional_ms(name, value).map(|ms| ms.map_or(standard, Duration::from_millis))
        };
        let options = ClientOptions {
            backend: arguments::optional_text("backend", backend)?.as_deref().map(backend_named).transpose()?,
            server_address: arguments::optional_text("server_address", server_address)?,
            ca: arguments::optional_text("ca_file", ca_file)?.map(PathBuf::from),
            verify_tls: arguments::flag("verify_tls", verify_tls)?,
            connect_timeout: duration("connect_timeout_ms", connect_timeout_ms, standard.connect_timeout)?,
            timeout: duration("timeout_ms", timeout_ms, standard.timeout)?,
            reuse: duration("reuse_ms", reuse_ms, standard.reuse)?,
        };
        Ok(ExternalPtr::new(Client::new(options)).into())
    })
}

fn backend_named(name: &str) -> Result<Backend, Error> {
    Backend::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Backend::ALL.iter().map(|backend| backend.name()).collect();
        Error::new(Kind::InvalidArgument, format!("backend must be one of: {}", names.join(", ")))
    })
}

/// `tok_use(client)`; `NULL` brings back the default client.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_use_client(client: SEXP) -> SEXP {
    answer(|| {
        session::use_client(arguments::client(client)?);
        Ok(Robj::default())
    })
}

/// `tok_detect(client, with_user_session_token)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_detect(client: SEXP, with_user_session_token: SEXP) -> SEXP {
    answer(|| {
        let with_token = arguments::flag("with_user_session_token", with_user_session_token)?;
        values::detection(&given_client(client)?.detect(with_token))
    })
}

/// `tok_forget(client)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_forget(client: SEXP) -> SEXP {
    answer(|| {
        given_client(client)?.forget();
        Ok(Robj::default())
    })
}
