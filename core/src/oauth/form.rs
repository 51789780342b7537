//! `application/x-www-form-urlencoded`: what tokcore writes, and what some token endpoints answer.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// RFC 3986's unreserved characters stay as they are in a URL for a browser; a space becomes `%20`, which also survives
/// servers that forget to decode `+`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `text` as a component of a URL's query.
pub(super) fn encode_query(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

/// `text` as a component of a form body, and of Basic credentials. Source: RFC 6749 appendix B.
pub(super) fn encode(text: &str) -> Zeroizing<String> {
    Zeroizing::new(byte_serialize(text.as_bytes()).collect())
}

/// A form body under construction. Erased when dropped, because it holds codes, tokens and client secrets.
#[derive(Default)]
pub(super) struct Form(Zeroizing<String>);

impl Form {
    /// Appends a parameter; one without a value is left out, as if it had not been given. Source: RFC 6749 §3.2.
    pub(super) fn push(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(&encode(name));
        self.0.push('=');
        self.0.push_str(&encode(value));
    }

    /// The body.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The text of a component, decoded exactly once: first `+`, then the percent triplets, so that an encoded plus stays
/// a plus. `None` when the result is not UTF-8.
pub(super) fn decode(component: &str) -> Option<Zeroizing<String>> {
    let spaced: Cow<'_, str> =
        if component.contains('+') { component.replace('+', " ").into() } else { component.into() };
    percent_decode(spaced.as_bytes()).decode_utf8().ok().map(|text| Zeroizing::new(text.into_owned()))
}

/// The parameters of a query or form, still encoded, in order. An empty piece between two `&` counts for nothing.
pub(super) fn split(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('&').filter(|piece| !piece.is_empty()).map(|piece| piece.split_once('=').unwrap_or((piece, "")))
}
