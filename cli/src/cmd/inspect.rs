//! `tokcore inspect`: what a token is, from the token itself or from its server.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::jose::{Claims, Jws};
use tokcore::oauth::introspection::{ActiveToken, Introspection};
use tokcore::oauth::revocation::TokenHint;
use tokcore::{Error, Kind, Secret};

use crate::oauth::{ClientOptions, GivenTokens, Hint, Signals, left_in_words};
use crate::output;

/// Show what a token says, or what its server says about it
///
/// Offline, a JWT is taken apart: its header, its claims and its expiry, without its
/// signature. Nothing is verified: whoever made the token may have written anything.
/// With --client, the server is asked (RFC 7662); the status is 1 for a token that it does not
/// take (any more).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tokcore token --client client.toml | tokcore inspect
  tokcore inspect --client client.toml token.txt --json | jq .active")]
pub struct Arguments {
    /// File with the token, or with what `tokcore token --json` printed
    #[arg(value_name = "FILE", default_value = "-")]
    token: PathBuf,

    /// What the token is: helps the server to find it
    #[arg(long, value_enum)]
    hint: Option<Hint>,

    /// Print JSON instead of text; a failure is JSON on stderr
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    client: ClientOptions,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let given = GivenTokens::read(&arguments.token, false)?;
    let chosen = if arguments.hint == Some(Hint::RefreshToken) {
        given.refresh_token.or(given.access_token)
    } else {
        given.access_token
    };
    let token = chosen.ok_or_else(|| {
        Error::new(Kind::InvalidArgument, "there is a refresh token only").with_hint("add --hint refresh_token")
    })?;
    match arguments.client.are_given() {
        true => online(arguments, &token),
        false => offline(arguments, &token).map(|()| ExitCode::SUCCESS),
    }
}

/// What can be seen without asking anybody.
#[derive(Serialize)]
struct Seen<'a> {
    form: &'static str,
    meaning: &'static str,
    verified: bool,
    header: Option<&'a Claims>,
    claims: Option<&'a Claims>,
    expires_at: Option<String>,
    expires_at_unix_s: Option<i64>,
    expired: Option<bool>,
}

fn offline(arguments: &Arguments, token: &Secret) -> Result<(), Error> {
    let jws = Jws::parse(token).ok();
    let claims = jws.as_ref().and_then(Jws::claims);
    let header = jws.as_ref().map(Jws::header);
    let (form, meaning) = form(token, header, claims.as_ref())?;
    let expires_at_unix_s = claims.as_ref().and_then(|claims| instant(claims, "exp"));
    if arguments.json {
        return output::json(&Seen {
            form,
            meaning,
            verified: false,
            header,
            claims: claims.as_ref(),
            expires_at: output::timestamp(expires_at_unix_s),
            expires_at_unix_s,
            expired: expires_at_unix_s.map(|at| at <= Timestamp::now().as_second()),
        });
    }
    let mut lines = vec![format!("{meaning}; nothing of it is verified")];
    for (name, members) in [("header", header), ("claims", claims.as_ref())] {
        lines.extend(
            members.into_iter().flat_map(Claims::iter).map(|(member, value)| format!("{name:<8}{member:<12}{value}")),
        );
    }
    if let Some(claims) = &claims {
        let moments = [("issued", "iat"), ("valid from", "nbf"), ("expires", "exp")];
        let moments = moments.into_iter().filter_map(|(words, name)| Some((words, instant(claims, name)?)));
        lines.extend(moments.map(|(words, at)| format!("{words:<12}{}", left_in_words(at))));
    }
    output::data(&lines.join("\n"))
}

/// What `{"` is in base64url, and so the beginning of every JWT.
const JSON: &str = "eyJ";

/// What kind of text it is. Source: RFC 7519 §5.1, RFC 9068 §2.1, OpenID Connect Core §2.
fn form(
    token: &Secret,
    header: Option<&Claims>,
    claims: Option<&Claims>,
) -> Result<(&'static str, &'static str), Error> {
    let (Some(header), Some(claims)) = (header, claims) else {
        return match (token.expose().split('.').count(), token.expose().starts_with(JSON)) {
            (5, _) => Ok(("jwe", "an encrypted token: only those it is for can read it")),
            (3, true) => Err(Error::new(Kind::ConfigInvalid, "the token begins as a JWT does, and is none")
                .with_hint("look whether all of it was copied")),
            _ => Ok(("opaque", "an opaque token: only its server knows what it means")),
        };
    };
    let kind = header.text("typ").unwrap_or_default().to_ascii_lowercase();
    let says = |name: &str| claims.get(name).is_some();
    let meaning = match kind.trim_start_matches("application/") {
        "at+jwt" => "an access token (JWT, RFC 9068)",
        "dpop+jwt" => "a DPoP proof (JWT, RFC 9449)",
        "logout+jwt" => "a logout token (JWT)",
        _ if says("nonce") || says("at_hash") || says("auth_time") => "an ID token (JWT)",
        _ if says("scope") || says("scp") => "an access token (JWT)",
        _ => "a signed token (JWT)",
    };
    Ok(("jwt", meaning))
}

/// Some servers write fractions.
fn instant(claims: &Claims, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

/// What the server says.
#[derive(Serialize)]
struct Said {
    active: bool,
    claims: Map<String, Value>,
    expires_at: Option<String>,
    expires_at_unix_s: Option<i64>,
}

fn online(arguments: &Arguments, token: &Secret) -> Result<ExitCode, Error> {
    let signals = Signals::listen()?;
    let answer = arguments.client.client()?.introspect(token, arguments.hint.map(TokenHint::from), &signals)?;
    let token = match answer {
        Introspection::Active(token) => Some(token),
        Introspection::Inactive => None,
    };
    let status = if token.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if !arguments.json {
        output::data(&said_in_words(token.as_deref()))?;
        return Ok(status);
    }
    let expires_at_unix_s = token.as_ref().and_then(|token| token.expires_at_unix_s);
    output::json(&Said {
        active: token.is_some(),
        claims: token.map(|token| token.to_json()).unwrap_or_default(),
        expires_at: output::timestamp(expires_at_unix_s),
        expires_at_unix_s,
    })?;
    Ok(status)
}

/// The server's texts are quoted, so that none of them can pretend to be a line of ours or move the cursor.
fn said_in_words(token: Option<&ActiveToken>) -> String {
    let Some(token) = token else {
        return "inactive: expired, revoked, or never issued by this server".to_owned();
    };
    let mut lines = vec!["active".to_owned()];
    let texts = [
        ("client", &token.client_id),
        ("user name", &token.username),
        ("subject", &token.subject),
        ("issuer", &token.issuer),
        ("type", &token.token_type),
    ];
    lines.extend(texts.into_iter().filter_map(|(name, text)| Some(format!("{name:<12}{:?}", text.as_ref()?))));
    for (name, list) in [("scopes", &token.scopes), ("audience", &token.audience)] {
        if !list.is_empty() {
            lines.push(format!("{name:<12}{:?}", list.join(" ")));
        }
    }
    lines.extend(token.expires_at_unix_s.map(|at| format!("{:<12}{}", "expires", left_in_words(at))));
    lines.join("\n")
}
