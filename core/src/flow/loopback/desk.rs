//! Takes the answers in, decides which one counts, and what each browser is told. Source: specs/oauth.md L-9 to L-12.

use http::header::{ACCEPT_LANGUAGE, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::sync::oneshot;

use super::page::{Pages, Reply, Topic, plain};
use super::route::{Route, Site};
use crate::error::Error;
use crate::flow::expect::{Expectation, Judgement};
use crate::kinds::Kind;
use crate::oauth::{Callback, Outcome};
use crate::reason::Reason;

/// Somebody who guesses states, or a stuck tab that reloads itself.
const STRAY_ANSWERS: u32 = 10;
/// After so many requests nobody gets a page any more, only the answer itself still counts.
const REQUESTS: u32 = 200;
/// One is a curious program; two are a browser that insists on https.
const TLS_HELLOS: u32 = 2;

const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");
const ALLOW_LOCAL_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-local-network");

/// What all connections of one listener share.
pub(super) struct Desk {
    site: Site,
    expectation: Expectation,
    pages: Pages,
    /// Origin of the provider's page, which may ask to reach us.
    provider: Option<HeaderValue>,
    requests: u32,
    strays: u32,
    tls_hellos: u32,
    conclusion: Option<Result<Callback, Error>>,
    waiting_browser: Option<Waiting>,
}

/// The browser that brought the code, until it is told how the story ends.
struct Waiting {
    reply: oneshot::Sender<Reply>,
    accepted: String,
}

/// What a connection does with its request.
pub(super) enum Turn {
    Reply(Reply),
    /// The body must be read first.
    ReadBody,
    /// The reply comes when the program knows how the sign-in ended.
    Hold(oneshot::Receiver<Reply>),
}

/// How a sign-in ended, for the page of the browser that is still waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The code arrived; what becomes of it shows in the program.
    Received,
    /// There is a token.
    Succeeded,
    /// There is none, for this reason; shown escaped.
    Failed(&'a str),
}

impl Desk {
    pub(super) fn new(site: Site, expectation: Expectation, pages: Pages, provider: Option<&str>) -> Self {
        Self {
            site,
            expectation,
            pages,
            provider: provider.and_then(|origin| HeaderValue::from_str(origin).ok()),
            requests: 0,
            strays: 0,
            tls_hellos: 0,
            conclusion: None,
            waiting_browser: None,
        }
    }

    /// How the wait ended, if it did.
    pub(super) fn conclusion(&self) -> Option<&Result<Callback, Error>> {
        self.conclusion.as_ref()
    }

    /// Tells the browser that waits, if one does.
    pub(super) fn tell(&mut self, verdict: Verdict<'_>) {
        let Some(Waiting { reply, accepted }) = self.waiting_browser.take() else { return };
        let (topic, detail) = match verdict {
            Verdict::Received => (Topic::Received, None),
            Verdict::Succeeded => (Topic::Succeeded, None),
            Verdict::Failed(why) => (Topic::Failed, Some(why)),
        };
        // A browser that was closed meanwhile needs no page.
        let _ = reply.send(self.pages.reply(topic, StatusCode::OK, detail, &accepted));
    }

    /// A TLS greeting came to the plain port.
    pub(super) fn count_tls_hello(&mut self) {
        self.tls_hellos = self.tls_hellos.saturating_add(1);
    }

    /// What to tell the person while nothing comes.
    pub(super) fn advice(&self) -> Option<&'static str> {
        (self.tls_hellos >= TLS_HELLOS).then_some(
            "the browser upgraded the address to https, which nothing answers there: allow http for localhost, or \
             register http://127.0.0.1",
        )
    }

    /// Decides about a request by its head.
    pub(super) fn receive(&mut self, method: &Method, uri: &http::Uri, headers: &HeaderMap) -> Turn {
        self.requests = self.requests.saturating_add(1);
        let route = self.site.route(method, uri, headers);
        // Never the query, and not even the path: whoever connects chose it.
        tracing::debug!(method = %method, route = route.name(), "request at the loopback listener");
        if self.conclusion.is_some() && !matches!(route, Route::Refused(_)) {
            return Turn::Reply(plain(StatusCode::GONE, "This sign-in is over.\n"));
        }
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match route {
            Route::Answer(query) => self.judge(&query, accepted),
            Route::PostedAnswer => Turn::ReadBody,
            _ if self.requests > REQUESTS => Turn::Reply(plain(StatusCode::TOO_MANY_REQUESTS, "")),
            Route::Look => Turn::Reply(self.pages.reply(Topic::Waiting, StatusCode::OK, None, accepted)),
            Route::Head => Turn::Reply(plain(StatusCode::OK, "")),
            Route::Preflight => Turn::Reply(self.preflight()),
            Route::Refused(status) => Turn::Reply(self.refuse(status)),
        }
    }

    /// Decides about a posted answer.
    pub(super) fn receive_form(&mut self, body: &[u8], headers: &HeaderMap) -> Turn {
        if self.conclusion.is_some() {
            return Turn::Reply(plain(StatusCode::GONE, "This sign-in is over.\n"));
        }
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match std::str::from_utf8(body) {
            Ok(form) => self.judge(form, accepted),
            Err(_) => Turn::Reply(self.pages.reply(Topic::Stray, StatusCode::BAD_REQUEST, None, accepted)),
        }
    }

    fn judge(&mut self, answer: &str, accepted: &str) -> Turn {
        match self.expectation.judge(answer) {
            Judgement::Ours(callback) => self.conclude(callback, accepted),
            Judgement::Spoilt(problem) => {
                let reply =
                    self.pages.reply(Topic::Failed, StatusCode::BAD_REQUEST, Some(&problem.to_string()), accepted);
                self.conclusion = Some(Err(problem.into()));
                Turn::Reply(reply)
            }
            Judgement::NotOurs(problem) => {
                tracing::debug!(problem = problem.slug(), "an answer that is not for this sign-in");
                self.count_stray();
                Turn::Reply(self.pages.reply(Topic::Stray, StatusCode::BAD_REQUEST, None, accepted))
            }
        }
    }

    fn conclude(&mut self, callback: Callback, accepted: &str) -> Turn {
        let turn = match &callback.outcome {
            Outcome::Code { .. } => {
                let (reply, page) = oneshot::channel();
                self.waiting_browser = Some(Waiting { reply, accepted: accepted.to_owned() });
                Turn::Hold(page)
            }
            Outcome::Refused { error, description } => {
                let words = description.as_deref().unwrap_or(error);
                Turn::Reply(self.pages.reply(Topic::Failed, StatusCode::OK, Some(words), accepted))
            }
        };
        self.conclusion = Some(Ok(callback));
        turn
    }

    fn count_stray(&mut self) {
        self.strays += 1;
        if self.strays >= STRAY_ANSWERS {
            self.conclusion = Some(Err(Error::new(
                Kind::Protocol,
                format!("{STRAY_ANSWERS} answers that belong to another sign-in came to the loopback listener"),
            )
            .with_reason(Reason::StateMismatch)
            .with_hint("close old sign-in pages and start again; if it stays, another program guesses")));
        }
    }

    /// Lets the provider's page, and no other, reach us from the network.
    fn preflight(&self) -> Reply {
        let mut reply = plain(StatusCode::NO_CONTENT, "");
        let headers = reply.headers_mut();
        headers.remove(http::header::CONTENT_LENGTH);
        headers.remove(http::header::CONTENT_TYPE);
        if let Some(provider) = &self.provider {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, provider.clone());
        }
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(self.methods()));
        headers.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
        headers.insert(ALLOW_LOCAL_NETWORK, HeaderValue::from_static("true"));
        reply
    }

    fn refuse(&self, status: StatusCode) -> Reply {
        let text = match status {
            StatusCode::NOT_FOUND => "Not found.\n",
            StatusCode::MISDIRECTED_REQUEST => "This address is not served here.\n",
            StatusCode::METHOD_NOT_ALLOWED => "This method is not served here.\n",
            _ => "This cannot be read here.\n",
        };
        let mut reply = plain(status, text);
        if status == StatusCode::METHOD_NOT_ALLOWED {
            reply.headers_mut().insert(ALLOW, HeaderValue::from_static(self.methods()));
        }
        reply
    }

    fn methods(&self) -> &'static str {
        if self.site.form_post { "GET, HEAD, OPTIONS, POST" } else { "GET, HEAD, OPTIONS" }
    }
}

impl Route {
    /// Name of the route, for the log.
    fn name(&self) -> &'static str {
        match self {
            Route::Answer(_) => "answer",
            Route::PostedAnswer => "posted answer",
            Route::Look => "look",
            Route::Head => "head",
            Route::Preflight => "preflight",
            Route::Refused(_) => "refused",
        }
    }
}
