//! What Google knows of tokens, and what there is to know about its files and scopes.

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::{Error, SharedToken, google};

use crate::boundary::answer;
use crate::interrupt::User;
use crate::oauth::person::Session;
use crate::oauth::source::source;
use crate::{arguments, json, values};

fn token(at: SEXP) -> Result<SharedToken, Error> {
    source(at)?.token(&Session, &User)
}

/// `token_userinfo()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_userinfo(at: SEXP) -> SEXP {
    answer(|| json::object(&google::userinfo(&*token(at)?, &User)?))
}

/// `token_tokeninfo()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_tokeninfo(at: SEXP) -> SEXP {
    answer(|| json::object(&google::tokeninfo(&*token(at)?, &User)?))
}

/// `token_email()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_email(at: SEXP) -> SEXP {
    answer(|| Ok(values::optional(google::email(&*token(at)?, &User)?.as_deref())))
}

/// `check_is_service_account()`: the type of a file.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_check(path: SEXP) -> SEXP {
    answer(|| Ok(Robj::from(google::check_credentials(&arguments::secret("path", path)?)?)))
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
