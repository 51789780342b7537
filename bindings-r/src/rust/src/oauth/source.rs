//! Sources: what a program keeps and asks again and again.
//!
//! A source is an external pointer of our own, not extendr's, because C looks into it before each request: behind it are
//! the source and the token handed out last, and R's object for that token hangs at the pointer, so that the same object
//! is handed out while it is current.

use std::ffi::c_void;
use std::sync::Arc;

use extendr_api::prelude::*;
use extendr_ffi::{
    R_ClearExternalPtr, R_ExternalPtrAddr, R_ExternalPtrProtected, R_ExternalPtrTag, R_MakeExternalPtr, R_NilValue,
    R_RegisterCFinalizerEx, R_SetExternalPtrProtected, Rboolean, Rf_install, SEXP, SEXPTYPE, TYPEOF,
};
use tokcore::{Error, Kind, Recovery, Refusal, SharedToken, Token, TokenSource};

use super::client::request;
use super::person::Session;
use super::{handle, token};
use crate::boundary::{answer, no_object};
use crate::interrupt::User;
use crate::{arguments, json, values};

/// What an external pointer with the tag `tokcore_source` leads to.
struct Held {
    source: TokenSource,
    /// The token whose object hangs at the pointer.
    last: Option<SharedToken>,
}

fn tag() -> SEXP {
    // SAFETY: the name of a symbol, on R's thread.
    unsafe { Rf_install(c"tokcore_source".as_ptr()) }
}

/// An object of class `tokcore_source`.
pub fn object(source: TokenSource) -> Result<Robj, Error> {
    let held = Box::into_raw(Box::new(Held { source, last: None }));
    // SAFETY: R owns the box from here on and gives it back to `drop_source` once. The pointer is protected by `Robj` before
    // anything else allocates.
    let mut object = unsafe {
        let object = Robj::from_sexp(R_MakeExternalPtr(held.cast(), tag(), R_NilValue));
        R_RegisterCFinalizerEx(object.get(), Some(drop_source), Rboolean::TRUE);
        object
    };
    object.set_class(["tokcore_source", handle::SHOWN]).map_err(no_object)?;
    Ok(object)
}

/// Called by R's collector.
extern "C" fn drop_source(object: SEXP) {
    // SAFETY: only objects made by `object` have this finalizer; the address is cleared, so that it is freed once.
    unsafe {
        let held = R_ExternalPtrAddr(object).cast::<Held>();
        R_ClearExternalPtr(object);
        if !held.is_null() {
            drop(Box::from_raw(held));
        }
    }
}

fn held(object: SEXP) -> Result<*mut Held, Error> {
    // SAFETY: looks into a live argument; the tag is known to this package alone, so the address is ours or null.
    let held = unsafe {
        let is_ours = TYPEOF(object) == SEXPTYPE::EXTPTRSXP && R_ExternalPtrTag(object) == tag();
        if is_ours { R_ExternalPtrAddr(object).cast::<Held>() } else { std::ptr::null_mut() }
    };
    if held.is_null() {
        return Err(Error::new(Kind::InvalidArgument, "source must be made by tok_source() in this R session")
            .with_hint("make it again with tok_source(): it cannot be saved to a file or sent to another session"));
    }
    Ok(held)
}

/// A copy of the source, so that nothing is borrowed while R runs.
pub fn source(object: SEXP) -> Result<TokenSource, Error> {
    // SAFETY: `held` gives a valid address; R's one thread is here.
    held(object).map(|held| unsafe { (*held).source.clone() })
}

/// R's object for `token`: the one handed out before while it is the same token.
fn handed_out(at: SEXP, token: SharedToken) -> Result<Robj, Error> {
    let held = held(at)?;
    // SAFETY: as in `source`; no R code runs between the two writes, so that object and token stay a pair.
    unsafe {
        if (*held).last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &token)) {
            return Ok(Robj::from_sexp(R_ExternalPtrProtected(at)));
        }
        let object = token::object(token.clone())?;
        R_SetExternalPtrProtected(at, object.get());
        (*held).last = Some(token);
        Ok(object)
    }
}

/// Whether the object that hangs at the pointer may be handed out again. `address` is that of a source.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_is_current(address: *const c_void) -> i32 {
    // SAFETY: `oauth.c` has checked the tag; a source from a file of another session has a null address.
    let held = unsafe { address.cast::<Held>().as_ref() };
    held.is_some_and(|held| held.last.as_ref().is_some_and(|last| held.source.is_current(last))).into()
}

/// `tok_source(client, ...)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source(client: SEXP, wanted: SEXP) -> SEXP {
    answer(|| object(handle::client(client)?.source(request(wanted)?)?))
}

/// `tok_token(source)`, when what was handed out last is no longer current.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_token(at: SEXP) -> SEXP {
    answer(|| handed_out(at, source(at)?.token(&Session, &User)?))
}

/// The token in memory, whatever its age; `NULL` when there is none.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_current(at: SEXP) -> SEXP {
    answer(|| source(at)?.current().map_or_else(|| Ok(Robj::default()), |token| handed_out(at, token)))
}

/// The source's client.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_client(at: SEXP) -> SEXP {
    answer(|| match source(at)?.client() {
        Some(client) => handle::make(client.clone(), "tokcore_oauth_client"),
        None => Ok(Robj::default()),
    })
}

/// What is shown of a source.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_about(at: SEXP) -> SEXP {
    answer(|| {
        let source = source(at)?;
        let about = source.about();
        let scopes = about.scopes.join(" ");
        values::named_list(vec![
            ("client_id", values::optional(about.client_id.as_deref())),
            ("grant", json::string(&about.kind)),
            ("principal", values::optional(about.principal.as_deref())),
            ("found", json::string(&about.source)),
            ("scope", values::optional((!scopes.is_empty()).then_some(scopes.as_str()))),
            ("key", Robj::from(source.key())),
        ])
    })
}

/// `tok_invalidate(source, token)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_invalidate(at: SEXP, refused: SEXP) -> SEXP {
    answer(|| {
        source(at)?.invalidate(&*handle::token(refused)?);
        Ok(Robj::default())
    })
}

/// Forgets the token in this process.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_forget(at: SEXP) -> SEXP {
    answer(|| {
        source(at)?.forget();
        Ok(Robj::default())
    })
}

/// `tok_adopt(source, token)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_adopt(at: SEXP, given: SEXP) -> SEXP {
    answer(|| {
        let token = Token::clone(&*handle::token(given)?);
        handed_out(at, source(at)?.adopt(token))
    })
}

/// `tok_recover(...)`: the token to try once more with, or `NULL` when the answer is not about the token.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_recover(at: SEXP, used: SEXP, status: SEXP, challenges: SEXP, nonce: SEXP) -> SEXP {
    answer(|| {
        let (source, used) = (source(at)?, handle::token(used)?);
        let status = u16::try_from(arguments::number("status", status)? as i64)
            .map_err(|_| Error::new(Kind::InvalidArgument, "status must be the status of an HTTP answer"))?;
        let challenges = arguments::texts("www_authenticate", challenges)?;
        let challenges: Vec<&str> = challenges.iter().map(String::as_str).collect();
        let nonce = arguments::optional_text("dpop_nonce", nonce)?;
        let refusal =
            Refusal { status, www_authenticate: &challenges, dpop_nonce: nonce.as_deref(), ..Refusal::default() };
        match source.recover(&used, &refusal, &Session, &User)? {
            Recovery::Retry(token) => handed_out(at, token),
            Recovery::GiveBack => Ok(Robj::default()),
        }
    })
}

/// The header fields of one API request.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_headers(at: SEXP, used: SEXP, method: SEXP, url: SEXP) -> SEXP {
    answer(|| {
        let (method, url) = (arguments::text("method", method)?, arguments::text("url", url)?);
        values::pairs(&source(at)?.request_headers(&*handle::token(used)?, &method, &url)?)
    })
}

/// What `req_auth_tokcore()` adds beside the token.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_fields(at: SEXP) -> SEXP {
    answer(|| values::pairs(&source(at)?.fields_beside().collect::<Vec<_>>()))
}

/// `tok_sign()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_sign(at: SEXP, bytes: SEXP) -> SEXP {
    answer(|| Ok(Raw::from_bytes(&source(at)?.sign(&arguments::bytes("bytes", bytes)?, &User)?).into_robj()))
}

/// `tok_signer()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_signer(at: SEXP) -> SEXP {
    answer(|| Ok(values::optional(source(at)?.signer())))
}

/// Takes from an API's answer what the next proof needs.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_learn(at: SEXP, url: SEXP, nonce: SEXP) -> SEXP {
    answer(|| {
        source(at)?.learn(&arguments::text("url", url)?, &arguments::text("dpop_nonce", nonce)?);
        Ok(Robj::default())
    })
}
