//! What is shown of a token: everything as JSON, and the facts without the secrets in words.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::{Secret, Token};

use crate::output;

/// A token as JSON. The secrets are left out unless they were asked for.
#[derive(Serialize)]
pub struct Facts<'a> {
    #[serde(flatten)]
    secrets: Option<Secrets<'a>>,
    token_type: &'a str,
    expires_at: Option<String>,
    expires_at_unix_s: Option<i64>,
    refresh_expires_at_unix_s: Option<i64>,
    scopes: &'a [String],
    account: Option<&'a str>,
    has_refresh_token: bool,
    issued_token_type: Option<&'a str>,
    issuer: Option<&'a str>,
    token_endpoint: &'a str,
    client_id: &'a str,
    grant: &'a str,
    resource: &'a [String],
    audience: &'a [String],
    warnings: Vec<&'static str>,
}

#[derive(Serialize)]
struct Secrets<'a> {
    access_token: &'a str,
    refresh_token: Option<&'a str>,
    id_token: Option<&'a str>,
    extra: &'a Map<String, Value>,
}

impl<'a> Facts<'a> {
    /// With the token itself.
    pub fn with_secrets(token: &'a Token) -> Self {
        let secrets = Secrets {
            access_token: token.access_token().expose(),
            refresh_token: token.refresh_token().map(Secret::expose),
            id_token: token.id_token().map(Secret::expose),
            extra: token.extra(),
        };
        Self { secrets: Some(secrets), ..Self::of(token) }
    }

    /// Nothing that opens anything.
    pub fn of(token: &'a Token) -> Self {
        let origin = token.origin();
        Self {
            secrets: None,
            token_type: token.token_type().name(),
            expires_at: output::timestamp(token.expires_at_unix_s()),
            expires_at_unix_s: token.expires_at_unix_s(),
            refresh_expires_at_unix_s: token.refresh_expires_at_unix_s(),
            scopes: token.scopes(),
            account: token.account(),
            has_refresh_token: token.refresh_token().is_some(),
            issued_token_type: token.issued_token_type(),
            issuer: origin.issuer.as_deref(),
            token_endpoint: &origin.token_endpoint,
            client_id: &origin.client_id,
            grant: &origin.grant,
            resource: &origin.resource,
            audience: &origin.audience,
            warnings: token.warnings().iter().map(|warning| warning.slug()).collect(),
        }
    }
}

/// What a sign-in brought, one line each.
pub fn in_words(token: &Token) -> String {
    let account = token.account().map_or(String::new(), |account| format!(" as {account}"));
    let scopes = if token.scopes().is_empty() { "the server's default".into() } else { token.scopes().join(" ") };
    let renewal = if token.refresh_token().is_some() { "with a refresh token" } else { "without a refresh token" };
    let lasts = token.expires_at_unix_s().map_or("unknown".into(), left_in_words);
    let mut lines =
        vec![format!("signed in{account}"), format!("scopes: {scopes}"), format!("expires: {lasts}, {renewal}")];
    lines.extend(token.warnings().iter().map(|warning| format!("note: {warning}")));
    lines.join("\n")
}

/// A moment and how far away it is: `2035-01-01T00:00:00Z (in 5 min)`.
pub fn left_in_words(unix_s: i64) -> String {
    let Some(moment) = output::timestamp(Some(unix_s)) else { return "out of reach".to_owned() };
    format!("{moment} ({})", distance(unix_s.saturating_sub(Timestamp::now().as_second())))
}

/// How far away a moment is: `in 5 min`, `2 h ago`. Units: seconds, before now if less than 0.
pub fn distance(seconds: i64) -> String {
    let size = seconds.unsigned_abs();
    let amount = match size {
        0..120 => format!("{size} s"),
        120..7200 => format!("{} min", size / 60),
        7200..172_800 => format!("{} h", size / 3600),
        _ => format!("{} days", size / 86_400),
    };
    if seconds > 0 { format!("in {amount}") } else { format!("{amount} ago") }
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_are_in_the_unit_that_a_person_would_choose() {
        let wanted = [(59, "in 59 s"), (300, "in 5 min"), (7200, "in 2 h"), (-90, "90 s ago"), (864_000, "in 10 days")];
        for (seconds, words) in wanted {
            assert_eq!(distance(seconds), words);
        }
    }
}
