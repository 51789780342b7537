//! `tokcore_person`: who can be shown something, and perhaps be asked, while a call waits for a sign-in.

use std::ffi::{c_char, c_void};

use tokcore::{Error, Interactivity, Kind, Nobody, Notice, Person, Secret, Terminal};
use zeroize::Zeroizing;

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{self, Cell, Handle, Shared};
use crate::integration::{TOKCORE_NO, TOKCORE_UNKNOWN, TOKCORE_YES};
use crate::status::tokcore_status;
use crate::strings::{text, texts};
use crate::user_data::{UserData, tokcore_destroy};

/// Who takes part in a sign-in. A call that is given NULL instead uses the terminal that the program was started from.
///
/// Threads: share it if its functions can be called from every thread that makes a call with it.
pub struct tokcore_person {
    _opaque: (),
}

impl Handle for tokcore_person {
    type Value = PersonValue;
    type Ownership = Shared;
    const NAME: &'static str = "person";
}

/// Shows `text`, ready-made lines for the person, on the thread whose call waits. It may hold an address or a code that is
/// for this person only. It must return: no `longjmp`, no C++ exception.
pub type tokcore_say = Option<unsafe extern "C" fn(text: *const c_char, user_data: *mut c_void)>;

/// Asks the person and waits: writes the answer and a NUL into `answer`, which has room for `size` bytes. `hidden` keeps
/// it off the screen. The result is false when there is no answer. On the thread whose call waits. It must return: no
/// `longjmp`, no C++ exception.
pub type tokcore_ask = Option<
    unsafe extern "C" fn(
        prompt: *const c_char,
        hidden: bool,
        answer: *mut c_char,
        size: usize,
        user_data: *mut c_void,
    ) -> bool,
>;

/// Lets the person choose among `count` texts and waits: the number of the chosen one, from 0; negative when there is no
/// choice. On the thread whose call waits. It must return: no `longjmp`, no C++ exception.
pub type tokcore_choose = Option<
    unsafe extern "C" fn(
        question: *const c_char,
        options: *const *const c_char,
        count: usize,
        user_data: *mut c_void,
    ) -> i64,
>;

pub(crate) enum PersonValue {
    Nobody,
    Host(Host),
}

/// Room for an answer, which may be the address of the page where a browser ended.
const ANSWER_BYTES: usize = 64 * 1024;

/// The host's own conversation.
pub(crate) struct Host {
    interactivity: Interactivity,
    say: tokcore_say,
    ask: tokcore_ask,
    choose: tokcore_choose,
    data: UserData,
}

impl Person for Host {
    fn interactivity(&self) -> Interactivity {
        self.interactivity
    }

    fn tell(&self, notice: &Notice<'_>) {
        if let Some(say) = self.say {
            let lines = Zeroizing::new(text(&notice.to_string()));
            // SAFETY: the caller gave both together.
            unsafe { say(lines.as_ptr(), self.data.pointer()) };
        }
    }

    fn choose(&self, question: &str, options: &[String]) -> Result<Option<usize>, Error> {
        let Some(choose) = self.choose else { return Ok(None) };
        let (question, options) = (text(question), texts(options));
        let places: Vec<*const c_char> = options.iter().map(|option| option.as_ptr()).collect();
        // SAFETY: the caller gave both together; there are as many options as is told.
        let chosen = unsafe { choose(question.as_ptr(), places.as_ptr(), places.len(), self.data.pointer()) };
        match usize::try_from(chosen) {
            Err(_) => Ok(None),
            Ok(chosen) if chosen < places.len() => Ok(Some(chosen)),
            Ok(_) => Err(Error::new(Kind::InvalidArgument, "the choice of `choose` is none of the options")),
        }
    }

    fn ask(&self, prompt: &str, hidden: bool) -> Result<Option<Secret>, Error> {
        let Some(ask) = self.ask else { return Nobody.ask(prompt, hidden) };
        let prompt = text(prompt);
        let mut answer = Zeroizing::new(vec![0_u8; ANSWER_BYTES]);
        // SAFETY: the caller gave both together; the place has the size that is told.
        let answered =
            unsafe { ask(prompt.as_ptr(), hidden, answer.as_mut_ptr().cast(), ANSWER_BYTES, self.data.pointer()) };
        if !answered {
            return Ok(None);
        }
        let length = answer.iter().position(|byte| *byte == 0);
        let unusable = || Error::new(Kind::InvalidArgument, "the answer of `ask` is not UTF-8 with a NUL at its end");
        let given = length.and_then(|length| answer.get(..length)).ok_or_else(unusable)?;
        str::from_utf8(given).map(|given| Some(Secret::new(given))).map_err(|_| unusable())
    }
}

/// Whom a call that was given `person`, or NULL, talks to.
pub(crate) fn person(person: Option<&Cell<tokcore_person>>) -> &dyn Person {
    match person.map(Cell::value) {
        None => &Terminal,
        Some(PersonValue::Nobody) => &Nobody,
        Some(PersonValue::Host(host)) => host,
    }
}

/// What C calls `TOKCORE_YES`, `TOKCORE_NO`, `TOKCORE_UNKNOWN`.
pub(crate) fn interactivity(value: i32) -> Result<Interactivity, Error> {
    match value {
        TOKCORE_YES => Ok(Interactivity::Yes),
        TOKCORE_NO => Ok(Interactivity::No),
        TOKCORE_UNKNOWN => Ok(Interactivity::Unknown),
        _ => Err(Error::new(Kind::InvalidArgument, "`interactivity` is none of YES, NO and UNKNOWN")),
    }
}

/// A person whom the program talks to itself.
///
/// Shape: `interactivity` is `TOKCORE_YES`, `TOKCORE_NO` or `TOKCORE_UNKNOWN`; `say` and `ask` may be NULL where nothing
/// can be shown or asked. Ownership: free `*person` with `tokcore_person_free`; `destroy` may be NULL, else it is called
/// once when the last reference is freed, or before this function returns if it fails. Threads: any.
/// Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_person_new(
    interactivity: i32,
    say: tokcore_say,
    ask: tokcore_ask,
    destroy: tokcore_destroy,
    user_data: *mut c_void,
    person: *mut *mut tokcore_person,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    let host =
        Host { interactivity: Interactivity::No, say, ask, choose: None, data: UserData::new(user_data, destroy) };
    unsafe { make(host, interactivity, person, err) }
}

/// As `tokcore_person_new`, of a person who can also choose: among stored accounts, when several fit. `choose` may be NULL.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_person_new_with_choice(
    interactivity: i32,
    say: tokcore_say,
    ask: tokcore_ask,
    choose: tokcore_choose,
    destroy: tokcore_destroy,
    user_data: *mut c_void,
    person: *mut *mut tokcore_person,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    let host = Host { interactivity: Interactivity::No, say, ask, choose, data: UserData::new(user_data, destroy) };
    unsafe { make(host, interactivity, person, err) }
}

/// Gives `host` to C; whatever fails destroys its data.
///
/// Safety: as [`Out::new`].
unsafe fn make(
    mut host: Host,
    interactivity: i32,
    person: *mut *mut tokcore_person,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(person, "person", err, || {
            host.interactivity = self::interactivity(interactivity)?;
            Ok(PersonValue::Host(host))
        })
    }
}

/// Nobody: a call that would need a person fails at once with `INTERACTION_REQUIRED`, whatever the program was started
/// from, unless its settings name a `flow`. For services and batch jobs.
///
/// Ownership: free `*person` with `tokcore_person_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_person_new_nobody(
    person: *mut *mut tokcore_person,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(person, "person", err, || Ok(PersonValue::Nobody)) }
}

/// One more reference to the same person. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_person_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_person_clone(person: *const tokcore_person) -> *mut tokcore_person {
    unsafe { handle::add_reference(person) }
}

/// Frees one reference. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_person_free(person: *mut tokcore_person) {
    unsafe { call::free(person) }
}
