//! Taking over grants that were given elsewhere: by another library's cache, by a server's administrator.

use serde::Deserialize;
use serde_json::Value;

use super::{OAuthClient, Store};
use crate::engine::{self, NoInterrupt};
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::AuthMethod;
use crate::renewal;
use crate::secret::Secret;
use crate::settings::{ClientSettings, GrantKind, Settings, TokenRequest};
use crate::token::Token;

/// A grant from elsewhere.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Given {
    client_id: String,
    client_name: Option<String>,
    auth_method: Option<AuthMethod>,
    issuer: Option<String>,
    token_endpoint: Option<String>,
    grant: GrantKind,
    scopes: Scopes,
    resource: Scopes,
    audience: Scopes,
    /// Whose it is: an address or a label.
    account: Option<String>,
    partition: Option<String>,
    cache_key: Option<String>,
    access_token: Option<Secret>,
    token_type: Option<String>,
    refresh_token: Option<Secret>,
    id_token: Option<Secret>,
    /// Units: seconds since 1970.
    expires_at: Option<f64>,
}

/// A list, or one text that is split at white space.
#[derive(Default, Deserialize)]
#[serde(from = "Value")]
struct Scopes(Vec<String>);

impl From<Value> for Scopes {
    fn from(value: Value) -> Self {
        Self(match value {
            Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        })
    }
}

impl Store {
    /// Keeps a grant that was given elsewhere, and gives back its key: `client_id`, `issuer` and `token_endpoint` as the
    /// client's settings have them, `grant` (default `authorization_code`), `scopes`, `account`, `refresh_token`,
    /// `access_token`, `expires_at` (seconds since 1970), `token_type`, `id_token`, `client_name`, `auth_method`,
    /// `resource`, `audience`, `partition`, `cache_key`. A refresh token alone is enough. Effects: `[disk]` `[blocks]`.
    ///
    /// Errors: `ConfigInvalid` for settings that make no grant; `Store`.
    pub fn adopt(&self, settings: Settings) -> Result<String, Error> {
        let given: Given = settings.read("the grant")?;
        if given.access_token.is_none() && given.refresh_token.is_none() {
            return Err(Error::new(Kind::ConfigInvalid, "the grant has neither a refresh token nor an access token")
                .with_hint("give refresh_token, access_token or both"));
        }
        self.shelf()?;
        let token = given.token(self.now_unix_s())?;
        let client = OAuthClient::in_store(self, given.client()?)?;
        let source = client.lone_source(given.request());
        if let Some(keeper) = source.keeper() {
            let keeping = async { engine::protected(renewal::keep_adopted(keeper, token)).await };
            engine::run(keeping, &NoInterrupt)?;
        }
        Ok(source.kept_key())
    }
}

impl Given {
    fn client(&self) -> Result<ClientSettings, Error> {
        let mut settings = Settings::new();
        let texts = [
            ("client_id", Some(&self.client_id)),
            ("name", self.client_name.as_ref()),
            ("issuer", self.issuer.as_ref()),
            ("token_endpoint", self.token_endpoint.as_ref()),
            ("partition", self.partition.as_ref()),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                settings.set(name, text.as_str())?;
            }
        }
        let settings = ClientSettings::from_settings(settings)?;
        Ok(ClientSettings { auth_method: self.auth_method, ..settings })
    }

    fn request(&self) -> TokenRequest {
        TokenRequest {
            grant: self.grant.clone(),
            scopes: self.scopes.0.clone(),
            resource: self.resource.0.clone(),
            audience: self.audience.0.clone(),
            cache_key: self.cache_key.clone(),
            ..TokenRequest::default()
        }
    }

    /// The token; one that is over where there is only something to renew it with.
    fn token(&self, now_unix_s: i64) -> Result<Token, Error> {
        let access_token = self.access_token.as_ref().map_or("", Secret::expose);
        let mut settings = Settings::new();
        settings.set("access_token", access_token)?;
        if let Some(token_type) = &self.token_type {
            settings.set("token_type", token_type.as_str())?;
        }
        let expires_at = if access_token.is_empty() { Some(now_unix_s) } else { self.expires_at.map(|at| at as i64) };
        if let Some(at) = expires_at {
            settings.set("expires_at", at)?;
        }
        let token = Token::from_settings(settings, now_unix_s)?;
        Ok(Token {
            refresh_token: self.refresh_token.clone().filter(|token| !token.is_empty()),
            id_token: self.id_token.clone(),
            account: self.account.clone(),
            scopes_requested: self.scopes.0.clone(),
            ..token
        })
    }
}
