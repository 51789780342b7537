//! What Google's refusals mean, and what to do about them. Source: specs, error mapping.

use super::scope;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;

/// A clock that is off by less is not what a statement was refused for. Units: seconds.
const NOTABLE_SKEW_S: u64 = 30;

/// A service account's statement was refused. `ahead_s`: how far Google's clock was ahead of ours at its answer. Units:
/// seconds.
pub(crate) fn of_statement(error: Error, account: &str, scopes: &[String], ahead_s: Option<i64>) -> Error {
    let words = error.detail().unwrap_or_default().to_ascii_lowercase();
    match error.oauth_error() {
        Some("invalid_grant") if speaks_of_time(&words) && is_notable(ahead_s) => skewed(error, ahead_s.unwrap_or(0)),
        Some("invalid_grant") if words.contains("signature") => as_denied(error).with_hint(format!(
            "the key is no key of {account} any more: it was deleted, or replaced; make a new key, or use the newest file"
        )),
        Some("invalid_grant") => as_denied(error).with_hint(format!(
            "{account} or its key is deleted or disabled, or this machine's clock is off; look the account up under IAM"
        )),
        Some("invalid_scope") => error.with_hint(format!("check the scopes that are asked for: {}", list(scopes))),
        Some("unauthorized_client") => error.with_hint(format!("{account} may not ask for tokens: look it up under IAM")),
        _ => error,
    }
}

/// The same where the account stands in for a user.
pub(crate) fn of_delegation(error: Error, account: &str, scopes: &[String], ahead_s: Option<i64>) -> Error {
    match error.oauth_error() {
        Some("unauthorized_client" | "access_denied") => error.with_hint(format!(
            "a Workspace administrator has to allow {account}, by its client id, each of these scopes under domain-wide \
             delegation: {}{}",
            list(scopes),
            if scopes.iter().any(|scope| scope == scope::EMAIL) {
                "; userinfo.email was added by tokcore, and add_email = false leaves it out"
            } else {
                ""
            },
        )),
        Some("invalid_grant") if error.detail().is_some_and(|words| words.to_ascii_lowercase().contains("email")) => {
            as_denied(error).with_hint("the subject is no user of this domain: give the user's primary address")
        }
        _ => of_statement(error, account, scopes, ahead_s),
    }
}

/// A user's refresh token was refused. `again`: how the user signs in again; why is in Google's profile.
pub(crate) fn of_refresh(error: Error, again: &str) -> Error {
    if error.kind() == Kind::InteractionRequired {
        return error
            .with_reason(Reason::ReauthRequired)
            .with_hint(format!("a policy of the organisation wants a new sign-in: {again}"));
    }
    match error.oauth_error() {
        Some("invalid_grant") => {
            let hint = format!("{again}: {}", error.hint());
            error.with_hint(hint)
        }
        Some("deleted_client") => error.with_hint("the OAuth client was deleted: sign in again with another client"),
        Some("invalid_client" | "unauthorized_client") => error.with_hint(
            "the client id or secret in the file is not valid any more: sign in again, or make the file anew",
        ),
        _ => error,
    }
}

fn skewed(error: Error, ahead_s: i64) -> Error {
    let (off_s, direction) = (ahead_s.unsigned_abs(), if ahead_s > 0 { "behind" } else { "ahead of" });
    let message = format!("this machine's clock is {off_s} s {direction} Google's, which takes no statement from it");
    retold(&error, Error::new(Kind::Denied, message))
        .with_reason(Reason::ClockSkew)
        .with_hint("set the clock, or let it be set by a time server (NTP)")
}

fn speaks_of_time(words: &str) -> bool {
    ["timeframe", "short-lived", "iat and exp", "too early", "expired", "in the future"]
        .iter()
        .any(|hint| words.contains(hint))
}

fn is_notable(ahead_s: Option<i64>) -> bool {
    ahead_s.is_some_and(|ahead_s| ahead_s.unsigned_abs() > NOTABLE_SKEW_S)
}

/// Nobody can sign in again as a service account: what is refused is its key.
fn as_denied(error: Error) -> Error {
    let message = error.message().to_owned();
    retold(&error, Error::new(Kind::Denied, message))
}

/// `new`, with what `error` knows of the server's answer.
fn retold(error: &Error, mut new: Error) -> Error {
    if let Some(code) = error.oauth_error() {
        new = new.with_oauth_error(code);
    }
    if let Some(status) = error.http_status() {
        new = new.with_http_status(status);
    }
    match error.detail() {
        Some(words) => new.with_detail(words),
        None => new,
    }
}

/// As people read them.
fn list(scopes: &[String]) -> String {
    scopes.join(" ")
}
