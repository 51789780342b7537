//! Scopes: lists in configuration and in our types, one text on the wire.

use std::borrow::Cow;

use serde::Deserialize;

use crate::error::Error;
use crate::kinds::Kind;

/// What stands between two scopes in a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeSeparator {
    /// As RFC 6749 §3.3 says.
    #[default]
    Space,
    /// As some providers want it.
    Comma,
}

impl ScopeSeparator {
    fn as_str(self) -> &'static str {
        match self {
            ScopeSeparator::Space => " ",
            ScopeSeparator::Comma => ",",
        }
    }
}

/// Whether `token` is a scope-token. Source: RFC 6749 §3.3.
pub fn is_valid(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// Whether these scopes ask for an ID token, so that the request needs a `nonce`. Source: OpenID Connect Core §3.1.2.1.
pub fn wants_id_token(scopes: &[String]) -> bool {
    scopes.iter().any(|scope| scope == "openid")
}

/// The value of `scope`: order kept, repetitions dropped. Empty when there are no scopes.
///
/// Errors: `ConfigInvalid` for a scope with a space, a quote, a backslash or a character that is not ASCII.
pub fn join(scopes: &[String], separator: ScopeSeparator) -> Result<String, Error> {
    if let Some(at) = scopes.iter().position(|scope| !is_valid(scope)) {
        let message = format!("scope number {} has a character that scopes cannot have", at + 1);
        return Err(Error::new(Kind::ConfigInvalid, message));
    }
    Ok(unique(scopes.iter().map(|scope| Cow::Borrowed(scope.as_str()))).join(separator.as_str()))
}

/// The scopes in an answer's text, and whether something in it was no scope.
///
/// Commas separate when there is no white space and more than one scope was requested: a comma is a legal character of
/// a scope, and with one scope requested there is nothing to separate.
pub(super) fn split(text: &str, requested: usize) -> (Vec<String>, bool) {
    let is_list = requested > 1 && text.contains(',') && !text.contains(char::is_whitespace);
    split_at(text, |c| c.is_whitespace() || (is_list && c == ','))
}

/// The same, for a provider that is known to separate by commas.
pub(super) fn split_at_commas(text: &str) -> (Vec<String>, bool) {
    split_at(text, |c| c.is_whitespace() || c == ',')
}

fn split_at(text: &str, separates: impl Fn(char) -> bool) -> (Vec<String>, bool) {
    let tokens: Vec<&str> = text.split(separates).filter(|token| !token.is_empty()).collect();
    let valid: Vec<&str> = tokens.iter().copied().filter(|token| is_valid(token)).collect();
    let something_else = valid.len() < tokens.len();
    (unique(valid.into_iter().map(Cow::Borrowed)), something_else)
}

/// The scopes in an answer's list, and whether something in it was no scope.
pub(super) fn from_json(value: &serde_json::Value) -> (Vec<String>, bool) {
    let Some(list) = value.as_array() else { return (Vec::new(), true) };
    let valid: Vec<&str> = list.iter().filter_map(|entry| entry.as_str()).filter(|token| is_valid(token)).collect();
    let something_else = valid.len() < list.len();
    (unique(valid.into_iter().map(Cow::Borrowed)), something_else)
}

/// Each text once, at its first place.
fn unique<'a>(texts: impl Iterator<Item = Cow<'a, str>>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.filter(|text| seen.insert(text.clone())).map(Cow::into_owned).collect()
}
