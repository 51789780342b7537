//! `token_fetch()` and `tok_explain()`.

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::{Attempt, BuiltIn, Chain, ChainRequest, Error, Fetched, Finding, Kind, Method};

use super::objects::Objects;
use crate::boundary::answer;
use crate::interrupt::User;
use crate::oauth::person::Session;
use crate::oauth::settings::settings;
use crate::oauth::source;
use crate::{arguments, values};

/// Asks the chain. `only`: the one method to ask, or `NULL`. `brought`: see [`Objects`]. `call`: R's
/// number for the call.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_chain_fetch(only: SEXP, given: SEXP, brought: SEXP, call: SEXP) -> SEXP {
    answer(|| {
        let (chain, request) = asked(only, given, brought)?;
        let call = arguments::text("call", call)?;
        let (found, attempts) = match chain.fetch(&request, &call, &Session, &User)? {
            Fetched::Source(found) => {
                let attempts = found.attempts().to_vec();
                (source::object(found)?, attempts)
            }
            // R has it.
            Fetched::Other(_) => (Robj::from("other"), Vec::new()),
            Fetched::Nothing(attempts) => (Robj::default(), attempts),
        };
        values::named_list(vec![("found", found), ("attempts", columns(&attempts)?)])
    })
}

/// What the chain would do.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_chain_explain(only: SEXP, given: SEXP, brought: SEXP, probe: SEXP) -> SEXP {
    answer(|| {
        let (chain, request) = asked(only, given, brought)?;
        let explanation = chain.explain(&request, &Session, arguments::flag("probe", probe)?)?;
        let findings = &explanation.findings;
        let column = |of: fn(&Finding) -> Option<&str>| {
            Strings::from_values(findings.iter().map(|finding| of(finding).map_or_else(Rstr::na, Rstr::from)))
                .into_robj()
        };
        values::named_list(vec![
            ("method", column(|finding| Some(&finding.method))),
            ("code", column(|finding| Some(&finding.code))),
            ("words", column(|finding| Some(&finding.words))),
            ("hint", column(|finding| finding.hint.as_deref())),
            ("kind", column(|finding| finding.about.as_ref().map(|about| about.kind.as_str()))),
            ("source", column(|finding| finding.about.as_ref().map(|about| about.source.as_str()))),
            ("principal", column(|finding| finding.about.as_ref()?.principal.as_deref())),
            ("project_id", column(|finding| finding.about.as_ref()?.project_id.as_deref())),
            ("first", values::optional(explanation.first().map(|finding| finding.method.as_str()))),
            ("verdict", Robj::from(explanation.verdict.slug())),
            ("answer", Robj::from(explanation.verdict.words())),
            ("next", values::optional(explanation.next())),
        ])
    })
}

/// The chain that is meant, and what is asked of it. Options of the session's own methods are left to them, also where one
/// of tokcore's methods alone is asked: such a method may call it with everything that it was given itself.
fn asked(only: SEXP, given: SEXP, brought: SEXP) -> Result<(Chain, ChainRequest), Error> {
    // First, so that what R keeps for it is let go of whatever becomes of the rest.
    let objects = Objects::of(brought)?;
    let current = Chain::current();
    let request = objects.given_to(ChainRequest::from_settings(settings("the chain", given)?, &current)?);
    let Some(only) = arguments::optional_text("only", only)? else { return Ok((current, request)) };
    let method = BuiltIn::named(&only)
        .ok_or_else(|| Error::new(Kind::InvalidArgument, format!("tokcore has no method {only}")))?;
    Ok((Chain::of(vec![(only, Method::BuiltIn(method))])?, request))
}

fn columns(attempts: &[Attempt]) -> Result<Robj, Error> {
    let text = |of: fn(&Attempt) -> &str| Robj::from(attempts.iter().map(of).collect::<Vec<_>>());
    let elapsed =
        attempts.iter().map(|attempt| attempt.elapsed_ms.map_or_else(Rfloat::na, |ms| Rfloat::from(ms as f64)));
    values::named_list(vec![
        ("source", text(|attempt| &attempt.source)),
        ("outcome", text(|attempt| &attempt.outcome)),
        ("code", text(|attempt| &attempt.code)),
        ("elapsed_ms", Doubles::from_values(elapsed).into_robj()),
    ])
}
