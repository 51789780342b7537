//! The pages that end a sign-in in the browser. Source: specs/oauth.md L-13, L-14.

use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use url::Url;

use super::words::Words;
use crate::error::Error;
use crate::kinds::Kind;

/// The answer to one request of a browser.
pub(super) type Reply = Response<Full<Bytes>>;

const PAGE: &str = include_str!("page.html");
/// Takes code and state out of the address bar and the history. It stands in `page.html`, word for word.
#[cfg(test)]
const SCRIPT: &str = "history.replaceState(null,'',location.pathname)";
/// Nothing but our own style and that one script, which is named by its hash, so that text which slipped through the
/// escaping could still not run.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-UBodp8UhLR9ASBc1PNRKcs3r2CjAFWxCbrUGPN7u1jo='; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// How the pages look, and where the browser goes after a success.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The program that the person is signing in to, as they know it.
    pub application: String,
    /// Language tag, or a list as browsers send it; without one, the browser decides.
    pub language: Option<String>,
    /// HTML shown instead of our success page. `{{application}}`, `{{title}}`, `{{message}}`, `{{detail}}` and
    /// `{{language}}` are replaced by escaped text. It may bring styles, but no script and nothing from elsewhere.
    pub success_template: Option<String>,
    /// HTML shown instead of our failure page; the same placeholders.
    pub failure_template: Option<String>,
    /// Where a success sends the browser instead of showing a page. An https URL.
    pub success_redirect: Option<Url>,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            application: "tokcore".into(),
            language: None,
            success_template: None,
            failure_template: None,
            success_redirect: None,
        }
    }
}

/// What a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Waiting,
    Received,
    Succeeded,
    Failed,
    Stray,
}

impl Pages {
    /// Errors: `ConfigInvalid` for a redirect that is not https.
    pub(super) fn check(&self) -> Result<(), Error> {
        match &self.success_redirect {
            Some(url) if url.scheme() != "https" => {
                Err(Error::new(Kind::ConfigInvalid, "the page to show after the sign-in is not an https URL"))
            }
            _ => Ok(()),
        }
    }

    /// The reply about `topic`. `detail`: words of others, shown escaped. `accepted`: the browser's languages.
    pub(super) fn reply(&self, topic: Topic, status: StatusCode, detail: Option<&str>, accepted: &str) -> Reply {
        let succeeded = matches!(topic, Topic::Received | Topic::Succeeded);
        if let Some(url) = self.success_redirect.as_ref().filter(|_| succeeded)
            && let Ok(location) = HeaderValue::from_str(url.as_str())
        {
            let mut reply = plain(StatusCode::SEE_OTHER, "");
            reply.headers_mut().insert(LOCATION, location);
            return reply;
        }
        let words = Words::in_language(self.language.as_deref().unwrap_or(accepted));
        let custom = match topic {
            Topic::Received | Topic::Succeeded => &self.success_template,
            Topic::Failed | Topic::Stray => &self.failure_template,
            Topic::Waiting => &None,
        };
        let html = self.fill(custom.as_deref().unwrap_or(PAGE), words, topic, detail);
        reply(status, HeaderValue::from_static("text/html; charset=utf-8"), html)
    }

    fn fill(&self, template: &str, words: &Words, topic: Topic, detail: Option<&str>) -> String {
        let ((title, message), tone) = match topic {
            Topic::Waiting => (words.waiting, "idle"),
            Topic::Received => (words.received, "good"),
            Topic::Succeeded => (words.succeeded, "good"),
            Topic::Failed => (words.failed, "bad"),
            Topic::Stray => (words.stray, "warn"),
        };
        let message = message.replace("{application}", &self.application);
        let detail = detail.map(|detail| format!("{} {detail}", words.reason)).unwrap_or_default();
        let fields = [
            ("application", self.application.as_str()),
            ("title", title),
            ("message", &message),
            ("detail", &detail),
            ("language", words.language),
            ("tone", tone),
        ];
        substitute(template, &fields)
    }
}

/// `template` with every `{{name}}` replaced by its escaped value, in one pass, so that a value cannot bring
/// placeholders of its own. An unknown name becomes nothing.
fn substitute(template: &str, fields: &[(&str, &str)]) -> String {
    let mut html = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        html.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            html.push_str("{{");
            rest = after;
            break;
        };
        if let Some((_, value)) = fields.iter().find(|(known, _)| *known == name.trim()) {
            escape(value, &mut html);
        }
        rest = after;
    }
    html.push_str(rest);
    html
}

/// Appends `text` so that it is text anywhere in HTML, attributes included.
fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

/// A reply for programs: a line of text, or none.
pub(super) fn plain(status: StatusCode, text: &'static str) -> Reply {
    reply(status, HeaderValue::from_static("text/plain; charset=utf-8"), text)
}

fn reply(status: StatusCode, content_type: HeaderValue, body: impl Into<Bytes>) -> Reply {
    let body = body.into();
    let length = body.len();
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    reply
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::crypto;

    #[test]
    fn the_policy_allows_the_one_script_of_the_page() {
        assert!(PAGE.contains(&format!("<script>{SCRIPT}</script>")));
        let hash = format!("'sha256-{}'", STANDARD.encode(crypto::sha256(SCRIPT.as_bytes())));
        assert!(POLICY.to_str().expect("ASCII").contains(&hash), "the policy must name {hash}");
    }

    #[test]
    fn what_others_wrote_is_text() {
        let pages = Pages { application: "<My> \"App\" {{detail}}".into(), ..Pages::default() };
        let html = pages.fill(PAGE, Words::in_language("en"), Topic::Failed, Some("No<b>'"));
        assert!(html.contains("No&lt;b&gt;&#39;") && html.contains("&lt;My&gt; &quot;App&quot; {{detail}}"), "{html}");
        assert!(!html.contains("{application}"), "{html}");
    }

    #[test]
    fn every_page_says_something_in_every_language() {
        for language in ["en", "de"] {
            for topic in [Topic::Waiting, Topic::Received, Topic::Succeeded, Topic::Failed, Topic::Stray] {
                let pages = Pages { application: "Ledger".into(), ..Pages::default() };
                let html = pages.fill(PAGE, Words::in_language(language), topic, None);
                assert!(html.contains("Ledger") && html.contains(&format!("lang=\"{language}\"")), "{html}");
            }
        }
    }

    #[test]
    fn a_template_of_the_programs_own_is_filled() {
        let html = substitute("<h1>{{ title }}</h1>{{unknown}}{{open", &[("title", "A & B")]);
        assert_eq!(html, "<h1>A &amp; B</h1>{{open");
    }

    #[test]
    fn the_browser_is_sent_on_only_over_https_and_only_after_a_success() {
        let to = |url: &str| Pages { success_redirect: Url::parse(url).ok(), ..Pages::default() };
        assert!(to("http://intranet.example/").check().is_err());
        let pages = to("https://intranet.example/done");
        pages.check().expect("an https URL");
        let status = |topic| pages.reply(topic, StatusCode::OK, None, "").status();
        assert_eq!(status(Topic::Succeeded), StatusCode::SEE_OTHER);
        assert_eq!(status(Topic::Failed), StatusCode::OK);
    }
}
