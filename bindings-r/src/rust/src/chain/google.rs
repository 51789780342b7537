//! What Google knows of tokens, and what there is to know about its files and scopes.

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::google;

use crate::boundary::answer;
use crate::interrupt::User;
use crate::oauth::handle;
use crate::{arguments, json, values};

/// `token_userinfo()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_userinfo(token: SEXP) -> SEXP {
    answer(|| json::object(&google::userinfo(&*handle::token(token)?, &User)?))
}

/// `token_tokeninfo()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_tokeninfo(token: SEXP) -> SEXP {
    answer(|| json::object(&google::tokeninfo(&*handle::token(token)?, &User)?))
}

/// `token_email()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_email(token: SEXP) -> SEXP {
    answer(|| Ok(values::optional(google::email(&*handle::token(token)?, &User)?.as_deref())))
}

/// `check_is_service_account()`: the type of a file.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_check(path: SEXP) -> SEXP {
    answer(|| Ok(Robj::from(google::check_credentials(&arguments::secret("path", path)?)?)))
}

/// `tok_google_machine()`: `NULL` elsewhere.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_machine() -> SEXP {
    answer(|| {
        let Some(machine) = google::machine(&User)? else { return Ok(Robj::default()) };
        values::named_list(vec![
            ("project_id", json::string(&machine.project_id)),
            ("universe_domain", json::string(&machine.universe_domain)),
            ("scopes", Robj::from(machine.scopes)),
        ])
    })
}

/// `gargle_oauth_client_type()`. `option`: what R's option of that name says.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_client_type(option: SEXP) -> SEXP {
    answer(|| {
        let option = arguments::optional_text("gargle_oauth_client_type", option)?;
        Ok(Robj::from(google::default_client_type(option.as_deref())?))
    })
}

/// `gargle_oauth_client_from_json()`: what the file says, but for its secret.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_read_client(path: SEXP) -> SEXP {
    answer(|| {
        let client = google::read_client(&arguments::secret("path", path)?)?;
        values::named_list(vec![
            ("id", json::string(&client.client_id)),
            ("name", json::string(&client.name)),
            ("type", json::string(if client.is_web { "web" } else { "installed" })),
            ("redirect_uris", Robj::from(client.redirect_uris)),
        ])
    })
}

/// `tok_api_key_header()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_api_key_header(key: SEXP) -> SEXP {
    answer(|| values::pairs(&[google::api_key_header(&arguments::secret("key", key)?)?]))
}

/// Full scopes. `short` and `long`: what the caller's own short names stand for.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_scopes(scopes: SEXP, short: SEXP, long: SEXP) -> SEXP {
    answer(|| {
        let (short, long) = (arguments::texts("short", short)?, arguments::texts("long", long)?);
        let aliases: Vec<_> = short.into_iter().zip(long).collect();
        Ok(Robj::from(google::full_scopes(&arguments::texts("scopes", scopes)?, &aliases)))
    })
}
