//! The line between R and Rust: no panic and no R error crosses it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use extendr_api::prelude::*;
use extendr_ffi::{R_ClassSymbol, Rf_setAttrib, SEXP};
use tokcore::{Attempt, Error, Kind};

/// What every entry point returns: the value of `body`, or a failure object that C hands to R's `raise()`.
///
/// The result is unprotected: the caller protects it before anything else allocates.
pub fn answer(body: impl FnOnce() -> Result<Robj, Error>) -> SEXP {
    let ended = || {
        let outcome = body();
        crate::oauth::custom::hand_over();
        outcome
    };
    let outcome = catch_unwind(AssertUnwindSafe(ended)).unwrap_or_else(|_| {
        Err(Error::new(Kind::Internal, "a bug in tokcore ended this call").with_hint("report it with the output above"))
    });
    let robj = outcome.unwrap_or_else(|error| failure(&error));
    // SAFETY: the object is handed to C while R's collector cannot run: nothing below allocates.
    unsafe { robj.get() }
}

/// `error` as R's `raise()` expects it: a list of class `tokcore_failure` with one member per field.
fn failure(error: &Error) -> Robj {
    let text = |value: Option<&str>| value.map_or_else(Robj::default, Robj::from);
    let column = |of: fn(&Attempt) -> &str| error.attempts().iter().map(of).collect::<Vec<_>>();
    let mut list = list!(
        kind = error.kind().slug(),
        code = error.kind().code(),
        message = error.to_string(),
        hint = error.hint(),
        source = column(|attempt| &attempt.source),
        outcome = column(|attempt| &attempt.outcome),
        retry_after_ms = error.retry_after_ms().map_or_else(Robj::default, |ms| Robj::from(ms as f64)),
        oauth_error = text(error.oauth_error()),
        http_status = error.http_status().map_or_else(Robj::default, |status| Robj::from(i32::from(status))),
        sign_in_url = text(error.sign_in_url()),
        detail = text(error.detail()),
        reason = text(error.reason().map(tokcore::Reason::slug))
    );
    let class = Robj::from("tokcore_failure");
    // SAFETY: both objects are alive and protected. Not extendr's setter, which may fail: without its class the list
    // would pass for a value.
    unsafe { Rf_setAttrib(list.get_mut(), R_ClassSymbol, class.get()) };
    list.into_robj()
}

/// An R object that could not be made. R is then out of memory or tokcore has a bug.
pub fn no_object(_: extendr_api::Error) -> Error {
    Error::new(Kind::Internal, "R refused to make an object")
}
