//! What a failed call returns: one kind, one line, and what to do next.

mod report;

use std::fmt;
use std::sync::Arc;

use crate::kinds::Kind;
use crate::reason::Reason;

/// One source that was asked, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Name of the source, as it stands in the detection table or the chain.
    pub source: String,
    /// What came of it, in one line without secrets.
    pub outcome: String,
    /// The same as a stable word: `token`, `not_applicable`, `skipped`, the slug of a reason or kind; empty where nobody
    /// needs one.
    pub code: String,
    /// How long it took. Units: milliseconds. Shape: `None` where nothing was waited for.
    pub elapsed_ms: Option<u64>,
}

impl Attempt {
    /// Records that `source` was asked, with this `outcome`.
    pub fn new(source: impl Into<String>, outcome: impl Into<String>) -> Self {
        Self { source: source.into(), outcome: outcome.into(), code: String::new(), elapsed_ms: None }
    }

    /// The same, with a stable word for what came of it.
    pub fn with_code(self, code: impl Into<String>) -> Self {
        Self { code: code.into(), ..self }
    }

    /// The same, with how long it took. Units: milliseconds.
    pub fn lasting(self, elapsed_ms: u64) -> Self {
        Self { elapsed_ms: Some(elapsed_ms), ..self }
    }
}

/// A failure. Cheap to clone, so that every caller who waited for one exchange gets the same one.
///
/// The message is one line, lower case, without a final stop, without a secret and without a response body.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    reason: Option<Reason>,
    message: String,
    hint: Option<String>,
    detail: Option<String>,
    attempts: Vec<Attempt>,
    retry_after_ms: Option<u64>,
    oauth_error: Option<String>,
    http_status: Option<u16>,
    sign_in_url: Option<String>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of this kind. `message` names the thing that failed.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            reason: None,
            message: one_line(&message.into(), MESSAGE_CHARS),
            hint: None,
            detail: None,
            attempts: Vec::new(),
            retry_after_ms: None,
            oauth_error: None,
            http_status: None,
            sign_in_url: None,
            cause: None,
        }))
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The same failure, of which the message says first in what it happened: "the token exchange".
    pub(crate) fn during(self, what: &str) -> Self {
        self.with(|inner| inner.message = one_line(&format!("{what}: {}", inner.message), MESSAGE_CHARS))
    }

    /// Which failure of its kind this is.
    pub fn with_reason(self, reason: Reason) -> Self {
        self.with(|inner| inner.reason = Some(reason))
    }

    /// What to do about this very failure; without one, the kind's general next step is shown.
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        self.with(|inner| inner.hint = Some(one_line(&hint.into(), MESSAGE_CHARS)))
    }

    /// Text that the server wrote for people. Control characters are dropped and the length is capped.
    pub fn with_detail(self, detail: impl AsRef<str>) -> Self {
        self.with(|inner| inner.detail = Some(one_line(detail.as_ref(), DETAIL_CHARS)))
    }

    /// The sources that were asked before this failure, in order.
    pub fn with_attempts(self, attempts: Vec<Attempt>) -> Self {
        self.with(|inner| inner.attempts = attempts)
    }

    /// How long the server asked us to wait, in milliseconds.
    pub fn with_retry_after_ms(self, milliseconds: u64) -> Self {
        self.with(|inner| inner.retry_after_ms = Some(milliseconds))
    }

    /// The `error` code of RFC 6749 that the server sent.
    pub fn with_oauth_error(self, code: impl AsRef<str>) -> Self {
        self.with(|inner| inner.oauth_error = Some(one_line(code.as_ref(), 64)))
    }

    /// The HTTP status of the answer that failed.
    pub fn with_http_status(self, status: u16) -> Self {
        self.with(|inner| inner.http_status = Some(status))
    }

    /// Where the user can sign in.
    pub fn with_sign_in_url(self, url: impl Into<String>) -> Self {
        self.with(|inner| inner.sign_in_url = Some(url.into()))
    }

    /// The error underneath. Its text must not hold a secret either.
    pub fn with_cause(self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.with(|inner| inner.cause = Some(Arc::new(cause)))
    }

    /// What the caller can do about it, as a closed list.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Which failure of its kind this is, where the kind alone leaves that open.
    pub fn reason(&self) -> Option<Reason> {
        self.0.reason
    }

    /// One line that names the thing that failed.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The next step: this failure's own, else the kind's.
    pub fn hint(&self) -> &str {
        self.0.hint.as_deref().unwrap_or(self.0.kind.next_step())
    }

    /// Text that the server wrote for people, if it sent any.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The sources that were asked, in order.
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    /// Milliseconds the server asked us to wait, if it did.
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.0.retry_after_ms
    }

    /// The server's OAuth error code, if it sent one. Source: RFC 6749 §5.2.
    pub fn oauth_error(&self) -> Option<&str> {
        self.0.oauth_error.as_deref()
    }

    /// The HTTP status of the failed answer, if there was an answer.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// Where the user can sign in, if the server told.
    pub fn sign_in_url(&self) -> Option<&str> {
        self.0.sign_in_url.as_deref()
    }
}

/// Long enough for a path and a reason, short enough for one terminal line or two.
const MESSAGE_CHARS: usize = 600;
/// A server's words are shown, but not at any length.
const DETAIL_CHARS: usize = 300;

/// `text` without control characters and cut at `limit` characters: what comes from a server must not forge a log line.
fn one_line(text: &str, limit: usize) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(limit).collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(detail) = self.detail() {
            write!(f, " (server: {detail})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}; {}", self.kind().name(), self.hint())?;
        for attempt in self.attempts() {
            write!(f, "\n  {}: {}", attempt.source, attempt.outcome)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_words_cannot_forge_a_second_line() {
        let error = Error::new(Kind::Server, "broker failed").with_detail("first\r\nlevel=info second");
        assert_eq!(error.to_string(), "broker failed (server: first  level=info second)");
    }

    #[test]
    fn hint_falls_back_to_the_kinds_next_step() {
        assert_eq!(Error::new(Kind::Timeout, "x").hint(), Kind::Timeout.next_step());
        assert_eq!(Error::new(Kind::Timeout, "x").with_hint("wait").hint(), "wait");
    }
}
