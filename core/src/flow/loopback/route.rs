//! Which of the many things that reach a port on loopback is the browser with an answer. Source: specs/oauth.md L-5 to
//! L-8.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

/// Enough for any answer in a form; a code alone may not be larger than half of a query.
pub(super) const BODY_BYTES: usize = 64 * 1024;

/// Where we listen, as requests name it.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Values of `Host` that mean us, in lower case. Any other one comes from a name that somebody pointed at loopback.
    pub(super) hosts: Vec<String>,
    /// Path of the registered redirect URI, decoded.
    pub(super) path: String,
    /// Whether the answer may come as a posted form.
    pub(super) form_post: bool,
}

/// What a request is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// An answer, in the query.
    Answer(String),
    /// An answer, in the body.
    PostedAnswer,
    /// Somebody looks at our path without an answer.
    Look,
    /// The same, wanting the headers only.
    Head,
    /// A browser asks whether a page from the network may reach this machine.
    Preflight,
    /// None of our business.
    Refused(StatusCode),
}

impl Site {
    /// A site at these hosts, for the path as the redirect URI writes it.
    pub(super) fn new(hosts: &[&str], port: u16, path: &str, form_post: bool) -> Self {
        let named = |host: &&str| match port {
            80 => vec![(*host).to_owned(), format!("{host}:80")],
            port => vec![format!("{host}:{port}")],
        };
        let path = match decode(path).as_str() {
            "" => "/".to_owned(),
            path => path.to_owned(),
        };
        Self { hosts: hosts.iter().flat_map(named).collect(), path, form_post }
    }

    /// Classifies a request by its head.
    pub(super) fn route(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Route {
        if !self.is_addressed(uri, headers) {
            return Route::Refused(StatusCode::MISDIRECTED_REQUEST);
        }
        if decode(uri.path()) != self.path {
            return Route::Refused(StatusCode::NOT_FOUND);
        }
        match *method {
            Method::GET => match uri.query().filter(|query| has_answer(query)) {
                Some(query) => Route::Answer(query.to_owned()),
                None => Route::Look,
            },
            Method::HEAD => Route::Head,
            Method::OPTIONS => Route::Preflight,
            Method::POST if self.form_post => posted(headers),
            _ => Route::Refused(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// Whether exactly one `Host` is there and means us; an absolute target must agree.
    fn is_addressed(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let is_ours = |name: &str| self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name));
        let mut named = headers.get_all(HOST).iter();
        let host = named.next().and_then(|host| host.to_str().ok());
        host.is_some_and(is_ours) && named.next().is_none() && uri.authority().is_none_or(|name| is_ours(name.as_str()))
    }
}

fn posted(headers: &HeaderMap) -> Route {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type = text(CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let length = text(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Route::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    match length {
        None => Route::Refused(StatusCode::LENGTH_REQUIRED),
        Some(_) if headers.contains_key(TRANSFER_ENCODING) => Route::Refused(StatusCode::LENGTH_REQUIRED),
        Some(length) if length > BODY_BYTES => Route::Refused(StatusCode::PAYLOAD_TOO_LARGE),
        Some(_) => Route::PostedAnswer,
    }
}

fn has_answer(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| matches!(&*name, "code" | "error" | "state"))
}

fn decode(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(site: &Site, host: &str, uri: &str) -> Route {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().expect("a header value"));
        site.route(&Method::GET, &uri.parse().expect("a target"), &headers)
    }

    #[test]
    fn a_path_is_decoded_once_and_compared_whole() {
        let site = Site::new(&["localhost"], 1410, "/sign%20in", false);
        assert_eq!(route(&site, "LOCALHOST:1410", "/sign%20in?code=a"), Route::Answer("code=a".into()));
        assert_eq!(route(&site, "localhost:1410", "/sign%2520in?code=a"), Route::Refused(StatusCode::NOT_FOUND));
        assert_eq!(route(&site, "localhost:1410", "/sign%20in/?code=a"), Route::Refused(StatusCode::NOT_FOUND));
    }

    #[test]
    fn an_absolute_target_must_name_us_too() {
        let site = Site::new(&["localhost"], 80, "", false);
        assert_eq!(route(&site, "localhost", "http://localhost/?state=S"), Route::Answer("state=S".into()));
        let misdirected = Route::Refused(StatusCode::MISDIRECTED_REQUEST);
        assert_eq!(route(&site, "localhost", "http://evil.example/?state=S"), misdirected);
        assert_eq!(route(&site, "localhost:81", "/?state=S"), misdirected);
    }
}
