//! Whoever sits in front of R: told with messages, asked with `readline()`.

use std::ffi::{c_char, c_int};

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::{Error, Interactivity, Kind, Notice, Person, Secret};

#[expect(improper_ctypes, reason = "extendr declares R's objects as a type of unknown size; only pointers to it pass")]
unsafe extern "C" {
    /// `talk.c`: calls one of the functions of R/person.R with a text and a flag. Null when R jumped: the jump goes on when
    /// no Rust frame is left, and until then counts as an interrupt.
    fn tokcore_r_talk(function: *const c_char, text: *const c_char, length: c_int, flag: c_int) -> SEXP;
}

/// The user of this R session.
pub struct Session;

/// What R answered. Shape: `None` when it jumped instead.
fn talk(function: &std::ffi::CStr, text: &str, flag: bool) -> Option<Robj> {
    // A message of that length has no end that anybody reads.
    let length = c_int::try_from(text.len()).unwrap_or(0);
    // SAFETY: this is R's thread; the text is copied before R runs, and the answer is protected before anything allocates.
    let answer = unsafe { tokcore_r_talk(function.as_ptr(), text.as_ptr().cast(), length, flag.into()) };
    if answer.is_null() { None } else { Some(unsafe { Robj::from_sexp(answer) }) }
}

impl Person for Session {
    fn interactivity(&self) -> Interactivity {
        match talk(c"is_interactive", "", false).and_then(|answer| answer.as_bool()) {
            Some(true) => Interactivity::Yes,
            _ => Interactivity::No,
        }
    }

    fn tell(&self, notice: &Notice<'_>) {
        talk(c"tell", &notice.to_string(), false);
    }

    fn open(&self, url: &str) -> bool {
        talk(c"browse", url, false).and_then(|answer| answer.as_bool()).unwrap_or(false)
    }

    fn ask(&self, prompt: &str, hidden: bool) -> Result<Option<Secret>, Error> {
        let Some(answer) = talk(c"ask", prompt, hidden) else {
            return Err(Error::new(Kind::Cancelled, "the question was not answered"));
        };
        Ok(answer.as_str().map(Secret::new))
    }
}
