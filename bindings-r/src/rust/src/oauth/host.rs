//! Functions of R that the engine keeps: R/host.R knows them by a number.

use std::ffi::CStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use extendr_api::prelude::*;
use tokcore::{Error, Kind};

use super::talk::talk;

/// The numbers of functions that nobody uses any more, until R's thread comes by.
static LEFT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Functions of R, kept for as long as this lives.
pub struct HostFunctions {
    number: String,
    /// R's thread.
    home: ThreadId,
}

impl HostFunctions {
    /// Made on R's thread.
    pub fn new(number: String) -> Self {
        forget(std::mem::take(&mut *locked(&LEFT)));
        Self { number, home: thread::current().id() }
    }

    /// Whether this is R's thread, the only one that may ask.
    pub fn is_home(&self) -> bool {
        thread::current().id() == self.home
    }

    /// Asks R, by way of `function` in R/host.R. Errors: the function's own; `otherwise` is the kind of one that is not
    /// tokcore's.
    pub fn ask(&self, function: &CStr, texts: &[&str], otherwise: Kind) -> Result<Robj, Error> {
        let mut all = vec![self.number.as_str()];
        all.extend(texts);
        let answer = talk(function, &all, false).ok_or_else(|| Error::new(Kind::Cancelled, "its callback was left"))?;
        match answer.as_list() {
            Some(list) => Ok(list.elt(0).unwrap_or_default()),
            None => Err(failure(&answer.as_string_vector().unwrap_or_default(), otherwise)),
        }
    }
}

impl Drop for HostFunctions {
    fn drop(&mut self) {
        let number = std::mem::take(&mut self.number);
        if self.is_home() { forget(vec![number]) } else { locked(&LEFT).push(number) }
    }
}

/// Lets R collect the functions, now or, while it jumps, later.
fn forget(numbers: Vec<String>) {
    for number in numbers {
        if talk(c"forget_host", &[&number], false).is_none() {
            locked(&LEFT).push(number);
        }
    }
}

/// What R says of an error of its own: the message, and for one of tokcore's its kind and its hint.
pub fn failure(words: &[String], otherwise: Kind) -> Error {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let message = if word(0).is_empty() { "it failed without a word" } else { word(0) };
    match Kind::ALL.iter().find(|kind| kind.slug() == word(1)) {
        Some(kind) => Error::new(*kind, message).with_hint(word(2)),
        None => Error::new(otherwise, message)
            .with_hint("the function is the program's own: its error is the `parent` of this one"),
    }
}

/// A panic of another thread leaves whole contents: each change is one step.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
