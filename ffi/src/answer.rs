//! `tokcore_answer`: what a callback of the program gives back to the call that asked it.

use std::ffi::c_char;
use std::mem;

use tokcore::{Error, Kind};
use zeroize::Zeroizing;

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{self, Handle, Unique};
use crate::status::tokcore_status;
use crate::strings;

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
    texts: Vec<Zeroizing<String>>,
    why_not: Option<String>,
}

/// The texts that `callback` gives; what it returns says whether it succeeded.
///
/// Errors: `Store`, in the callback's words.
pub(crate) fn ask(callback: impl FnOnce(*mut tokcore_answer) -> bool) -> Result<Vec<Zeroizing<String>>, Error> {
    let answer = handle::give::<tokcore_answer>(AnswerValue::default());
    let succeeded = callback(answer);
    // SAFETY: the handle is ours from its making to its release, and the callback has returned.
    let given = unsafe {
        let given = handle::get_mut(answer).map(|cell| cell.guarded_mut(mem::take));
        handle::release(answer);
        given?
    };
    if succeeded {
        return Ok(given.texts);
    }
    Err(Error::new(Kind::Store, given.why_not.as_deref().unwrap_or("its callback failed")))
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
