//! A sign-in with a code, while it is waited for: every place where the answer may arrive is watched at once.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::loopback::{Bound, Host, Loopback, Pages, Port};
use super::paste::{Paste, PasteRules};
use super::poll::{CodeSource, Polling};
use super::{CapturePlan, SignIn};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::{Callback, Endpoint};
use crate::server::{Known, Server};
use crate::settings::{ResponseMode, TokenRequest};

/// How long the browser is waited for, in seconds, where the caller does not say; 0 is without end.
const TIMEOUT_VARIABLE: &str = "TOKCORE_OAUTH_TIMEOUT";
/// Without end: longer than a process that waits for a person.
const ENDLESS: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What is watched.
pub(super) struct CodeFlow {
    pub(super) sign_in: Arc<SignIn>,
    pub(super) known: Known,
    pub(super) url: String,
    pub(super) loopback: Option<Loopback>,
    polling: Option<Polling>,
    pub(super) paste: Option<Paste>,
}

impl CodeFlow {
    /// Takes the address that the browser comes back to, then makes the one where it begins. Effects: `[net]`.
    ///
    /// Errors: `ListenerUnavailable`; those of discovery, of a pushed request and of the parameters.
    pub(super) async fn begin(server: &Server, request: &TokenRequest, plan: &CapturePlan) -> Result<Self, Error> {
        let known = server.known(&[Endpoint::Authorization, Endpoint::Token]).await?;
        let bound = bind(server, request, plan, &known)?;
        let redirect_uri = match (&plan.redirect, &bound) {
            (Some(redirect), Some(bound)) => redirect.uri(bound.port()),
            (Some(redirect), None) => redirect.unbound_uri(),
            (None, _) => String::new(),
        };
        let sign_in = SignIn::new(server, request, redirect_uri)?;
        let url = sign_in.url(server, request, &known).await?;
        let expectation = sign_in.expectation(server, &known);
        let paste = plan.channels.paste.then(|| {
            let rules = PasteRules {
                stateless: request.allow_stateless_paste && sign_in.verifier.is_some(),
                hash_before_state: server.dialect.redirect.code_hash_state,
                redirect_uri: Some(sign_in.redirect_uri.clone()),
            };
            Paste::new(expectation.clone(), rules)
        });
        let polling = plan.channels.poll.as_ref().map(|source| polling(server, request, source.as_str(), &expectation));
        Ok(Self {
            loopback: bound.map(|bound| bound.wait_for(expectation)),
            polling: polling.transpose()?,
            paste,
            sign_in: Arc::new(sign_in),
            known,
            url,
        })
    }

    /// A sign-in that was put away: its host receives the redirect itself.
    pub(super) fn resumed(sign_in: SignIn, known: Known) -> Self {
        Self { sign_in: Arc::new(sign_in), known, url: String::new(), loopback: None, polling: None, paste: None }
    }

    /// The answer, wherever it arrives first. May be dropped and called again.
    ///
    /// Errors: those of the place that gives up.
    pub(super) async fn caught(&mut self) -> Result<Callback, Error> {
        let loopback = self.loopback.as_mut();
        let polling = self.polling.as_mut();
        let mut heard = pin!(async {
            match loopback {
                Some(loopback) => loopback.accept().await,
                None => std::future::pending().await,
            }
        });
        let mut fetched = pin!(async {
            match polling {
                Some(polling) => polling.answer().await,
                None => std::future::pending().await,
            }
        });
        poll_fn(|cx| match heard.as_mut().poll(cx) {
            Poll::Pending => fetched.as_mut().poll(cx),
            ready => ready,
        })
        .await
    }
}

fn bind(server: &Server, request: &TokenRequest, plan: &CapturePlan, known: &Known) -> Result<Option<Bound>, Error> {
    let Some(uri) = plan.redirect.as_ref().and_then(|redirect| redirect.loopback()).filter(|_| plan.channels.listener)
    else {
        return Ok(None);
    };
    let mut options = uri.listen_options();
    options.form_post = request.response_mode == ResponseMode::FormPost;
    options.provider_origin =
        known.endpoints.get(Endpoint::Authorization).map(|endpoint| endpoint.origin().ascii_serialization());
    options.timeout = patience(&server.context, request)?.unwrap_or(options.timeout);
    if let Some(host) = &request.listen_host {
        options.host = Host::on_this_machine("listen_host", host)?;
    }
    if let Some(port) = request.listen_port {
        options.forwarded_port = uri.ports.first().copied().filter(|named| *named != 0 && *named != port);
        options.port = Port::OneOf(vec![port]);
    }
    options.usual_cause.clone_from(&server.dialect.hints.redirect);
    options.pages = Pages { application: server.settings.display_name().to_owned(), ..Pages::default() };
    Bound::bind(options, &server.context).map(Some)
}

/// How long the browser is waited for, where somebody says.
///
/// Errors: `ConfigInvalid` for a variable that is no number of seconds.
fn patience(context: &Context, request: &TokenRequest) -> Result<Option<Duration>, Error> {
    let said = match (request.listener_timeout, context.set_var(TIMEOUT_VARIABLE)) {
        (Some(timeout), _) => timeout,
        (None, None) => return Ok(None),
        (None, Some(text)) => {
            let seconds = text.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            seconds.ok_or_else(|| {
                Error::new(
                    Kind::ConfigInvalid,
                    format!("{TIMEOUT_VARIABLE} is {text:?}, which is no number of seconds"),
                )
                .with_hint("set it to a number such as 300, or to 0 to wait without end")
            })?
        }
    };
    Ok(Some(if said.is_zero() { ENDLESS } else { said }))
}

fn polling(
    server: &Server,
    request: &TokenRequest,
    source: &str,
    expectation: &super::Expectation,
) -> Result<Polling, Error> {
    let mut source = CodeSource::new(source, &server.context)?.with_connection(server.connection().clone());
    if let Some(timeout) = request.poll_timeout {
        source = source.with_timeout(timeout);
    }
    Ok(Polling::new(source, expectation.clone(), &server.context))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Env;

    struct Told(&'static str);

    impl Env for Told {
        fn var(&self, name: &str) -> Option<String> {
            (name == TIMEOUT_VARIABLE).then(|| self.0.to_owned())
        }
    }

    fn waits(variable: &'static str, request: Option<u64>) -> Option<Duration> {
        let context = Context { env: Arc::new(Told(variable)), ..Context::default() };
        let listener_timeout = request.map(Duration::from_secs);
        patience(&context, &TokenRequest { listener_timeout, ..TokenRequest::default() }).expect("a time")
    }

    #[test]
    fn the_request_counts_before_the_variable_and_nothing_is_without_end() {
        assert_eq!(waits("", None), None);
        assert_eq!(waits("1.5", None), Some(Duration::from_millis(1500)));
        assert_eq!(waits("60", Some(5)), Some(Duration::from_secs(5)));
        assert_eq!((waits("0", None), waits("60", Some(0))), (Some(ENDLESS), Some(ENDLESS)));
    }
}
