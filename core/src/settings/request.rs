//! What a user says about a token that is wanted.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::Settings;
use super::names::nearest;
use super::parts::{claims, parameters, seconds, texts, words};
use super::value::shown;
use crate::error::Error;
use crate::jose::Claims;
use crate::kinds::Kind;
use crate::oauth::dialect::Offline;
use crate::secret::Secret;
use crate::store::account::{Manner, Wanted};

/// A token that is wanted: by which grant, with which scopes, for whom. Every skin uses these names.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenRequest {
    /// How the token is obtained; see [`GrantKind`].
    pub grant: GrantKind,
    /// Wanted scopes. Default: the client's.
    #[serde(deserialize_with = "words")]
    pub scopes: Vec<String>,
    /// Resources that the token is for. Source: RFC 8707.
    #[serde(deserialize_with = "texts")]
    pub resource: Vec<String>,
    /// Audiences that the token is for, where the server wants them so. Source: RFC 8693 §2.1.
    #[serde(deserialize_with = "texts")]
    pub audience: Vec<String>,
    /// Further parameters of the token request.
    #[serde(deserialize_with = "parameters")]
    pub token_params: Vec<(String, String)>,
    /// Further parameters of the authorization or device authorization request.
    #[serde(deserialize_with = "parameters")]
    pub auth_params: Vec<(String, String)>,
    /// Lets these parameters replace the protocol's own.
    pub override_params: bool,
    /// Whether the sign-in's token shall be good, too, for what the account has granted to the client before; for providers
    /// whose profile knows how to ask for that.
    pub include_granted_scopes: bool,
    /// Whether a refresh token is asked for, in the way that the provider wants it.
    pub offline: bool,
    /// Distinguishes tokens that are otherwise alike.
    pub cache_key: Option<String>,
    /// The account that the token is for.
    pub subject: Option<String>,
    /// Which stored account is meant: an address, a pattern such as `*@example.com`, `any`, or `new` for another sign-in.
    pub account: Option<String>,
    /// Whether a stored grant with more scopes than these is passed over.
    pub exact_scopes: bool,
    /// Whether stored accounts are told apart as R's gargle does: letter case counts, and the first of several is taken.
    pub gargle_accounts: bool,
    /// How long the token must still last, at least; a token that is about to expire is renewed first.
    #[serde(rename = "min_validity_s", deserialize_with = "seconds")]
    pub min_validity: Option<Duration>,
    /// How a code comes back: `auto`, `loopback`, `manual`, `poll`, `pseudo_oob`, `oob`, `device`.
    pub flow: Option<String>,
    /// The older switch for the same: true asks for a code to be pasted.
    pub use_oob: Option<bool>,
    /// R's option of that name: the same switch, as a default.
    pub gargle_oob_default: Option<bool>,
    /// R's option of that name: the same switch, as a default.
    pub httr_oob_default: Option<bool>,
    /// Redirect URI. Default: the client's.
    pub redirect_uri: Option<String>,
    /// Ports of the loopback address that the client has registered, in order of preference; 0 is any free one.
    pub port_candidates: Vec<u16>,
    /// Where to listen, in place of the redirect URI's name or address of this machine: `localhost` or a loopback address.
    pub listen_host: Option<String>,
    /// At which port to listen, where something forwards the redirect URI's port to it.
    pub listen_port: Option<u16>,
    /// Whether the code is tied to this process by PKCE. Default: yes; for the device grant no.
    pub pkce: Option<bool>,
    /// Whether the authorization request is pushed to the server first. Default: when the server requires it.
    pub par: Option<bool>,
    /// Account to suggest on the sign-in page.
    pub login_hint: Option<String>,
    /// `prompt`, such as `consent`.
    pub prompt: Option<String>,
    /// Oldest sign-in that is accepted. Units: seconds.
    pub max_age_s: Option<u64>,
    /// `acr_values`.
    pub acr_values: Option<String>,
    /// `response_mode`: `query` or `form_post`.
    pub response_mode: ResponseMode,
    /// Whether a browser is opened. Default: where a person sits in front of one.
    pub open_browser: Option<bool>,
    /// How long to wait for the browser to come back; 0 is without end. Default: what `TOKCORE_OAUTH_TIMEOUT` says.
    #[serde(rename = "listener_timeout_s", deserialize_with = "seconds")]
    pub listener_timeout: Option<Duration>,
    /// How long to ask the code source.
    #[serde(rename = "poll_timeout_s", deserialize_with = "seconds")]
    pub poll_timeout: Option<Duration>,
    /// Accepts a pasted code without its state, when PKCE ties it.
    pub allow_stateless_paste: bool,
    /// Whether a sign-in that brings fewer scopes than these fails, and nothing of it is kept.
    pub require_scopes: bool,
    /// Whether a sign-in with another account than the wanted one fails. Its grant is kept all the same, as that account's.
    pub require_account: bool,
    /// What becomes of a sign-in whose ID token fails its checks: `strict`, or `warn`.
    pub id_token_policy: IdTokenPolicy,
    /// Password grant: who.
    pub username: Option<String>,
    /// Password grant: the password; asked for when it is needed and not given.
    pub password: Option<Secret>,
    /// Refresh grant: the refresh token.
    pub refresh_token: Option<Secret>,
    /// JWT bearer grant: claims of the assertion.
    #[serde(deserialize_with = "claims")]
    pub claims: Claims,
    /// JWT bearer grant: further header fields of the assertion.
    #[serde(deserialize_with = "claims")]
    pub assertion_header: Claims,
    /// JWT bearer grant: a ready assertion in place of one signed here.
    pub assertion: Option<Secret>,
    /// Token exchange: the token that is given.
    pub subject_token: Option<Secret>,
    /// Token exchange: a file with that token, read again for each exchange.
    pub subject_token_file: Option<PathBuf>,
    /// Token exchange: its type, a short name such as `access_token` or a URI.
    pub subject_token_type: Option<String>,
    /// Token exchange: the token of the acting party.
    pub actor_token: Option<Secret>,
    /// Token exchange: its type.
    pub actor_token_type: Option<String>,
    /// Token exchange: the wanted type.
    pub requested_token_type: Option<String>,
}

/// What becomes of a sign-in whose ID token fails its checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdTokenPolicy {
    /// It fails.
    #[default]
    Strict,
    /// The access token is used all the same.
    Warn,
}

/// How the provider sends its answer through the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// In the body of a form.
    FormPost,
}

/// How a token is obtained. Any other text is sent as `grant_type`, with `token_params` as the grant's parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum GrantKind {
    /// A person signs in with a browser. Source: RFC 6749 §4.1.
    #[default]
    AuthorizationCode,
    /// A person signs in on another device. Source: RFC 8628.
    DeviceCode,
    /// The client for itself. Source: RFC 6749 §4.4.
    ClientCredentials,
    /// A user's password; forbidden by current practice. Source: RFC 6749 §4.3.
    Password,
    /// A refresh token from elsewhere. Source: RFC 6749 §6.
    RefreshToken,
    /// A signed statement. Source: RFC 7523.
    JwtBearer,
    /// One token for another. Source: RFC 8693.
    TokenExchange,
    /// A vendor's own.
    Other(String),
}

impl From<String> for GrantKind {
    fn from(name: String) -> Self {
        match name.as_str() {
            "authorization_code" => GrantKind::AuthorizationCode,
            "device_code" | "device" | "urn:ietf:params:oauth:grant-type:device_code" => GrantKind::DeviceCode,
            "client_credentials" => GrantKind::ClientCredentials,
            "password" => GrantKind::Password,
            "refresh_token" => GrantKind::RefreshToken,
            "jwt_bearer" | "urn:ietf:params:oauth:grant-type:jwt-bearer" => GrantKind::JwtBearer,
            "token_exchange" | "urn:ietf:params:oauth:grant-type:token-exchange" => GrantKind::TokenExchange,
            _ => GrantKind::Other(name),
        }
    }
}

impl GrantKind {
    const NAMES: [&'static str; 8] = [
        "authorization_code",
        "device_code",
        "device",
        "client_credentials",
        "password",
        "refresh_token",
        "jwt_bearer",
        "token_exchange",
    ];

    /// Its short name, as settings, cache keys and tokens show it.
    pub fn name(&self) -> &str {
        match self {
            GrantKind::AuthorizationCode => "authorization_code",
            GrantKind::DeviceCode => "device_code",
            GrantKind::ClientCredentials => "client_credentials",
            GrantKind::Password => "password",
            GrantKind::RefreshToken => "refresh_token",
            GrantKind::JwtBearer => "jwt_bearer",
            GrantKind::TokenExchange => "token_exchange",
            GrantKind::Other(name) => name,
        }
    }

    /// Whether a person has to take part.
    pub fn is_interactive(&self) -> bool {
        matches!(self, GrantKind::AuthorizationCode | GrantKind::DeviceCode)
    }
}

/// A vendor's own grant type is a URI (RFC 6749 §4.5), or unlike ours: what is nearly one of ours is a slip. Zoom's
/// `account_credentials` is none.
fn not_mistyped(name: &str) -> Result<(), Error> {
    match nearest(name, &GrantKind::NAMES, 0.8).filter(|_| !name.contains(':')) {
        None => Ok(()),
        Some(near) => {
            Err(Error::new(Kind::ConfigInvalid, format!("there is no grant {}", shown(name))).with_hint(format!(
                "did you mean {near}? A vendor's grant type of that name is given as grant_type in token_params, with \
             override_params"
            )))
        }
    }
}

impl TokenRequest {
    /// The request that these settings describe. No I/O.
    ///
    /// Errors: `ConfigInvalid` for an unknown setting, a value of the wrong type, an account that is
    /// neither a name nor a pattern, and what the grant needs and lacks.
    pub fn from_settings(settings: Settings) -> Result<Self, Error> {
        settings.read::<Self>("the request")?.checked()
    }

    /// Which stored account is meant. Errors: `ConfigInvalid` for a setting `account` that makes no sense.
    pub(crate) fn wanted_account(&self) -> Result<Wanted, Error> {
        Wanted::parse(self.account.as_deref(), self.account_manner())
    }

    /// Whether an account with an address is meant, and no other will do.
    pub(crate) fn names_an_address(&self) -> bool {
        self.require_account && self.account.as_ref().is_some_and(|account| account.contains('@'))
    }

    /// The same after a sign-in that brought no refresh token, though one was asked for.
    pub(crate) fn asking_again(&self, offline: &Offline) -> Self {
        let mut words: Vec<&str> = self.prompt.iter().flat_map(|prompt| prompt.split_whitespace()).collect();
        match offline.prompt_again.as_deref().filter(|word| self.offline && !words.contains(word)) {
            Some(word) => {
                words.insert(0, word);
                Self { prompt: Some(words.join(" ")), ..self.clone() }
            }
            None => self.clone(),
        }
    }

    /// By whose rules stored accounts are told apart.
    pub(crate) fn account_manner(&self) -> Manner {
        if self.gargle_accounts { Manner::Gargle } else { Manner::Own }
    }

    fn checked(self) -> Result<Self, Error> {
        let needs = |present: bool, name: &str| match present {
            true => Ok(()),
            false => Err(Error::new(Kind::ConfigInvalid, format!("the grant {} needs {name}", self.grant.name()))
                .with_hint(format!("give {name}"))),
        };
        self.wanted_account()?;
        match &self.grant {
            GrantKind::Password => needs(self.username.is_some(), "username")?,
            GrantKind::RefreshToken => needs(self.refresh_token.is_some(), "refresh_token")?,
            GrantKind::TokenExchange => {
                needs(self.subject_token.is_some() || self.subject_token_file.is_some(), "subject_token")?;
                needs(self.subject_token_type.is_some(), "subject_token_type")?;
            }
            GrantKind::Other(name) => {
                needs(!name.is_empty(), "a grant type")?;
                not_mistyped(name)?;
            }
            _ => {}
        }
        Ok(self)
    }
}

/// Shows what is asked for, and no parameter: any of them may be a secret.
impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest")
            .field("grant", &self.grant)
            .field("scopes", &self.scopes)
            .field("resource", &self.resource)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
