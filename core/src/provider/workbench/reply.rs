//! Reading the RPC's answers: every success and error shape of specs §1.7–1.10. Pure.
//!
//! Forgiving where the meaning is clear (`error: null` beside a token), strict where a lenient reader would hand out
//! something that is no token.

use serde_json::{Map, Value};

use crate::credentials::{AzureToken, IdentityToken, Integration};
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::json::{self, filled, take_secret, text};
use crate::secret::Secret;

type Reply = Map<String, Value>;

/// A broker's words for an integration that it does not have. Source: specs §1.9.
const UNKNOWN_INTEGRATION: &str = "integration not found";
/// Part of a broker's words for an integration that its administrator must repair. Source: specs §1.9.
const MISCONFIGURED: &str = "misconfigured";

/// An access token and its expiry. `what` names the integration in messages.
pub(crate) fn token(what: &str, reply: &mut Reply) -> Result<(Secret, Option<i64>), Error> {
    refusal(what, reply)?;
    match take_secret(reply, "access_token") {
        Some(token) if is_visible(token.expose()) => Ok((token, expiry(reply))),
        Some(_) => {
            Err(Error::new(Kind::Protocol, format!("{what}: the access token holds characters that no token may have")))
        }
        None => Err(nothing_there(what, "an access token")),
    }
}

/// A token that says who the user is.
pub(crate) fn identity(reply: &mut Reply) -> Result<IdentityToken, Error> {
    let what = "identity token";
    refusal(what, reply)
        .map_err(|error| error.with_hint("this server has none for you; it comes with a sign-in by OIDC"))?;
    let token = take_secret(reply, "token").ok_or_else(|| nothing_there(what, "a token"))?;
    Ok(IdentityToken { token, expires_at_unix_s: expiry(reply) })
}

/// A delegated Azure token. `now_unix_s` is the time of the request.
pub(crate) fn azure(resource: &str, reply: &mut Reply, now_unix_s: i64) -> Result<AzureToken, Error> {
    let what = format!("Azure token for {resource}");
    refusal(&what, reply).map_err(|error| match error.kind() {
        Kind::ReauthRequired => error,
        _ => error.with_hint("ask the administrator whether delegated Azure credentials are set up on this server"),
    })?;
    let Some(Value::Object(mut token)) = reply.remove("token") else { return Err(nothing_there(&what, "a token")) };
    let access_token =
        take_secret(&mut token, "access_token").ok_or_else(|| nothing_there(&what, "an access token"))?;
    let token_type = filled(&token, "token_type")
        .map(str::to_owned)
        .ok_or_else(|| Error::new(Kind::Protocol, format!("{what}: the answer states no token type")))?;
    let expires_in_s = token.get("expires_in").and_then(seconds);
    Ok(AzureToken {
        access_token,
        token_type,
        expires_in_s,
        expires_at_unix_s: expires_in_s.map(|s| now_unix_s.saturating_add(s)),
        scope: filled(&token, "scope").map(str::to_owned),
        refresh_token: take_secret(&mut token, "refresh_token"),
        id_token: take_secret(&mut token, "id_token"),
        resource: resource.to_owned(),
        extra: token.into_iter().filter(|(key, _)| !key.ends_with("_token")).collect(),
    })
}

/// The integrations of every provider, in one list.
pub(crate) fn integrations(reply: &Reply) -> Result<Vec<Integration>, Error> {
    refusal("list of integrations", reply)?;
    let providers = match reply.get("providers") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(providers)) => providers,
        Some(_) => return Err(Error::new(Kind::Protocol, "list of integrations: `providers` is not an array")),
    };
    let items = providers.iter().filter_map(|provider| provider.get("integrations")?.as_array()).flatten();
    Ok(items.filter_map(Value::as_object).map(integration).collect())
}

fn integration(item: &Reply) -> Integration {
    let mut raw = item.clone();
    // Both SDKs show the wire's `uid` as `guid`.
    if let Some(uid) = raw.remove("uid") {
        raw.insert("guid".to_owned(), uid);
    }
    let owned = |key: &str| text(&raw, key).map(str::to_owned);
    let scopes = raw.get("scopes").and_then(Value::as_array).into_iter().flatten();
    Integration {
        guid: owned("guid"),
        provider_type: owned("type"),
        name: owned("name"),
        display_name: owned("display_name"),
        client_id: owned("client_id"),
        auth_url: owned("auth_url"),
        token_url: owned("token_url"),
        scopes: scopes.filter_map(Value::as_str).map(str::to_owned).collect(),
        issuer: owned("issuer"),
        authenticated: raw.get("authenticated").and_then(Value::as_bool),
        raw,
    }
}

/// The failure that a reply of status 200 stands for, if it is one.
fn refusal(what: &str, reply: &Reply) -> Result<(), Error> {
    if let Some(error) = said_error(what, reply) {
        return Err(error);
    }
    let refused = reply.get("result") == Some(&Value::Bool(false));
    let detail = filled(reply, "detail");
    match reply.get("oauth2_error") {
        Some(Value::Object(oauth)) if refused || !oauth.is_empty() => return Err(lapsed(what, oauth, detail)),
        Some(Value::String(code)) if !code.is_empty() => {
            let oauth = Map::from_iter([("error".to_owned(), Value::String(code.clone()))]);
            return Err(lapsed(what, &oauth, detail));
        }
        _ => {}
    }
    if !refused {
        return Ok(());
    }
    let error = Error::new(Kind::NotSignedIn, format!("{what}: not signed in"));
    Err(detail.map_or(error.clone(), |detail| error.with_detail(detail)))
}

/// The `error` member, in any of its shapes. `null`, `false` and an empty text mean that there is none.
fn said_error(what: &str, reply: &Reply) -> Option<Error> {
    let refused = |kind, words: &str| {
        Error::new(kind, format!("{what}: the server refused the request")).with_detail(words).with_http_status(200)
    };
    match reply.get("error")? {
        Value::Null | Value::Bool(false) => None,
        Value::String(words) if words.is_empty() => None,
        Value::String(words) => Some(match words.to_ascii_lowercase() {
            lower if lower.contains(UNKNOWN_INTEGRATION) => {
                Error::new(Kind::NotFound, format!("{what}: no such integration"))
                    .with_detail(words)
                    .with_hint("pass a GUID, or `name:` and the name; `tokcore integrations` lists them")
            }
            lower if lower.contains(MISCONFIGURED) => {
                Error::new(Kind::ConfigInvalid, format!("{what}: misconfigured on the server"))
                    .with_hint("ask the administrator: the broker's page and log say what is wrong")
            }
            _ => refused(Kind::Denied, words),
        }),
        Value::Object(envelope) => {
            // Code 100 says only that something failed; what it was stands in the object inside.
            let inner = envelope.get("error").and_then(|inner| inner.get("message")?.as_str());
            let words = [text(envelope, "message"), text(envelope, "description"), inner];
            let words: Vec<_> = words.into_iter().flatten().filter(|words| !words.is_empty()).collect();
            let kind = envelope.get("code").and_then(Value::as_i64).map_or(Kind::Protocol, kind_of_rpc_code);
            let words = if words.is_empty() { "no reason given".to_owned() } else { words.join(": ") };
            Some(refused(kind, &words))
        }
        _ => Some(refused(Kind::Protocol, "no reason given")),
    }
}

/// Source: specs §1.10, the product's codes.
fn kind_of_rpc_code(code: i64) -> Kind {
    match code {
        2 | 13 | 200 => Kind::Server,
        3 => Kind::BadCookie,
        7 => Kind::Version,
        _ => Kind::Protocol,
    }
}

/// A sign-in that the provider no longer accepts.
fn lapsed(what: &str, oauth: &Reply, detail: Option<&str>) -> Error {
    let code = filled(oauth, "error").unwrap_or("unknown");
    let kind = match code {
        "temporarily_unavailable" | "server_error" => Kind::Server,
        _ => Kind::ReauthRequired,
    };
    let error = Error::new(kind, format!("{what}: the provider answered {code}")).with_oauth_error(code);
    match detail.or_else(|| filled(oauth, "error_description")) {
        Some(words) => error.with_detail(words),
        None => error,
    }
}

fn nothing_there(what: &str, member: &str) -> Error {
    Error::new(Kind::NoToken, format!("{what}: the server answered without {member} and without a reason"))
        .with_http_status(200)
}

/// Units: seconds since 1970-01-01 UTC. An expiry that is absent or unreadable is unknown: a token is not thrown away
/// for a flaw in an optional member.
fn expiry(reply: &Reply) -> Option<i64> {
    match reply.get("expiry")? {
        Value::String(text) => json::timestamp(text),
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
}

fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| Some(number.as_f64()? as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn is_visible(token: &str) -> bool {
    token.chars().all(|c| !c.is_control())
}
