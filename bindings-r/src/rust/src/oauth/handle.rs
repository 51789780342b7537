//! Rust values that R holds.

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::{Error, Kind, OAuthClient, SharedToken};

use crate::boundary::no_object;

/// The class of objects that R shows in one way, see R/print.R.
pub const SHOWN: &str = "tokcore_shown";

/// `value` as an object of R with a class, whose collector drops it.
pub fn make<T: 'static>(value: T, class: &str) -> Result<Robj, Error> {
    let mut object: Robj = ExternalPtr::new(value).into();
    object.set_class([class, SHOWN]).map_err(no_object)?;
    Ok(object)
}

/// The Rust value behind an argument; `maker` is the R function that gives such objects.
pub fn get<T: 'static>(name: &str, maker: &str, value: SEXP) -> Result<ExternalPtr<T>, Error> {
    // SAFETY: wraps a live argument of this call.
    let value = unsafe { Robj::from_sexp(value) };
    ExternalPtr::<T>::try_from(value).map_err(|_| {
        Error::new(Kind::InvalidArgument, format!("{name} must be made by {maker} in this R session"))
            .with_hint(format!("make it again with {maker}: it cannot be saved to a file or sent to another session"))
    })
}

/// The client behind an `oauth_client()`.
pub fn client(value: SEXP) -> Result<OAuthClient, Error> {
    get::<OAuthClient>("client", "oauth_client()", value).map(|client| OAuthClient::clone(&client))
}

/// The token behind an object of class `tokcore_token`.
pub fn token(value: SEXP) -> Result<SharedToken, Error> {
    get::<SharedToken>("token", "tok_token() or oauth_token()", value).map(|token| SharedToken::clone(&token))
}
