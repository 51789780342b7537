//! A token that a caller has from elsewhere.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::freshness::Windows;
use super::{Token, TokenType};
use crate::error::Error;
use crate::secret::Secret;
use crate::settings::Settings;

/// The members of such a token.
#[derive(Deserialize)]
struct Given {
    access_token: Secret,
    token_type: Option<String>,
    expires_in: Option<f64>,
    expires_at: Option<f64>,
    refresh_token: Option<Secret>,
    id_token: Option<Secret>,
    scope: Option<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Token {
    /// A token from elsewhere: `access_token`, `token_type`, `expires_in` or `expires_at` (seconds), `refresh_token`,
    /// `id_token`, `scope`; everything else becomes [`Token::extra`].
    ///
    /// Errors: `ConfigInvalid` without an access token, and for a value of the wrong type.
    pub fn from_settings(settings: Settings, now_unix_s: i64) -> Result<Self, Error> {
        let given: Given = settings.read("the token")?;
        let token_type = TokenType::from(given.token_type.as_deref().unwrap_or("Bearer"));
        let lifetime = given.expires_in.filter(|seconds| *seconds > 0.0).map(|seconds| seconds as i64);
        let expires_at_unix_s = lifetime.map(|s| now_unix_s.saturating_add(s)).or(given.expires_at.map(|at| at as i64));
        let lifetime_s = expires_at_unix_s.map_or(0, |at| u64::try_from(at.saturating_sub(now_unix_s)).unwrap_or(0));
        let windows = Windows::of_lifetime(lifetime_s, 0.5);
        let scopes: Option<Vec<String>> =
            given.scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect());
        let authorization = match token_type {
            TokenType::Dpop | TokenType::NotApplicable => None,
            _ => Some(Secret::new(format!("{} {}", token_type.name(), given.access_token.expose()))),
        };
        Ok(Self {
            access_token: given.access_token,
            token_type,
            refresh_token: given.refresh_token.filter(|token| !token.is_empty()),
            id_token: given.id_token,
            id_claims: None,
            scopes_requested: scopes.clone().unwrap_or_default(),
            scopes_granted: scopes,
            requested_at_unix_s: now_unix_s,
            requested_at_boot: None,
            expires_at_unix_s,
            refresh_at_unix_s: None,
            refresh_expires_at_unix_s: None,
            issued_token_type: None,
            origin: Arc::default(),
            account: None,
            dpop_key: None,
            extra: given.extra,
            warnings: Vec::new(),
            generation: 0,
            fresh_until_unix_ms: windows.fresh_until_unix_ms(expires_at_unix_s, None),
            windows,
            authorization,
            version: 0,
        })
    }
}
