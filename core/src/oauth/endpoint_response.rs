//! What the answer of every endpoint goes through, in this order: redirect, cap, syntax, error, status.
//!
//! The error comes before the status, because some servers send errors with a 200, and before the members, because
//! some send a token beside it. Each endpoint then takes its own members out of what [`read`] gives back.

use super::endpoint_failure::EndpointFailure;
use super::members::{Members, ResponseFormat};
use super::provider_error::ProviderError;
use crate::secret::Secret;
use crate::transport::HttpResponse;

/// Members of an answer that hold secrets, which an error's words may quote.
const SECRET_MEMBERS: [&str; 5] = ["access_token", "refresh_token", "id_token", "device_code", "request_uri"];

/// What an endpoint's answer is measured by.
#[derive(Clone, Debug)]
pub(super) struct Rules<'r> {
    /// The syntax that the server answers in.
    pub(super) format: ResponseFormat,
    /// The statuses that mean success.
    pub(super) success: &'static [u16],
    /// The wall clock before the request was sent, for a `Retry-After` that is a date. Units: seconds since 1970.
    pub(super) sent_at_unix_s: i64,
    /// What the request held and no error may quote.
    pub(super) secrets: &'r [&'r Secret],
}

impl Default for Rules<'_> {
    fn default() -> Self {
        Self { format: ResponseFormat::Auto, success: &[200, 201], sent_at_unix_s: 0, secrets: &[] }
    }
}

/// The members of a success.
pub(super) fn read<'a>(response: &'a HttpResponse, rules: &Rules<'_>) -> Result<Members<'a>, EndpointFailure> {
    members(response, rules).map_err(|failure| failure.with_retry_after(response, rules.sent_at_unix_s))
}

/// The answer of an endpoint that has nothing to say when it succeeds; an error in it is found all the same.
pub(super) fn read_without_members(response: &HttpResponse, rules: &Rules<'_>) -> Result<(), EndpointFailure> {
    match read(response, rules) {
        Err(failure) if failure.oauth_error.is_none() && (200..300).contains(&response.status) => Ok(()),
        outcome => outcome.map(drop),
    }
}

fn members<'a>(response: &'a HttpResponse, rules: &Rules<'_>) -> Result<Members<'a>, EndpointFailure> {
    if (300..400).contains(&response.status) {
        return Err(EndpointFailure::of_redirect(response));
    }
    let members = Members::read(response, rules.format).map_err(|why| EndpointFailure::of_unreadable(why, response))?;
    if let Some(found) = ProviderError::find(&members) {
        let sent = rules.secrets.iter().map(|secret| secret.expose());
        let received = SECRET_MEMBERS.iter().filter_map(|name| members.get(name)?.text());
        return Err(EndpointFailure::of_error(&found, response, &sent.chain(received).collect::<Vec<_>>()));
    }
    match rules.success.contains(&response.status) {
        true => Ok(members),
        false => Err(EndpointFailure::of_status(response)),
    }
}
