//! How the command line speaks: data on stdout, prose on stderr, JSON when asked.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::{About, Attempt, Error, Kind, Reason};

/// Number of the JSON shapes. Raised when a member changes its meaning or goes away; new members do not raise it.
const FORMAT: u32 = 1;

/// Prints one line, or several, of data. Effects: writes stdout.
///
/// Errors: `Cancelled` when the reader has gone away (`| head`), which ends the program quietly.
pub fn data(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|cause| match cause.kind() {
        io::ErrorKind::BrokenPipe => Error::new(Kind::Cancelled, "the reader of the output has gone away"),
        _ => Error::new(Kind::Internal, format!("stdout cannot be written: {cause}"))
            .with_hint("check where the output goes"),
    })
}

/// Prints one JSON object, with its format number first. Effects: writes stdout.
pub fn json(members: &impl Serialize) -> Result<(), Error> {
    data(&numbered(members)?)
}

/// Says why the program ends. Effects: writes stderr.
pub fn failure(error: &Error, as_json: bool) {
    #[derive(Serialize)]
    struct Failure<'a> {
        error: ErrorJson<'a>,
    }
    let json = as_json.then(|| numbered(&Failure { error: ErrorJson::of(error) })).and_then(Result::ok);
    // Where stderr is closed there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{}", json.unwrap_or_else(|| error_text(error)));
}

#[derive(Serialize)]
struct Numbered<'a, T> {
    format: u32,
    #[serde(flatten)]
    members: &'a T,
}

fn numbered(members: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(&Numbered { format: FORMAT, members })
        .map_err(|cause| Error::new(Kind::Internal, format!("the output cannot be written as JSON: {cause}")))
}

fn error_text(error: &Error) -> String {
    format!("error: {}", error.report())
}

/// What is known of a credential, by name; `null` where it is not.
pub fn about(about: &About) -> Map<String, Value> {
    about.fields().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// A failure as the `error` member of JSON output.
#[derive(Serialize)]
pub struct ErrorJson<'a> {
    kind: &'static str,
    code: i32,
    reason: Option<&'static str>,
    message: &'a str,
    detail: Option<&'a str>,
    hint: &'a str,
    retryable: bool,
    retry_after_ms: Option<u64>,
    http_status: Option<u16>,
    oauth_error: Option<&'a str>,
    sign_in_url: Option<&'a str>,
    attempts: Vec<AttemptJson<'a>>,
}

/// One source that was asked.
#[derive(Serialize)]
pub struct AttemptJson<'a> {
    source: &'a str,
    outcome: &'a str,
    code: Option<&'a str>,
    elapsed_ms: Option<u64>,
}

impl<'a> AttemptJson<'a> {
    /// In the order they were asked.
    pub fn all(attempts: &'a [Attempt]) -> Vec<Self> {
        attempts.iter().map(Self::of).collect()
    }

    fn of(tried: &'a Attempt) -> Self {
        Self {
            source: &tried.source,
            outcome: &tried.outcome,
            code: (!tried.code.is_empty()).then_some(&tried.code),
            elapsed_ms: tried.elapsed_ms,
        }
    }
}

impl<'a> ErrorJson<'a> {
    /// Everything an error tells.
    pub fn of(error: &'a Error) -> Self {
        Self {
            kind: error.kind().slug(),
            code: error.kind().code(),
            reason: error.reason().map(Reason::slug),
            message: error.message(),
            detail: error.detail(),
            hint: error.hint(),
            retryable: error.kind().retryable(),
            retry_after_ms: error.retry_after_ms(),
            http_status: error.http_status(),
            oauth_error: error.oauth_error(),
            sign_in_url: error.sign_in_url(),
            attempts: AttemptJson::all(error.attempts()),
        }
    }
}

/// A number of things in words.
pub fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A text from elsewhere on one line, so that it can neither pretend to be a line of ours nor move the cursor.
pub fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// A moment as RFC 3339. Shape: `None` where it is unknown.
pub fn timestamp(unix_s: Option<i64>) -> Option<String> {
    unix_s.and_then(|seconds| Timestamp::from_second(seconds).ok()).map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_format_number_comes_first() {
        let text = numbered(&json!({"a": 1})).unwrap();
        assert!(text.starts_with("{\n  \"format\": 1,"), "{text}");
    }

    #[test]
    fn a_failure_names_the_next_step() {
        let error = Error::new(Kind::NotSignedIn, "integration x: not signed in").with_detail("Open the page");
        assert_eq!(
            error_text(&error),
            "error: integration x: not signed in\nserver: Open the page\nnext: sign in on the Managed Credentials page"
        );
    }

    #[test]
    fn moments_are_rfc_3339() {
        assert_eq!(timestamp(Some(2_051_222_400)).as_deref(), Some("2035-01-01T00:00:00Z"));
        assert_eq!(timestamp(None), None);
    }
}
