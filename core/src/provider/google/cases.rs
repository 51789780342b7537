//! What the cases of Google's tables have in common: a wish, the network's answers, an error.

use serde::Deserialize;
use serde_json::Value;

use super::fake::{Fake, NOW_UNIX_S, answer_with};
use super::{Assertion, Wish};
use crate::error::Error;
use crate::transport::HttpResponse;

/// A wish, as far as a case says something of it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WishCase {
    scopes: Option<Vec<String>>,
    add_email: Option<bool>,
    subject: Option<String>,
    id_token_audience: Option<String>,
    impersonate: Option<String>,
    quota_project: Option<String>,
    universe_domain: Option<String>,
    assertion: Option<String>,
    auto_skew: Option<bool>,
    delegates: Vec<String>,
    lifetime_s: Option<u64>,
}

impl WishCase {
    pub(crate) fn wish(&self) -> Wish {
        let standard = Wish::default();
        Wish {
            scopes: self.scopes.clone(),
            add_email: self.add_email.unwrap_or(standard.add_email),
            subject: self.subject.clone(),
            id_token_audience: self.id_token_audience.clone(),
            impersonate: self.impersonate.clone(),
            quota_project: self.quota_project.clone(),
            universe_domain: self.universe_domain.clone(),
            assertion: match self.assertion.as_deref() {
                Some("oauth") => Assertion::OAuth,
                Some("self_signed") => Assertion::SelfSigned,
                _ => Assertion::Auto,
            },
            auto_skew: self.auto_skew.unwrap_or(standard.auto_skew),
            delegates: self.delegates.clone(),
            lifetime: self.lifetime_s.map(std::time::Duration::from_secs),
            ..standard
        }
    }
}

/// One answer of the network.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerCase {
    #[serde(default = "ok")]
    status: u16,
    json: Value,
    /// How far the server's clock is ahead, as its `Date` shows. Units: seconds.
    #[serde(default)]
    date_ahead_s: i64,
}

fn ok() -> u16 {
    200
}

impl AnswerCase {
    fn response(&self) -> HttpResponse {
        let date = jiff::Timestamp::from_second(NOW_UNIX_S + self.date_ahead_s).expect("an instant");
        let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        answer_with(self.status, &[("content-type", "application/json"), ("date", &date)], &self.json)
    }
}

impl Fake {
    /// The network gives these answers, one after the other.
    pub(crate) fn answering(self, answers: Vec<AnswerCase>) -> Self {
        let mut answers = answers.into_iter();
        self.playing(move |request| {
            Ok(answers.next().unwrap_or_else(|| panic!("nobody expected {request:?}")).response())
        })
    }
}

/// What is expected of a failure.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorCase {
    kind: String,
    reason: Option<String>,
    /// Words of the message and of the hint.
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    hints: Vec<String>,
}

impl ErrorCase {
    pub(crate) fn fits(&self, error: &Error) -> Result<(), String> {
        let reason = error.reason().map(crate::Reason::slug);
        let fits = error.kind().slug() == self.kind
            && reason == self.reason.as_deref()
            && self.says.iter().all(|words| error.message().contains(words))
            && self.hints.iter().all(|words| error.hint().contains(words));
        // What the tables keep secret is called a canary.
        let is_silent = !format!("{error:?}").contains("canary");
        if fits && is_silent { Ok(()) } else { Err(format!("got {error:?}, reason {reason:?}")) }
    }
}
