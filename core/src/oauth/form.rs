//! `application/x-www-form-urlencoded`: what tokcore writes, and what some token endpoints answer.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// RFC 3986's unreserved characters stay as they are in a URL for a browser; a space becomes `%20`, which also survives
/// servers that forget to decode `+`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How long a byte may become.
const LONGEST_TRIPLET: usize = 3;
/// Longer than most requests: a text that grows is copied, and leaves secrets behind in memory that nobody erases.
const USUAL_BYTES: usize = 1024;

/// `text` as a component of a URL's query.
pub(super) fn encode_query(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

/// `text` as a component of a form body, and of Basic credentials. Source: RFC 6749 appendix B.
pub(super) fn encode(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(text.len() * LONGEST_TRIPLET));
    append(&mut encoded, text);
    encoded
}

/// The same behind what `form` has already. Statements and tokens go in whole: nothing in them has to be encoded.
fn append(form: &mut String, text: &str) {
    match text.bytes().all(|byte| PLAIN[usize::from(byte)]) {
        true => form.push_str(text),
        false => form.extend(byte_serialize(text.as_bytes())),
    }
}

/// Which bytes stay as they are. Source: URL standard, `application/x-www-form-urlencoded` percent-encode set.
const PLAIN: [bool; 256] = {
    let (mut plain, mut byte) = ([false; 256], 0);
    while byte < plain.len() {
        let code = byte as u8;
        plain[byte] = code.is_ascii_alphanumeric() || matches!(code, b'*' | b'-' | b'.' | b'_');
        byte += 1;
    }
    plain
};

/// The parameters of a request, written as a form. Erased when dropped, because it holds codes, tokens and client secrets.
pub(super) struct Form {
    text: Zeroizing<String>,
    /// Names that the user has filled in; nothing is written under them any more.
    taken: Vec<String>,
}

impl Default for Form {
    fn default() -> Self {
        Self { text: Zeroizing::new(String::with_capacity(USUAL_BYTES)), taken: Vec::new() }
    }
}

impl Form {
    /// Appends a parameter; one without a value is left out, as if it had not been given. Source: RFC 6749 §3.2.
    pub(super) fn push(&mut self, name: &str, value: &str) {
        if value.is_empty() || self.taken.iter().any(|taken| taken == name) {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('&');
        }
        append(&mut self.text, name);
        self.text.push('=');
        append(&mut self.text, value);
    }

    /// Appends these parameters and keeps their names for them, so that they replace what would be written later.
    pub(super) fn take_over(&mut self, parameters: &[(String, String)]) {
        for (name, value) in parameters {
            self.push(name, value);
        }
        self.taken.extend(parameters.iter().map(|(name, _)| name.clone()));
    }

    /// Whether something is written under this name.
    pub(super) fn has(&self, name: &str) -> bool {
        let name = encode(name);
        split(&self.text).any(|(written, _)| written == name.as_str())
    }

    /// Keeps this name as it stands: nothing more is written under it.
    pub(super) fn close(&mut self, name: &str) {
        self.taken.push(name.to_owned());
    }

    /// The same parameters under other names, given by the present ones.
    pub(super) fn renamed(self, names: &BTreeMap<String, String>) -> Self {
        if names.is_empty() {
            return self;
        }
        let mut renamed = Form::default();
        for (name, value) in self.pairs() {
            renamed.push(names.get(name.as_str()).map_or(name.as_str(), String::as_str), &value);
        }
        renamed
    }

    /// The parameters as they were pushed.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (Zeroizing<String>, Zeroizing<String>)> {
        // What was encoded here can be decoded.
        split(&self.text).filter_map(|(name, value)| Some((decode(name)?, decode(value)?)))
    }

    /// The body, or what comes behind the question mark.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The parameters as a JSON object; a name that stands there more than once holds a list.
    pub(super) fn to_json(&self) -> serde_json::Value {
        let mut object = serde_json::Map::new();
        for (name, value) in self.pairs() {
            let value = serde_json::Value::from(value.as_str());
            match object.get_mut(name.as_str()) {
                None => drop(object.insert(name.to_string(), value)),
                Some(serde_json::Value::Array(list)) => list.push(value),
                Some(first) => *first = serde_json::Value::Array(vec![first.take(), value]),
            }
        }
        object.into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_the_standard_writes() {
        for code in 0..=u8::MAX {
            let text = format!("a{}z", char::from(code));
            let expected: String = byte_serialize(text.as_bytes()).collect();
            assert_eq!(*encode(&text), expected, "{code}");
        }
        let mut form = Form::default();
        form.push("assertion", "ey.J_-*");
        form.push("scope", "a b&c");
        assert_eq!(form.as_str(), "assertion=ey.J_-*&scope=a+b%26c");
    }
}
