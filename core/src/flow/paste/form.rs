//! The forms in which an answer can be copied, each turned into the query of a redirect.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::{PasteRules, text};
use crate::secret::Secret;

/// An answer as the redirect would have carried it.
#[derive(Debug)]
pub(in crate::flow) struct Pasted {
    pub query: Secret,
    /// For the person; never with any of the text.
    pub notice: Option<&'static str>,
}

impl Pasted {
    fn of(query: impl Into<String>) -> Self {
        Self { query: Secret::new(query), notice: None }
    }

    fn of_code(code: &str) -> Self {
        let mut query = Zeroizing::new(String::new());
        push(&mut query, "code", code);
        Self::of(query.as_str())
    }

    pub fn has_code(&self) -> bool {
        self.has("code=")
    }

    pub fn is_refusal(&self) -> bool {
        self.has("error=")
    }

    /// Whether a parameter is there and not empty.
    fn has(&self, name: &str) -> bool {
        self.query.expose().split('&').any(|piece| piece.strip_prefix(name).is_some_and(|value| !value.is_empty()))
    }

    /// The same with this state in place of an empty one.
    pub fn with_state(&self, state: &str) -> Self {
        let pieces = self.query.expose().split('&').filter(|piece| !matches!(*piece, "state" | "state="));
        let mut query = Zeroizing::new(String::new());
        for piece in pieces {
            query.push_str(piece);
            query.push('&');
        }
        push(&mut query, "state", state);
        Self { query: Secret::new(query.as_str()), notice: self.notice }
    }
}

/// Appends a parameter, encoded.
fn push(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() && !query.ends_with('&') {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    query.extend(byte_serialize(value.as_bytes()));
}

/// Reads a text that has been cleaned. Whatever has no other form is a code.
pub(super) fn read(text: &str, rules: &PasteRules) -> Pasted {
    address(text, rules)
        .or_else(|| query(text))
        .or_else(|| hashed(text, rules))
        .or_else(|| json(text.as_bytes()))
        .or_else(|| encoded_json(text))
        .unwrap_or_else(|| code(text))
}

/// An address, whole or without its scheme, with the answer in its query or its fragment.
fn address(text: &str, rules: &PasteRules) -> Option<Pasted> {
    let text = text::joined(text);
    let is_web = ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let (before, fragment) = text.split_once('#').unwrap_or((&text, ""));
    let (before, query) = before.split_once('?').unwrap_or((before, ""));
    let answer = [query, fragment].into_iter().find(|part| is_answer(part));
    // A web address without an answer is no code either: its query is judged, and found to lack one.
    let answer = answer.or_else(|| is_web.then_some(query))?;
    let mut pasted = Pasted::of(answer);
    if is_web && !same_place(before, rules) {
        pasted.notice = Some("the pasted address is not that of the redirect URI");
    }
    Some(pasted)
}

/// Whether a web address has the host and port of the redirect URI, as far as there is one to compare with.
fn same_place(address: &str, rules: &PasteRules) -> bool {
    let place = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    match rules.redirect_uri.as_deref().filter(|uri| uri.starts_with("http")) {
        Some(uri) => place(uri) == place(address),
        None => true,
    }
}

/// Parameters alone.
fn query(text: &str) -> Option<Pasted> {
    let text = text::joined(text);
    is_answer(&text).then(|| Pasted::of(text.as_str()))
}

fn is_answer(query: &str) -> bool {
    query.split('&').any(|piece| ["code=", "error="].iter().any(|name| piece.starts_with(name)))
}

/// `code#state`.
fn hashed(text: &str, rules: &PasteRules) -> Option<Pasted> {
    let (code, state) = text.split_once('#').filter(|_| rules.hash_before_state)?;
    Some(Pasted::of_code(code).with_state(state))
}

/// The members that count, and those that must not be there.
const MEMBERS: [&str; 10] =
    ["code", "state", "error", "error_description", "iss", "scope", "access_token", "id_token", "token", "response"];

/// A JSON object. A member that is not a text counts as absent.
fn json(bytes: &[u8]) -> Option<Pasted> {
    let object: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    let mut query = Zeroizing::new(String::new());
    for name in MEMBERS {
        if let Some(Value::String(value)) = object.get(name) {
            push(&mut query, name, value);
        }
    }
    Some(Pasted::of(query.as_str()))
}

/// A JSON object in either alphabet of base64, padded or not, in one line or several.
fn encoded_json(text: &str) -> Option<Pasted> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let text = text::joined(text);
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let decoded = GeneralPurpose::new(alphabet, LENIENT).decode(text.as_bytes()).ok().map(Zeroizing::new)?;
    json(&decoded)
}

/// The code alone, perhaps as it stands in an address.
fn code(text: &str) -> Pasted {
    let text: Zeroizing<String> = Zeroizing::new(text.split(['\r', '\n']).map(str::trim).collect());
    match unescaped(&text) {
        Some(decoded) => {
            Pasted { notice: Some("the code was percent-encoded and has been decoded"), ..Pasted::of_code(&decoded) }
        }
        None => Pasted::of_code(&text),
    }
}

/// The code behind percent escapes, if it has any and was therefore cut from an address: there, a reserved character
/// would be escaped too.
fn unescaped(code: &str) -> Option<Zeroizing<String>> {
    const RESERVED: &[char] =
        &[':', '/', '?', '#', '[', ']', '@', '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';', '='];
    if !code.contains('%') || code.contains(RESERVED) {
        return None;
    }
    let decoded: Cow<'_, str> = percent_decode_str(code).decode_utf8().ok()?;
    // Without an escape nothing has changed.
    (decoded != code).then(|| Zeroizing::new(decoded.into_owned()))
}
