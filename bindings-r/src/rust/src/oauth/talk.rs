//! Questions to R, by way of `talk.c`: the functions of the package that the engine has asked.

use std::ffi::{CStr, c_char, c_int};

use extendr_api::prelude::*;
use extendr_ffi::SEXP;

#[expect(improper_ctypes, reason = "extendr declares R's objects as a type of unknown size; only pointers to it pass")]
unsafe extern "C" {
    /// `talk.c`: calls a function of the package with texts and a flag. Null when R jumped: the jump goes on when no Rust
    /// frame is left, and until then counts as an interrupt.
    fn tokcore_r_talk(
        function: *const c_char,
        count: c_int,
        texts: *const *const c_char,
        lengths: *const c_int,
        flag: c_int,
    ) -> SEXP;
}

/// What R answered to `texts`. Shape: `None` when it jumped instead. Threads: R's own alone.
pub fn talk(function: &CStr, texts: &[&str], flag: bool) -> Option<Robj> {
    let starts: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr().cast()).collect();
    // A text of that length has no end that anybody reads.
    let lengths: Vec<c_int> = texts.iter().map(|text| c_int::try_from(text.len()).unwrap_or(0)).collect();
    let count = c_int::try_from(texts.len()).unwrap_or(0);
    // SAFETY: this is R's thread; the texts are copied before R runs, and the answer is protected before anything else
    // allocates.
    unsafe {
        let answer = tokcore_r_talk(function.as_ptr(), count, starts.as_ptr(), lengths.as_ptr(), flag.into());
        if answer.is_null() { None } else { Some(Robj::from_sexp(answer)) }
    }
}
