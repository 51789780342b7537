//! A sign-in with a code, while it is waited for: every place where the answer may arrive is watched at once.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use super::loopback::{Bound, Loopback, Pages};
use super::paste::{Paste, PasteRules};
use super::poll::{CodeSource, Polling};
use super::{CapturePlan, SignIn};
use crate::error::Error;
use crate::oauth::{Callback, Endpoint};
use crate::server::{Known, Server};
use crate::settings::{ResponseMode, TokenRequest};

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
    options.timeout = request.listener_timeout.unwrap_or(options.timeout);
    options.pages = Pages { application: server.settings.display_name().to_owned(), ..Pages::default() };
    Bound::bind(options, &server.context).map(Some)
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
