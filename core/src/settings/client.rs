//! What a user says about a client and its authorization server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::parts::{address, claims, milliseconds, words};
use super::{Setting, Settings};
use crate::context::Context;
use crate::error::Error;
use crate::jose::Claims;
use crate::kinds::Kind;
use crate::oauth::AuthMethod;
use crate::secret::Secret;

/// A client as it is registered with an authorization server, and how to reach that server.
///
/// Every skin and the client file use these names. What is left out comes from the profile, then from the server's
/// published metadata, then from the standard.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClientSettings {
    /// `client_id`. Required.
    pub client_id: String,
    /// `client_secret`; a public client has none.
    pub client_secret: Option<Secret>,
    /// Name of an environment variable that holds the client secret, read when the secret is needed.
    pub client_secret_env: Option<String>,
    /// What pages and prompts call the program. Default: `client_id`.
    pub name: Option<String>,
    /// The issuer, exactly as it names itself; its metadata supplies the endpoints that are not given here.
    pub issuer: Option<String>,
    /// Where the metadata is, when that does not follow from the issuer.
    #[serde(deserialize_with = "address")]
    pub metadata_url: Option<Url>,
    /// Which standard's metadata is asked for: `openid`, `oauth` (RFC 8414), or `auto` (default): one after the other.
    pub discovery: Option<String>,
    /// How exactly the issuer in the metadata must match: `exact`, `trailing_slash`, `template`, `none`.
    pub issuer_match: Option<String>,
    /// Authorization endpoint.
    #[serde(deserialize_with = "address")]
    pub authorization_endpoint: Option<Url>,
    /// Token endpoint.
    #[serde(deserialize_with = "address")]
    pub token_endpoint: Option<Url>,
    /// Device authorization endpoint.
    #[serde(deserialize_with = "address")]
    pub device_authorization_endpoint: Option<Url>,
    /// Revocation endpoint.
    #[serde(deserialize_with = "address")]
    pub revocation_endpoint: Option<Url>,
    /// Introspection endpoint.
    #[serde(deserialize_with = "address")]
    pub introspection_endpoint: Option<Url>,
    /// Userinfo endpoint. Where it is named, it is also asked whose a new grant is, if the ID token does not say.
    #[serde(deserialize_with = "address")]
    pub userinfo_endpoint: Option<Url>,
    /// Endpoint for pushed authorization requests.
    #[serde(deserialize_with = "address")]
    pub pushed_authorization_request_endpoint: Option<Url>,
    /// Where the server's public keys are.
    #[serde(deserialize_with = "address")]
    pub jwks_uri: Option<Url>,
    /// How the client authenticates; by default what its secret or key and the metadata allow.
    pub auth_method: Option<AuthMethod>,
    /// How id and secret are written in `client_secret_basic`: `form`, `raw`, `percent`, `auto`.
    pub basic_encoding: Option<String>,
    /// Private key, PEM or JWK, for `private_key_jwt` and the JWT bearer grant.
    pub key: Option<Secret>,
    /// File with that key.
    pub key_file: Option<PathBuf>,
    /// Passphrase of that key.
    pub key_passphrase: Option<Secret>,
    /// `kid` that goes with the key.
    pub key_id: Option<String>,
    /// Signature algorithm, such as `RS256`; by default what the key suggests.
    pub signing_alg: Option<String>,
    /// `aud` of the client assertion: `issuer`, `token_endpoint`, `endpoint`, or the text itself.
    pub assertion_audience: Option<String>,
    /// Whether `client_id` is sent beside a client assertion. Default: yes.
    pub assertion_client_id: Option<bool>,
    /// Lifetime of a client assertion. Units: seconds, at most 600. Default 60.
    pub assertion_lifetime_s: Option<u64>,
    /// Further claims of the client assertion, field by field in place of tokcore's.
    #[serde(deserialize_with = "claims")]
    pub assertion_claims: Claims,
    /// Whether a `client_secret_jwt` secret shorter than its hash is accepted.
    pub allow_weak_secret: bool,
    /// Whether tokens are bound to a key of this process (DPoP).
    pub dpop: bool,
    /// Whether a `Bearer` token is accepted where a DPoP token was asked for.
    pub allow_dpop_downgrade: bool,
    /// Scopes of requests that name none.
    #[serde(deserialize_with = "words")]
    pub scopes: Vec<String>,
    /// Redirect URI as registered. Default: a free port of the loopback address.
    pub redirect_uri: Option<String>,
    /// Name of a provider profile; by default the one whose hosts match the endpoints.
    pub profile: Option<String>,
    /// Departures from the RFCs, field by field in place of the profile's.
    pub dialect: Map<String, Value>,
    /// Accepts plain http from hosts other than loopback. For experiments only.
    pub allow_insecure_http: bool,
    /// PEM file or folder in place of the system's certificate authorities.
    pub ca_file: Option<PathBuf>,
    /// Whether certificates are checked. For experiments only.
    pub verify_tls: Option<bool>,
    /// For connecting.
    #[serde(rename = "connect_timeout_ms", deserialize_with = "milliseconds")]
    pub connect_timeout: Option<Duration>,
    /// For a whole exchange.
    #[serde(rename = "timeout_ms", deserialize_with = "milliseconds")]
    pub timeout: Option<Duration>,
    /// `User-Agent` of requests.
    pub user_agent: Option<String>,
    /// Separates users of one process, as in a web application: nothing is shared between partitions.
    pub partition: Option<String>,
    /// Where credentials outlive the process: `user` (the user's store), `memory` (nowhere), or a folder. Default: `user`
    /// for grants that cannot be had again without a person, else `memory`; `existing`: the same where somebody has made that
    /// store, else `memory`. `TOKCORE_STORE` says otherwise than either.
    pub store: Option<String>,
    /// Key of that store, 32 bytes as base64url. Default: what `TOKCORE_KEY` says, else the key that the store was made with.
    pub store_key: Option<Secret>,
}

impl ClientSettings {
    /// The client that these settings describe. No I/O.
    ///
    /// Errors: `ConfigInvalid` for an unknown or missing setting and for a value of the wrong type, naming it.
    pub fn from_settings(settings: Settings) -> Result<Self, Error> {
        settings.read::<Self>("the client")?.checked()
    }

    /// The client that a file describes: TOML with the names of these settings. A relative `key_file` or `ca_file` is
    /// relative to the file. Effects: `[disk]`.
    ///
    /// Errors: `ConfigInvalid` for a file that cannot be read or understood, naming it and the line.
    pub fn from_file(context: &Context, path: &Path) -> Result<Self, Error> {
        Self::from_file_with(context, path, Settings::new())
    }

    /// The same with `changes` in place of what the file says; their paths are not relative to the file.
    ///
    /// Errors: as [`ClientSettings::from_file`].
    pub fn from_file_with(context: &Context, path: &Path, changes: Settings) -> Result<Self, Error> {
        let shown = path.display();
        let broken = |why: String| Error::new(Kind::ConfigInvalid, format!("client file {shown}: {why}"));
        let bytes = context.files.read(path, CLIENT_FILE_BYTES).map_err(|cause| broken(cause.to_string()))?;
        let text = zeroize::Zeroizing::new(String::from_utf8(bytes).map_err(|_| broken("it is not UTF-8".into()))?);
        let table: serde_json::Value = toml::from_str(&text).map_err(|problem| {
            let line = problem.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let at = line.map_or(String::new(), |line| format!("line {line}: "));
            broken(format!("{at}{}", problem.message()))
        })?;
        let mut settings = match Setting::from(table) {
            Setting::Table(settings) => settings,
            _ => Settings::new(),
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        for (_, value) in settings.0.iter_mut().filter(|(name, _)| matches!(name.as_str(), "key_file" | "ca_file")) {
            if let Setting::Text(file) = value {
                *value = Setting::from(folder.join(file.as_str()).to_string_lossy().into_owned());
            }
        }
        settings.change(changes);
        settings.read::<Self>(&format!("client file {shown}"))?.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        if self.client_id.is_empty() {
            return Err(Error::new(Kind::ConfigInvalid, "the client: client_id is missing")
                .with_hint("give the client_id that the provider shows for your application"));
        }
        if self.client_id.chars().any(char::is_control) {
            return Err(Error::new(Kind::ConfigInvalid, "the client: client_id holds a control character"));
        }
        Ok(self)
    }

    /// What pages and prompts call the program.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.client_id)
    }
}

/// A client file holds a key at most.
const CLIENT_FILE_BYTES: usize = 256 * 1024;
