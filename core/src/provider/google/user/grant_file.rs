//! One grant as the tools around gcloud read and write it: a JSON file of the type `authorized_user`.
//!
//! Source: specs/google.md §2.5, §4.10. The refresh token and the client's secret stand in it as they are.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::ISSUER;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::google::{TOKEN_ENDPOINT, scope};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::store::record::Record;

const TYPE: &str = "authorized_user";
/// Other addresses of the same endpoint.
const SAME_ENDPOINT: [&str; 3] =
    [TOKEN_ENDPOINT, "https://www.googleapis.com/oauth2/v4/token", "https://accounts.google.com/o/oauth2/token"];
/// These files are a few lines long.
const MAX_BYTES: usize = 64 * 1024;

/// What such a file says about a grant. Its client secret is no part of a grant, and is not kept.
#[derive(Clone, Debug)]
struct AuthorizedUser {
    client_id: String,
    refresh_token: Secret,
    account: Option<String>,
    scopes: Vec<String>,
    access_token: Option<Secret>,
    /// Units: seconds since 1970. Shape: `None` also for a text that is no time; the token counts as expired then.
    expires_at_unix_s: Option<i64>,
}

/// The grant in `file`, as [`crate::Store::adopt`] takes it: the one that the chain finds for its client. `scopes`: what it is
/// good for where the file does not say, short names too; these tools always ask for the one that shows the address.
///
/// Errors: `ConfigInvalid`, with the type that the file has where it is another one.
pub(crate) fn grant(file: &[u8], scopes: &[String]) -> Result<Settings, Error> {
    let user = read(file, "the file")?;
    let scopes = match (&user.scopes[..], scopes) {
        ([], []) => Vec::new(),
        ([], told) => scope::normalised(scope::with_email(scope::resolve(told, &[]))),
        (own, _) => own.to_vec(),
    };
    let mut grant = Settings::new();
    grant.set("client_id", user.client_id.as_str())?;
    grant.set("issuer", ISSUER)?;
    grant.set("token_endpoint", TOKEN_ENDPOINT)?;
    grant.set("refresh_token", user.refresh_token.expose())?;
    if let Some(account) = &user.account {
        grant.set("account", account.as_str())?;
    }
    grant.set("scopes", scopes.join(" "))?;
    if let (Some(token), Some(at)) = (&user.access_token, user.expires_at_unix_s) {
        grant.set("access_token", token.expose())?;
        grant.set("expires_at", at)?;
    }
    Ok(grant)
}

/// The file that holds the grant of `record`; the store does not know the client's secret.
///
/// Errors: `InvalidArgument` for a grant of another provider, whose refresh token these tools would send to this one, and
/// for one without a refresh token.
pub(crate) fn write(record: &Record, client_secret: &Secret) -> Result<Secret, Error> {
    #[derive(Serialize)]
    struct Outgoing<'a> {
        r#type: &'a str,
        client_id: &'a str,
        client_secret: &'a str,
        refresh_token: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        account: Option<&'a str>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        scopes: &'a [String],
    }
    let facts = &record.facts;
    let refuse = |message: &str, hint: &str| Err(Error::new(Kind::InvalidArgument, message).with_hint(hint));
    if !SAME_ENDPOINT.contains(&facts.token_endpoint.as_str()) {
        let message = format!("a grant of {} cannot be written as {TYPE}", facts.token_endpoint);
        return refuse(
            &message,
            "tools that read such a file send its refresh token to Google; export it with a passphrase",
        );
    }
    let Some(refresh_token) = record.secrets.refresh_token.as_ref().filter(|_| facts.ended.is_none()) else {
        return refuse("the grant has no refresh token that could be written", "sign in again, with offline access");
    };
    let outgoing = Outgoing {
        r#type: TYPE,
        client_id: &facts.client_id,
        client_secret: client_secret.expose(),
        refresh_token: refresh_token.expose(),
        account: facts.account.email.as_deref().or(facts.account.label.as_deref()),
        scopes: facts.scopes(),
    };
    let text = serde_json::to_string_pretty(&outgoing);
    text.map(Secret::new).map_err(|_| Error::new(Kind::Internal, "a grant could not be written as text"))
}

/// What `file` says; `place` is what errors call it.
///
/// Errors: `ConfigInvalid`, with the type that the file has where it is another one.
fn read(file: &[u8], place: &str) -> Result<AuthorizedUser, Error> {
    let wrong =
        |why: String, hint: &str| Err(Error::new(Kind::ConfigInvalid, format!("{place} {why}")).with_hint(hint));
    let hint = "make one with: gcloud auth application-default login";
    let incoming: Incoming = match serde_json::from_slice(file) {
        Ok(incoming) if file.len() <= MAX_BYTES => incoming,
        _ => return wrong("is no JSON file of credentials".to_owned(), hint),
    };
    match incoming.r#type.as_deref() {
        Some(TYPE) => {}
        Some(other) => {
            // What a file calls itself is shown, but nothing that could be anything else.
            let name: String = other.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
            return wrong(format!("is of the type {name}, not {TYPE}"), "only the grant of a person can be taken over");
        }
        None => return wrong("does not say its type".to_owned(), hint),
    }
    let (Some(client_id), Some(_), Some(refresh_token)) =
        (given(incoming.client_id), incoming.client_secret, incoming.refresh_token.filter(|token| !token.is_empty()))
    else {
        return wrong("lacks client_id, client_secret or refresh_token".to_owned(), hint);
    };
    let expires_at = incoming.expiry.and_then(|text| text.parse::<Timestamp>().ok());
    Ok(AuthorizedUser {
        client_id,
        refresh_token,
        account: given(incoming.account),
        scopes: incoming.scopes.map(Scopes::list).unwrap_or_default(),
        access_token: incoming.token.filter(|token| !token.is_empty()),
        expires_at_unix_s: expires_at.map(Timestamp::as_second),
    })
}

/// Members that others write and nobody needs here are passed over.
#[derive(Deserialize)]
struct Incoming {
    r#type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    refresh_token: Option<Secret>,
    account: Option<String>,
    scopes: Option<Scopes>,
    token: Option<Secret>,
    expiry: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scopes {
    List(Vec<String>),
    Text(String),
}

impl Scopes {
    fn list(self) -> Vec<String> {
        match self {
            Scopes::List(list) => list,
            Scopes::Text(text) => text.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

/// gcloud writes an empty text for what it does not know.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::record::{Account, Ended, Facts, Secrets};

    fn record() -> Record {
        let facts = Facts {
            client_id: "c".into(),
            token_endpoint: TOKEN_ENDPOINT.into(),
            scopes_requested: vec!["a".into(), "b".into()],
            account: Account { email: Some("jane@example.com".into()), ..Account::default() },
            ..Facts::new()
        };
        let mut secrets = Secrets::default();
        secrets.refresh_token = Some(Secret::new("refresh-canary"));
        Record { facts, secrets }
    }

    #[test]
    fn what_was_written_is_read() {
        let file = write(&record(), &Secret::new("secret-canary")).expect("a grant of Google's");
        let read = read(file.expose().as_bytes(), "the file").expect("our own file");
        assert_eq!((read.client_id.as_str(), read.account.as_deref()), ("c", Some("jane@example.com")));
        assert_eq!(read.refresh_token, Secret::new("refresh-canary"));
        assert_eq!(read.scopes, ["a", "b"]);
        assert!(!format!("{read:?}").contains("canary"));
    }

    #[test]
    fn a_refresh_token_is_not_sent_to_somebody_else() {
        let mut foreign = record();
        foreign.facts.token_endpoint = "https://as.example/token".into();
        let error = write(&foreign, &Secret::new("s")).expect_err("another provider");
        assert!(error.message().contains("as.example"), "{error}");
    }

    #[test]
    fn without_a_living_refresh_token_there_is_nothing_to_write() {
        let mut none = record();
        none.secrets.refresh_token = None;
        assert!(write(&none, &Secret::new("s")).is_err());
        let mut ended = record();
        ended.facts.ended = Some(Ended::default());
        assert!(write(&ended, &Secret::new("s")).is_err());
    }

    #[test]
    fn files_of_others_are_read_and_other_files_are_named() {
        let file = br#"{"account": "", "client_id": "c", "client_secret": "s", "refresh_token": "r", "type": "authorized_user",
            "universe_domain": "googleapis.com", "token": "t", "expiry": "2027-01-15T08:00:00.123Z", "scopes": "a b",
            "token_uri": "https://evil.example/", "rapt_token": null}"#;
        let user = read(file, "it").expect("as gcloud writes it");
        assert_eq!(user.account, None);
        assert_eq!((user.expires_at_unix_s, user.scopes.len()), (Some(1_800_000_000), 2));
        for (text, part) in [
            ("nonsense", "no JSON"),
            ("{}", "does not say its type"),
            (r#"{"type": "service_account"}"#, "of the type service_account"),
            (r#"{"type": "authorized_user", "client_id": "c"}"#, "lacks client_id, client_secret or refresh_token"),
        ] {
            let error = read(text.as_bytes(), "x.json").expect_err(text);
            assert!(error.message().starts_with("x.json") && error.message().contains(part), "{error}");
        }
    }
}
