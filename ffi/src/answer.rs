//! `tokcore_answer`: what a callback of the program gives back to the call that asked it.

use std::ffi::c_char;
use std::mem;

use tokcore::{Error, Given, Kind};
use zeroize::Zeroizing;

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{self, Handle, Unique};
use crate::status::{TOKCORE_STATUS_OK, tokcore_status};
use crate::strings;
use crate::token::tokcore_token;
use crate::token_source::tokcore_token_source;

/// What a callback gives back. Good until the callback returns; never freed by it. Zeroed afterwards.
pub struct tokcore_answer {
    _opaque: (),
}

impl Handle for tokcore_answer {
    type Value = AnswerValue;
    type Ownership = Unique;
    const NAME: &'static str = "answer";
}

#[derive(Default)]
pub(crate) struct AnswerValue {
    pub(crate) texts: Vec<Zeroizing<String>>,
    pub(crate) given: Option<Given>,
    why_not: Option<String>,
    error: Option<Error>,
}

impl AnswerValue {
    /// The failure that the callback told of; of this kind, if it did not hand an error on.
    fn failure(self, kind: Kind) -> Error {
        let in_words = || Error::new(kind, self.why_not.as_deref().unwrap_or("its callback failed"));
        self.error.unwrap_or_else(in_words)
    }
}

/// The texts that `callback` gives; what it returns says whether it succeeded.
///
/// Errors: `Store`, in the callback's words.
pub(crate) fn ask(callback: impl FnOnce(*mut tokcore_answer) -> bool) -> Result<Vec<Zeroizing<String>>, Error> {
    match asked(callback)? {
        (true, answer) => Ok(answer.texts),
        (false, answer) => Err(answer.failure(Kind::Store)),
    }
}

/// What `callback` gives, whose status says whether it succeeded.
///
/// Errors: the one that it hands on, or one of the kind that it returns, in its words.
pub(crate) fn answered(callback: impl FnOnce(*mut tokcore_answer) -> tokcore_status) -> Result<AnswerValue, Error> {
    match asked(callback)? {
        (TOKCORE_STATUS_OK, answer) => Ok(answer),
        (status, answer) => Err(answer.failure(Kind::from_code(status).unwrap_or(Kind::InvalidState))),
    }
}

/// What `callback` returns, and what it gives.
fn asked<T>(callback: impl FnOnce(*mut tokcore_answer) -> T) -> Result<(T, AnswerValue), Error> {
    let answer = handle::give::<tokcore_answer>(AnswerValue::default());
    let returned = callback(answer);
    // SAFETY: the handle is ours from its making to its release, and the callback has returned.
    unsafe {
        let given = handle::get_mut(answer).map(|cell| cell.guarded_mut(mem::take));
        handle::release(answer);
        Ok((returned, given?))
    }
}

/// Gives a text back.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_answer_add(
    answer: *mut tokcore_answer,
    text: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(answer, err, |answer| {
            answer.texts.push(Zeroizing::new(strings::required(text, "text")?.to_owned()));
            Ok(())
        })
    }
}

/// Says why the callback fails, in a line for the person who reads the error: no secret.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_answer_set_failure(
    answer: *mut tokcore_answer,
    why: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(answer, err, |answer| {
            answer.why_not = Some(strings::required(why, "why")?.to_owned());
            Ok(())
        })
    }
}

/// Gives a token back, for a method of a chain. It cannot be had again: when it runs out, the chain has to be asked anew.
///
/// Ownership: `token` stays yours. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_answer_set_token(
    answer: *mut tokcore_answer,
    token: *const tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(answer, err, |answer| {
            let token = &handle::get(token)?.value().token;
            answer.given = Some(Given::Token(Box::new((**token).clone())));
            Ok(())
        })
    }
}

/// Gives a source back, for a method of a chain: it is asked again when its token runs out.
///
/// Ownership: `source` stays yours. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_answer_set_source(
    answer: *mut tokcore_answer,
    source: *const tokcore_token_source,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(answer, err, |answer| {
            answer.given = Some(Given::Source(handle::get(source)?.value().core.clone()));
            Ok(())
        })
    }
}

/// Hands on the error of a call that the callback made, with its hint and all that it tells, in place of words.
///
/// Ownership: `error` stays yours. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_answer_set_error(
    answer: *mut tokcore_answer,
    error: *const tokcore_error,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(answer, err, |answer| {
            answer.error = Some(handle::get(error)?.value().error.clone());
            Ok(())
        })
    }
}
