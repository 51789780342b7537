//! What a refusal of an endpoint means, and what follows from it. Source: RFC 6749 §5.2.

use std::borrow::Cow;

use http::header::LOCATION;
use oauth2::basic::BasicErrorResponseType as Code;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as CodeError;
use url::Url;

use super::dialect::Dialect;
use super::members::Unreadable;
use super::provider_error::ProviderError;
use super::{retry_after, text};
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::transport::HttpResponse;

/// What the failure is about, and so who can end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// `invalid_grant`: the code or refresh token is dead. The only class that may end a grant, once the store was
    /// re-read and still holds the same one.
    Revoked,
    /// The client's credentials are refused: an administrator's matter, the grant is untouched.
    ClientRejected,
    /// This request is refused: scopes, grant type, parameters. An administrator's matter, the grant is untouched.
    RequestRejected,
    /// The user has to sign in or consent again.
    InteractionRequired,
    /// The user, or a policy, said no.
    Denied,
    /// It may work later. Never a reason to sign anybody out.
    Transient,
    /// A well-formed answer without what it is for. Nothing follows from it for the grant.
    BadResponse,
}

impl FailureClass {
    /// Stable name, for vectors, audit records and metric labels.
    pub fn slug(self) -> &'static str {
        match self {
            FailureClass::Revoked => "revoked",
            FailureClass::ClientRejected => "client_rejected",
            FailureClass::RequestRejected => "request_rejected",
            FailureClass::InteractionRequired => "interaction_required",
            FailureClass::Denied => "denied",
            FailureClass::Transient => "transient",
            FailureClass::BadResponse => "bad_response",
        }
    }

    /// The class of an error code. A status that says "later" wins over the code: `invalid_grant` comes with a 400, and
    /// a proxy or an overloaded server must not be able to end a grant.
    pub(super) fn of_code(code: &str, status: u16) -> Self {
        if is_for_later(status) {
            return FailureClass::Transient;
        }
        let parsed = Code::deserialize(IntoDeserializer::<CodeError>::into_deserializer(code));
        match parsed.unwrap_or_else(|_| Code::Extension(code.to_owned())) {
            Code::InvalidGrant => FailureClass::Revoked,
            Code::InvalidClient | Code::UnauthorizedClient => FailureClass::ClientRejected,
            Code::InvalidRequest | Code::InvalidScope | Code::UnsupportedGrantType => FailureClass::RequestRejected,
            Code::Extension(code) => match code.as_str() {
                "interaction_required" | "login_required" | "consent_required" | "account_selection_required" => {
                    FailureClass::InteractionRequired
                }
                "access_denied" | "authorization_declined" => FailureClass::Denied,
                "temporarily_unavailable" | "server_error" | "slow_down" => FailureClass::Transient,
                _ => FailureClass::RequestRejected,
            },
        }
    }
}

/// Statuses that speak of the moment and not of the request.
fn is_for_later(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

/// An answer that does not bring what was asked for. Holds nothing that must not be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointFailure {
    /// What it is about.
    pub class: FailureClass,
    /// Which failure it is by name; `None` for an error code that has no name of its own.
    pub reason: Option<Reason>,
    /// What the server answered, in a few words of ours: "a redirect", "an HTML page".
    pub answer: Cow<'static, str>,
    /// The server's error code, reduced to letters, digits and `_ . -`.
    pub oauth_error: Option<String>,
    /// The server's words, printable and at most 300 characters; not escaped for HTML.
    pub description: Option<String>,
    /// The HTTP status.
    pub http_status: u16,
    /// The pause that the server asked for, between 1 and 3600. Units: seconds.
    pub retry_after_s: Option<u64>,
    /// What to do about it, where more is known than the class tells.
    pub hint: Option<String>,
}

impl EndpointFailure {
    fn new(
        class: FailureClass,
        reason: Option<Reason>,
        answer: impl Into<Cow<'static, str>>,
        response: &HttpResponse,
    ) -> Self {
        Self {
            class,
            reason,
            answer: answer.into(),
            oauth_error: None,
            description: None,
            http_status: response.status,
            retry_after_s: None,
            hint: None,
        }
    }

    /// An answer that carries an error code. `secrets` are masked, because servers quote what they refuse.
    pub(super) fn of_error(
        found: &ProviderError,
        response: &HttpResponse,
        secrets: &[&str],
        dialect: &Dialect,
    ) -> Self {
        let code = text::code(&mask(&found.code, secrets));
        let words = found.description.as_deref().and_then(|words| text::description(&mask(words, secrets)));
        let with_subcode =
            found.subcode.as_ref().map(|subcode| format!("{code}/{}", text::code(&mask(subcode, secrets))));
        let errors = &dialect.response.errors;
        let meaning = with_subcode.and_then(|code| errors.get(&code)).or(errors.get(&code)).unwrap_or(&code);
        let class = FailureClass::of_code(meaning, response.status);
        let reason = (class == FailureClass::Denied).then_some(Reason::AuthorizationDenied);
        let mut failure = Self::new(class, reason, "an error", response);
        failure.oauth_error = Some(code);
        failure.description = words;
        failure.hint = match class {
            FailureClass::Revoked => dialect.hints.invalid_grant.clone(),
            FailureClass::ClientRejected => dialect.hints.invalid_client.clone(),
            _ => None,
        };
        failure
    }

    /// A redirect. Following it would hand the client's secret to another address.
    pub(super) fn of_redirect(response: &HttpResponse) -> Self {
        let target = response.header(&LOCATION).and_then(|location| Url::parse(location).ok());
        let answer = match target.filter(|url| url.has_host()) {
            Some(url) => format!("a redirect to {}, which is not followed", url.origin().ascii_serialization()).into(),
            None => Cow::Borrowed("a redirect, which is not followed"),
        };
        Self::new(FailureClass::Transient, Some(Reason::UnexpectedRedirect), answer, response)
    }

    /// A body without members.
    pub(super) fn of_unreadable(why: Unreadable, response: &HttpResponse) -> Self {
        let class = match (response.status, why) {
            (401, why) if why != Unreadable::Html => FailureClass::ClientRejected,
            (200..300, Unreadable::TooLarge | Unreadable::TooDeep | Unreadable::Duplicate) => FailureClass::BadResponse,
            _ => FailureClass::Transient,
        };
        let reason = match (response.status, why) {
            (200..300, Unreadable::Empty) => Reason::EmptyResponse,
            (_, Unreadable::Empty) => Reason::HttpError,
            (_, Unreadable::Html) => Reason::HtmlResponse,
            (_, Unreadable::TooLarge) => Reason::ResponseTooLarge,
            _ => Reason::MalformedResponse,
        };
        let mut failure = Self::new(class, Some(reason), why.answer(), response);
        if why == Unreadable::Html {
            failure.description = html_title(&response.body).and_then(|title| text::description(&title));
        }
        failure
    }

    /// A status that is no success, without an error code.
    pub(super) fn of_status(response: &HttpResponse) -> Self {
        let class = if response.status == 401 { FailureClass::ClientRejected } else { FailureClass::Transient };
        Self::new(class, Some(Reason::HttpError), "no error code", response)
    }

    /// A success without what it is for: `answer` says what is wrong with it ("no access token").
    pub(super) fn malformed(answer: &'static str, response: &HttpResponse) -> Self {
        Self::new(FailureClass::BadResponse, Some(Reason::MalformedResponse), answer, response)
    }

    /// Adds the pause that the answer asks for.
    pub(super) fn with_retry_after(mut self, response: &HttpResponse, sent_at_unix_s: i64) -> Self {
        self.retry_after_s = retry_after::seconds(response, sent_at_unix_s);
        self
    }

    /// The kind of error that callers see.
    pub fn kind(&self) -> Kind {
        match self.class {
            FailureClass::Revoked => Kind::GrantRevoked,
            FailureClass::ClientRejected | FailureClass::RequestRejected | FailureClass::Denied => Kind::Denied,
            FailureClass::InteractionRequired => Kind::InteractionRequired,
            FailureClass::BadResponse => Kind::Protocol,
            FailureClass::Transient => match (self.http_status, self.oauth_error.as_deref()) {
                (429, _) | (_, Some("slow_down")) => Kind::RateLimited,
                (408 | 425 | 500.., _) | (_, Some(_)) => Kind::Server,
                _ if self.reason == Some(Reason::HttpError) => Kind::Http,
                _ => Kind::Protocol,
            },
        }
    }

    /// The error that callers see; `endpoint` names it: "the token endpoint of …".
    pub fn into_error(self, endpoint: &str) -> Error {
        let status = self.http_status;
        let message = match &self.oauth_error {
            Some(code) => format!("{endpoint} answered {status} with the error {code}"),
            None => format!("{endpoint} answered {status} with {}", self.answer),
        };
        let mut error = Error::new(self.kind(), message).with_http_status(status);
        if let Some(reason) = self.reason {
            error = error.with_reason(reason);
        }
        if let Some(hint) = self.hint() {
            error = error.with_hint(hint);
        }
        if let Some(code) = &self.oauth_error {
            error = error.with_oauth_error(code);
        }
        if let Some(words) = &self.description {
            error = error.with_detail(words);
        }
        match self.retry_after_s {
            Some(seconds) => error.with_retry_after_ms(seconds * 1000),
            None => error,
        }
    }

    fn hint(&self) -> Option<&str> {
        if self.hint.is_some() {
            return self.hint.as_deref();
        }
        match self.class {
            FailureClass::ClientRejected => Some(
                "check client id, secret and authentication method: a server that wants the secret in the body \
                 (client_secret_post) refuses it in a header (client_secret_basic), and the other way round; with special \
                 characters in a header, try another basic_encoding",
            ),
            FailureClass::RequestRejected => {
                Some("check the scopes that are asked for, and what the provider has registered for this client")
            }
            _ => None,
        }
    }
}

impl From<EndpointFailure> for Error {
    fn from(failure: EndpointFailure) -> Self {
        failure.into_error("the token endpoint")
    }
}

/// `text` without any of these secrets. Very short ones are left: they would blot out ordinary words.
fn mask(text: &str, secrets: &[&str]) -> String {
    let long = secrets.iter().filter(|secret| secret.len() >= 6);
    long.fold(text.to_owned(), |text, secret| text.replace(*secret, "(redacted)"))
}

/// What a page calls itself: "Bad Gateway" tells more than that there was a page.
fn html_title(body: &[u8]) -> Option<String> {
    // Titles stand near the top; the rest of the page may be long.
    let head = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    let lower = head.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower[start..].find("</title>")?;
    Some(head[start..end].to_owned())
}
