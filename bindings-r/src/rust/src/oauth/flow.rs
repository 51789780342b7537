//! Sign-ins that R steps: in a Shiny application, in a loop of its own, in a web server.

use std::cell::RefCell;

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::flow::{Flow, Step, Submitted};
use tokcore::{Error, Interactivity, Secret};

use super::client::request;
use super::{handle, source, token};
use crate::boundary::answer;
use crate::interrupt::User;
use crate::{arguments, json, values};

/// One flow is stepped by one caller at a time.
type Held = RefCell<Flow>;

fn object(flow: Flow) -> Result<Robj, Error> {
    handle::make(Held::new(flow), "tokcore_flow")
}

/// Steps, shows or feeds the flow behind an argument. No R code runs meanwhile, except the check for interrupts.
fn with_flow<T>(value: SEXP, action: impl FnOnce(&mut Flow) -> Result<T, Error>) -> Result<T, Error> {
    let held = handle::get::<Held>("flow", "tok_flow_begin()", value)?;
    let mut flow = held.try_borrow_mut().map_err(|_| {
        Error::new(tokcore::Kind::InvalidState, "this sign-in is being stepped already")
            .with_hint("step it from one place")
    })?;
    action(&mut flow)
}

/// Begins a sign-in of a client. The caller drives it, so that somebody is there.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_flow_begin(client: SEXP, wanted: SEXP) -> SEXP {
    answer(|| object(handle::client(client)?.begin(request(wanted)?, Interactivity::Yes, &User)?))
}

/// Begins a sign-in whose token becomes that of a source.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_begin(at: SEXP) -> SEXP {
    answer(|| object(source::source(at)?.begin(Interactivity::Yes, &User)?))
}

/// What to show to the person.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_flow_prompt(flow: SEXP) -> SEXP {
    answer(|| {
        with_flow(flow, |flow| {
            let prompt = flow.prompt();
            let text = |text: &Option<String>| text.as_deref().map(json::string);
            let members = [
                ("authorization_url", text(&prompt.authorization_url)),
                ("redirect_uri", text(&prompt.redirect_uri)),
                ("user_code", text(&prompt.user_code)),
                ("verification_uri", text(&prompt.verification_uri)),
                ("verification_uri_complete", text(&prompt.verification_uri_complete)),
                ("message", text(&prompt.message)),
                ("expires_at", prompt.expires_at_unix_s.map(|at| values::time(Some(at))).transpose()?),
                ("channels", Some(Robj::from(prompt.channels.clone()))),
                ("notices", Some(Robj::from(prompt.notices.clone()))),
                ("question", flow.question().map(json::string)),
                ("advice", flow.advice().map(json::string)),
            ];
            values::named_list(members.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
        })
    })
}

/// Goes on for a while: the token, or `NULL` while nobody has answered.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_flow_step(flow: SEXP, wait_s: SEXP) -> SEXP {
    answer(|| {
        let wait = arguments::seconds("wait", wait_s)?;
        match with_flow(flow, |flow| flow.step(wait, &User))? {
            Step::Done(done) => token::object(done),
            Step::Waiting => Ok(Robj::default()),
        }
    })
}

/// Takes a pasted text: what came of it, and why when it was refused.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_flow_submit(flow: SEXP, text: SEXP) -> SEXP {
    answer(|| {
        let typed = Secret::new(arguments::any_text("text", text)?);
        let (outcome, problem) = match with_flow(flow, |flow| flow.submit(&typed))? {
            Submitted::Accepted => ("accepted", None),
            Submitted::NeedsState => ("needs_state", None),
            Submitted::Refused(why) => ("refused", Some(why)),
        };
        values::named_list(vec![("outcome", Robj::from(outcome)), ("problem", values::optional(problem.as_deref()))])
    })
}

/// Finishes with the query of a redirect that R received itself.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_flow_respond(flow: SEXP, query: SEXP) -> SEXP {
    answer(|| {
        let query = arguments::secret("query", query)?;
        token::object(with_flow(flow, |flow| flow.respond(query.expose(), &User))?)
    })
}

/// Puts a sign-in away.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_flow_seal(flow: SEXP, key: SEXP, partition: SEXP) -> SEXP {
    answer(|| {
        let key = arguments::key("key", key)?;
        let partition = arguments::optional_text("partition", partition)?;
        with_flow(flow, |flow| flow.seal(&key, partition.as_deref())).map(|sealed| json::string(sealed.expose()))
    })
}

/// Takes up a sign-in that was put away.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_flow_open(client: SEXP, wanted: SEXP, sealed: SEXP, key: SEXP, partition: SEXP) -> SEXP {
    answer(|| {
        let (client, request) = (handle::client(client)?, request(wanted)?);
        let (sealed, key) = (arguments::secret("sealed", sealed)?, arguments::key("key", key)?);
        let partition = arguments::optional_text("partition", partition)?;
        object(client.open_sealed(request, &sealed, &key, partition.as_deref(), &User)?)
    })
}
