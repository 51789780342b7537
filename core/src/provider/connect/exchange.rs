//! Connect's token exchange, as a request and a reply. Pure. Source: RFC 8693, specs §5.1.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::json::{self, filled, take_secret};
use crate::secret::Secret;

/// Whose token is exchanged.
pub(super) enum SubjectToken {
    User(Secret),
    Content(Secret),
}

/// The body of the exchange, form-encoded.
pub(super) fn body(subject: &SubjectToken, audience: Option<&str>, requested_type: Option<&str>) -> String {
    let (token_type, token) = match subject {
        SubjectToken::User(token) => ("urn:posit:connect:user-session-token", token),
        SubjectToken::Content(token) => ("urn:posit:connect:content-session-token", token),
    };
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
    form.append_pair("subject_token_type", token_type);
    form.append_pair("subject_token", token.expose());
    if let Some(requested_type) = requested_type {
        form.append_pair("requested_token_type", requested_type);
    }
    if let Some(audience) = audience {
        form.append_pair("audience", audience);
    }
    form.finish()
}

/// What the exchange brought.
#[derive(Debug)]
pub(super) struct Exchanged {
    pub(super) access_token: Secret,
    pub(super) token_type: String,
    /// Units: seconds since 1970-01-01 UTC. Connect states an expiry only inside AWS credentials.
    pub(super) expires_at_unix_s: Option<i64>,
}

pub(super) fn read(who: &str, body: &[u8]) -> Result<Exchanged, Error> {
    let mut reply = json::object(who, body)?;
    let Some(access_token) = take_secret(&mut reply, "access_token") else {
        return Err(Error::new(Kind::NoToken, format!("{who} answered without an access token and without a reason")));
    };
    let token_type = filled(&reply, "token_type").unwrap_or("Bearer");
    let expires_at_unix_s = if token_type == "aws_credentials" { aws_expiration(access_token.expose()) } else { None };
    Ok(Exchanged { access_token, token_type: token_type.to_owned(), expires_at_unix_s })
}

/// AWS credentials come as base64 of a JSON object that names its own expiration.
fn aws_expiration(token: &str) -> Option<i64> {
    let decoded = STANDARD.decode(token).ok()?;
    let credentials: Value = serde_json::from_slice(&decoded).ok()?;
    json::timestamp(credentials.get("expiration")?.as_str()?)
}
