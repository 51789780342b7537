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

/// Full scopes. `short` and `long`: what the caller's own short names stand for.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_google_scopes(scopes: SEXP, short: SEXP, long: SEXP) -> SEXP {
    answer(|| {
        let (short, long) = (arguments::texts("short", short)?, arguments::texts("long", long)?);
        let aliases: Vec<_> = short.into_iter().zip(long).collect();
        Ok(Robj::from(google::full_scopes(&arguments::texts("scopes", scopes)?, &aliases)))
    })
}
