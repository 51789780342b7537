//! What a hosted platform's code source says: where its own page has taken the browser's answer, the program fetches it
//! from there. Source: specs/oauth.md §3.5.

use http::header::LOCATION;
use url::Url;

use super::dialect::Dialect;
use super::endpoint_failure::EndpointFailure;
use super::form::Form;
use super::members::{Member, Members, ResponseFormat, Unreadable};
use super::provider_error::ProviderError;
use super::retry_after;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::transport::HttpResponse;

/// Largest answer. A code is at most a few KiB.
pub const BODY_BYTES: usize = 64 * 1024;

/// What one look at the code source gave.
#[derive(Debug)]
pub enum Look {
    /// An answer, in the form of a query, not yet checked. The state that the question named stands in it when the
    /// platform does not repeat it.
    Answer(Secret),
    /// Nobody came back yet, or the platform is busy.
    Pending {
        /// The pause it asks for. Units: seconds.
        retry_after_s: Option<u64>,
    },
    /// The platform failed, which may pass.
    Failing(Error),
    /// The platform points elsewhere.
    Redirect(Url),
    /// Asking again is no use.
    Failed(Error),
}

/// Reads what the code source at `url` answered. `state`: the one that was sent. `now_unix_s`: for a `Retry-After` that
/// is a date.
pub fn read(response: &HttpResponse, url: &Url, state: &Secret, now_unix_s: i64) -> Look {
    match response.status {
        202 | 204 | 404 | 408 | 425 | 429 | 502 | 503 | 504 => {
            Look::Pending { retry_after_s: retry_after::seconds(response, now_unix_s) }
        }
        200..300 => answer(response, state),
        300..400 => match response.header(&LOCATION).and_then(|target| url.join(target).ok()) {
            Some(target) => Look::Redirect(target),
            None => Look::Failed(refused(response)),
        },
        500 => Look::Failing(refused(response)),
        _ => Look::Failed(refused(response)),
    }
}

fn answer(response: &HttpResponse, state: &Secret) -> Look {
    if response.body.len() > BODY_BYTES {
        return Look::Failed(unreadable(Unreadable::TooLarge, response));
    }
    let members = match Members::read(response, ResponseFormat::Json) {
        Ok(members) => members,
        Err(Unreadable::Empty) => return Look::Pending { retry_after_s: None },
        Err(why) => return Look::Failed(unreadable(why, response)),
    };
    let error = ProviderError::find(&members, &Dialect::rfc().response);
    if error.is_none() && members.get("code").is_none_or(Member::is_absent) {
        return Look::Pending { retry_after_s: None };
    }
    let text = |name| members.get(name).and_then(Member::text);
    let mut query = Form::default();
    // Form::push leaves out what is empty. A code that is no text becomes an answer without one, which is refused.
    query.push("state", text("state").unwrap_or(state.expose()));
    for name in ["code", "iss", "scope"] {
        query.push(name, text(name).unwrap_or_default());
    }
    if let Some(error) = error {
        query.push("error", &error.code);
        query.push("error_description", error.description.as_deref().unwrap_or_default());
    }
    Look::Answer(Secret::new(query.as_str()))
}

fn refused(response: &HttpResponse) -> Error {
    let error = Error::new(Kind::Http, format!("the code source answered {}", response.status))
        .with_reason(Reason::HttpError)
        .with_http_status(response.status);
    match response.status {
        401 | 403 => error.with_hint(LOGIN_HINT),
        _ => error.with_hint("check HTTR2_OAUTH_CODE_SOURCE_URL; the platform's log says more"),
    }
}

fn unreadable(why: Unreadable, response: &HttpResponse) -> Error {
    let error = EndpointFailure::of_unreadable(why, response).into_error("the code source");
    match why {
        Unreadable::Html => error.with_hint(LOGIN_HINT),
        _ => error.with_hint("check that HTTR2_OAUTH_CODE_SOURCE_URL is the platform's code source"),
    }
}

const LOGIN_HINT: &str = "the code source wants a login: give its token in TOKCORE_CODE_SOURCE_TOKEN";
