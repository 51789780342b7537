//! A token that did not come through an OAuth token endpoint.

use std::sync::Arc;

use serde_json::Map;

use crate::context::Context;
use crate::jose::Jws;
use crate::secret::Secret;
use crate::token::freshness::Windows;
use crate::token::{Origin, Token, TokenType};

/// What an answer that is not OAuth says of a token.
pub(crate) struct Received {
    pub(crate) access_token: Secret,
    /// Units: seconds since 1970. Shape: `None` when it does not say.
    pub(crate) expires_at_unix_s: Option<i64>,
    pub(crate) scopes_requested: Vec<String>,
    pub(crate) scopes_granted: Option<Vec<String>>,
    /// The kind of credential, as [`Origin::grant`] shows it.
    pub(crate) kind: &'static str,
    /// Who gave it.
    pub(crate) endpoint: String,
    /// Whose it is.
    pub(crate) account: Option<String>,
    /// When it was asked for. Units: seconds since 1970.
    pub(crate) requested_at_unix_s: i64,
}

impl Received {
    /// The bearer token that an ID token makes, which says itself when it ends.
    pub(crate) fn into_id_token(mut self, context: &Context) -> Token {
        let claims = Jws::read(self.access_token.expose()).ok().and_then(|jws| jws.claims());
        let expiry = claims.and_then(|claims| claims.get("exp")?.as_i64());
        self.expires_at_unix_s = expiry.or(self.expires_at_unix_s);
        let id_token = Some(self.access_token.clone());
        Token { id_token, ..self.into_token(context) }
    }

    /// The bearer token that it makes.
    pub(crate) fn into_token(self, context: &Context) -> Token {
        let lifetime_s = self.expires_at_unix_s.map_or(0, |at| at.saturating_sub(self.requested_at_unix_s).max(0));
        let windows = Windows::of_lifetime(lifetime_s.unsigned_abs(), context.draw());
        Token {
            authorization: Some(Secret::new(format!("Bearer {}", self.access_token.expose()))),
            access_token: self.access_token,
            token_type: TokenType::Bearer,
            refresh_token: None,
            id_token: None,
            id_claims: None,
            scopes_requested: self.scopes_requested,
            scopes_granted: self.scopes_granted,
            requested_at_unix_s: self.requested_at_unix_s,
            requested_at_boot: context.clock.now().boot_at(self.requested_at_unix_s),
            expires_at_unix_s: self.expires_at_unix_s,
            refresh_at_unix_s: None,
            refresh_expires_at_unix_s: None,
            issued_token_type: None,
            origin: Arc::new(Origin {
                token_endpoint: self.endpoint,
                grant: self.kind.to_owned(),
                ..Origin::default()
            }),
            account: self.account,
            dpop_key: None,
            extra: Map::new(),
            warnings: Vec::new(),
            generation: 0,
            fresh_until_unix_ms: windows.fresh_until_unix_ms(self.expires_at_unix_s, None),
            windows,
            version: 0,
        }
    }
}
