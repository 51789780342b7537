//! `tokcore_flow`: a sign-in that the program steps.

use std::ffi::{CString, c_char};
use std::time::Duration;

use tokcore::flow::{Flow, FlowPrompt, Step, Submitted};
use tokcore::{Secret, TokenRequest};

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::error::tokcore_error;
use crate::handle::{self, Handle, Out, Unique};
use crate::oauth_client::tokcore_oauth_client;
use crate::person::interactivity as is_there;
use crate::settings::{copy_of, tokcore_settings};
use crate::status::tokcore_status;
use crate::strings::{self, optional_text, text, texts};
use crate::text::tokcore_text;
use crate::token::{give_token, tokcore_token};

/// Nobody has answered yet: step again.
pub const TOKCORE_FLOW_WAITING: i32 = 0;
/// The person has signed in: there is a token.
pub const TOKCORE_FLOW_DONE: i32 = 1;

/// It is the answer: the next step goes on with it.
pub const TOKCORE_SUBMIT_ACCEPTED: i32 = 0;
/// It is a bare code; its state has to be pasted too.
pub const TOKCORE_SUBMIT_NEEDS_STATE: i32 = 1;
/// It is nothing of use; another text may be.
pub const TOKCORE_SUBMIT_REFUSED: i32 = 2;

/// A sign-in under way. Nothing happens between two calls of it; freeing it closes its listener.
///
/// Threads: one at a time.
pub struct tokcore_flow {
    _opaque: (),
}

impl Handle for tokcore_flow {
    type Value = FlowValue;
    type Ownership = Unique;
    const NAME: &'static str = "flow";
}

/// A sign-in, with what it tells as C reads it.
pub(crate) struct FlowValue {
    pub(crate) core: Flow,
    pub(crate) prompt: PromptValue,
    /// Every question and advice so far: C may still look at an earlier one.
    sayings: Vec<CString>,
    pub(crate) question: Option<usize>,
    pub(crate) advice: Option<usize>,
}

/// What the program shows to the person.
pub(crate) struct PromptValue {
    pub(crate) authorization_url: Option<CString>,
    pub(crate) redirect_uri: Option<CString>,
    pub(crate) user_code: Option<CString>,
    pub(crate) verification_uri: Option<CString>,
    pub(crate) verification_uri_complete: Option<CString>,
    pub(crate) message: Option<CString>,
    pub(crate) expires_at_unix_s: Option<i64>,
    pub(crate) channels: Vec<CString>,
    pub(crate) notices: Vec<CString>,
}

impl PromptValue {
    fn new(prompt: &FlowPrompt) -> Self {
        Self {
            authorization_url: optional_text(prompt.authorization_url.as_deref()),
            redirect_uri: optional_text(prompt.redirect_uri.as_deref()),
            user_code: optional_text(prompt.user_code.as_deref()),
            verification_uri: optional_text(prompt.verification_uri.as_deref()),
            verification_uri_complete: optional_text(prompt.verification_uri_complete.as_deref()),
            message: optional_text(prompt.message.as_deref()),
            expires_at_unix_s: prompt.expires_at_unix_s,
            channels: texts(&prompt.channels),
            notices: texts(&prompt.notices),
        }
    }
}

impl FlowValue {
    pub(crate) fn new(core: Flow) -> Self {
        let prompt = PromptValue::new(core.prompt());
        let mut value = Self { core, prompt, sayings: Vec::new(), question: None, advice: None };
        value.look();
        value
    }

    pub(crate) fn saying(&self, which: Option<usize>) -> Option<&CString> {
        self.sayings.get(which?)
    }

    /// Takes over what the sign-in says after it went on. Earlier texts stay where they are.
    fn look(&mut self) {
        let (question, advice) = (self.core.question(), self.core.advice());
        self.question = question.map(|question| self.remember(question));
        self.advice = advice.map(|advice| self.remember(advice));
        let known = self.prompt.notices.len();
        self.prompt.notices.extend(self.core.prompt().notices.iter().skip(known).map(|notice| text(notice)));
    }

    fn remember(&mut self, saying: &str) -> usize {
        let saying = text(saying);
        self.sayings.iter().position(|known| *known == saying).unwrap_or_else(|| {
            self.sayings.push(saying);
            self.sayings.len() - 1
        })
    }
}

/// Starts a sign-in that the program steps, for its own event loop, window or web page.
///
/// Shape: settings as for `tokcore_token_source_new`, with a grant that needs a person. `interactivity` is
/// `TOKCORE_YES`, `TOKCORE_NO` or `TOKCORE_UNKNOWN`: whether somebody is there. `cancel` may be NULL.
/// Ownership: `settings` stays yours; free `*flow` with `tokcore_flow_free`. Threads: any. Effects: [net] [blocks]; a
/// listener on loopback is opened where that is how the answer comes. Errors: `INTERACTION_REQUIRED` when nobody is there;
/// `LISTENER_UNAVAILABLE`; `INVALID_STATE` for a grant without a person; `CONFIG_INVALID`; those of an exchange.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_oauth_client_begin(
    client: *const tokcore_oauth_client,
    settings: *const tokcore_settings,
    interactivity: i32,
    cancel: *const tokcore_cancel,
    flow: *mut *mut tokcore_flow,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_giving(client, flow, "flow", err, |client| {
            let request = TokenRequest::from_settings(copy_of(settings)?)?;
            let begun = client.begin(request, is_there(interactivity)?, interrupt(handle::get_optional(cancel)?))?;
            Ok(FlowValue::new(begun))
        })
    }
}

/// Goes on for `wait_ms` at most; 0 looks only at what has already happened, for an event loop that calls it now and then.
///
/// Shape: `*state` is `TOKCORE_FLOW_WAITING` or `TOKCORE_FLOW_DONE`; only then `*token` is written. `cancel` may be NULL.
/// Ownership: free `*token` with `tokcore_token_free`. Effects: [net] [blocks]. Errors: end the sign-in, but for
/// `CANCELLED`: `DENIED` with the provider's words, `TIMEOUT`, `PROTOCOL` with its reason, those of an exchange;
/// `INVALID_STATE` after the end. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_step(
    flow: *mut tokcore_flow,
    wait_ms: u64,
    cancel: *const tokcore_cancel,
    state: *mut i32,
    token: *mut *mut tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(flow, err, |flow| {
            let (state, place) = (Out::new(state, "state")?, Out::new(token, "token")?);
            let step = flow.core.step(Duration::from_millis(wait_ms), interrupt(handle::get_optional(cancel)?));
            flow.look();
            match step? {
                Step::Waiting => state.write(TOKCORE_FLOW_WAITING),
                Step::Done(token) => {
                    place.write(give_token(token)?);
                    state.write(TOKCORE_FLOW_DONE);
                }
            }
            Ok(())
        })
    }
}

/// Takes what the person pasted: a code, the address of the page where the browser ended, or what that page shows.
///
/// Shape: `*outcome` is one of `TOKCORE_SUBMIT_*`; `*why` says why it is `REFUSED`, and is NULL otherwise; `why` may be
/// NULL. Ownership: copied; free `*why` with `tokcore_text_free`. Errors: `INVALID_STATE` where nothing is to be pasted;
/// those of an answer that ends the sign-in. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_submit(
    flow: *mut tokcore_flow,
    pasted: *const c_char,
    outcome: *mut i32,
    why: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(flow, err, |flow| {
            let place = Out::new(outcome, "outcome")?;
            let pasted = Secret::new(strings::required(pasted, "pasted")?);
            let submitted = flow.core.submit(&pasted);
            flow.look();
            let (outcome, reason) = match submitted? {
                Submitted::Accepted => (TOKCORE_SUBMIT_ACCEPTED, None),
                Submitted::NeedsState => (TOKCORE_SUBMIT_NEEDS_STATE, None),
                Submitted::Refused(reason) => (TOKCORE_SUBMIT_REFUSED, Some(reason)),
            };
            if let Ok(why) = Out::new(why, "why") {
                why.write(handle::give_optional(reason.map(|reason| text(&reason).into())));
            }
            place.write(outcome);
            Ok(())
        })
    }
}

/// Finishes the sign-in with the query, or the form body, of a redirect that the program received itself.
///
/// Shape: `cancel` may be NULL. Ownership: free `*token` with `tokcore_token_free`. Effects: [net] [blocks].
/// Errors: `PROTOCOL` with its reason for an answer that is not accepted, after which another one may be; as
/// `tokcore_flow_step`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_respond(
    flow: *mut tokcore_flow,
    query: *const c_char,
    cancel: *const tokcore_cancel,
    token: *mut *mut tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(flow, err, |flow| {
            let place = Out::new(token, "token")?;
            let query = strings::required(query, "query")?;
            let token = flow.core.respond(query, interrupt(handle::get_optional(cancel)?));
            flow.look();
            place.write(give_token(token?)?);
            Ok(())
        })
    }
}

/// Ends the sign-in, if it is not over, closes its listener and frees it. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_flow_free(flow: *mut tokcore_flow) {
    unsafe { call::free(flow) }
}
