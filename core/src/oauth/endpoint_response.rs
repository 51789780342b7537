//! What the answer of every endpoint goes through, in this order: redirect, cap, syntax, error, status.
//!
//! The error comes before the status, because some servers send errors with a 200, and before the members, because
//! some send a token beside it. Each endpoint then takes its own members out of what [`read`] gives back.

use super::dialect::{Dialect, ResponseDialect};
use super::endpoint_failure::EndpointFailure;
use super::members::{self, Members, Unreadable};
use super::provider_error::ProviderError;
use super::{envelope, received};
use crate::secret::Secret;
use crate::transport::HttpResponse;

/// What an endpoint's answer is measured by.
#[derive(Clone, Debug)]
pub(super) struct Rules<'r> {
    /// How the provider departs from the RFCs.
    pub(super) dialect: &'r Dialect,
    /// The statuses that mean success.
    pub(super) success: &'static [u16],
    /// The wall clock before the request was sent, for a `Retry-After` that is a date. Units: seconds since 1970.
    pub(super) sent_at_unix_s: i64,
    /// What the request held and no error may quote.
    pub(super) secrets: &'r [&'r Secret],
}

impl Default for Rules<'_> {
    fn default() -> Self {
        Self { dialect: Dialect::rfc(), success: &[200, 201], sent_at_unix_s: 0, secrets: &[] }
    }
}

/// The members of a success.
pub(super) fn read<'a>(response: &'a HttpResponse, rules: &Rules<'_>) -> Result<Members<'a>, EndpointFailure> {
    checked(response, rules).map_err(|failure| failure.with_retry_after(response, rules.sent_at_unix_s))
}

/// The answer of an endpoint that has nothing to say when it succeeds; an error in it is found all the same.
pub(super) fn read_without_members(response: &HttpResponse, rules: &Rules<'_>) -> Result<(), EndpointFailure> {
    match read(response, rules) {
        Err(failure) if failure.oauth_error.is_none() && (200..300).contains(&response.status) => Ok(()),
        outcome => outcome.map(drop),
    }
}

fn checked<'a>(response: &'a HttpResponse, rules: &Rules<'_>) -> Result<Members<'a>, EndpointFailure> {
    let dialect = &rules.dialect.response;
    if (300..400).contains(&response.status) {
        return Err(EndpointFailure::of_redirect(response));
    }
    let members = translated(response, dialect).map_err(|why| EndpointFailure::of_unreadable(why, response))?;
    if let Some(found) = ProviderError::find(&members, dialect) {
        let received = received::secrets(&members);
        let sent = rules.secrets.iter().map(|secret| secret.expose());
        let secrets: Vec<&str> = sent.chain(received.iter().map(|text| text.as_str())).collect();
        return Err(EndpointFailure::of_error(&found, response, &secrets, rules.dialect));
    }
    let is_token_anyway = dialect.accept_any_status && members.get("access_token").is_some();
    match rules.success.contains(&response.status) || is_token_anyway {
        true => Ok(members),
        false => Err(EndpointFailure::of_status(response)),
    }
}

/// The members of the answer, by the RFCs' names.
fn translated<'a>(response: &'a HttpResponse, dialect: &ResponseDialect) -> Result<Members<'a>, Unreadable> {
    if dialect.strict_media_type && !response.body.is_empty() && !members::says_json(response) {
        return Err(Unreadable::MediaType);
    }
    envelope::open(Members::read(response, dialect.format)?, dialect)
}
