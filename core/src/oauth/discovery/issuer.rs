//! Whether a document is about the issuer that was asked. Source: RFC 8414 §3.3, OpenID Connect Discovery §4.3.

use serde::Deserialize;
use url::Url;

use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::text;
use crate::reason::Reason;

/// How closely the document's issuer must be the requested one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuerMatch {
    /// Character by character, as the standards say.
    #[default]
    Exact,
    /// One slash at the end may be there or not.
    TrailingSlash,
    /// One `{placeholder}` in the document's issuer stands for one part of the path.
    Template,
    /// Not compared at all: for a server whose documents are wrong, reached over a trusted network.
    None,
}

impl IssuerMatch {
    /// Compares the document's issuer with the requested one.
    ///
    /// Errors: `Protocol` with the reason `issuer_mismatch`, naming both and saying how little they differ.
    pub(super) fn check(self, document: &str, requested: &str) -> Result<(), Error> {
        let trimmed = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
        let same = match self {
            IssuerMatch::Exact => document == requested,
            IssuerMatch::TrailingSlash => trimmed(document) == trimmed(requested),
            IssuerMatch::Template => document == requested || fills(document, requested),
            IssuerMatch::None => true,
        };
        if same { Ok(()) } else { Err(mismatch(document, requested)) }
    }
}

/// Whether `requested` is `template` with one part of the path in the place of its placeholder.
fn fills(template: &str, requested: &str) -> bool {
    let parts = template.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1)));
    let Some((before, after)) = parts else { return false };
    // A placeholder in the host would let anybody's host fill it.
    let is_in_path = before.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    let filling = requested.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    is_in_path && filling.is_some_and(|filling| !filling.is_empty() && !filling.contains(['/', '?', '#']))
}

fn mismatch(document: &str, requested: &str) -> Error {
    let shown = text::description(document).unwrap_or_default();
    let message = format!("the metadata is about the issuer {shown}, not about {requested}");
    let error = Error::new(Kind::Protocol, message).with_reason(Reason::IssuerMismatch);
    match difference(document, requested) {
        Some(difference) => {
            error.with_hint(format!("they differ only by {difference}: use the issuer as the server writes it"))
        }
        None => error.with_hint("use the issuer as the server writes it, if it is the right server"),
    }
}

/// What two issuers that mean the same differ by.
fn difference(document: &str, requested: &str) -> Option<&'static str> {
    if document.strip_suffix('/') == Some(requested) || requested.strip_suffix('/') == Some(document) {
        return Some("a trailing slash");
    }
    // Parsing lowers the host and drops the default port.
    let same_host = Url::parse(document).ok()? == Url::parse(requested).ok()?;
    let port = |text: &str| text.contains(":443") || text.contains(":80");
    match (same_host, port(document) != port(requested)) {
        (true, true) => Some("the default port"),
        (true, false) => Some("the spelling of the host"),
        (false, _) => None,
    }
}
