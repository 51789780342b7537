//! The token that an answer makes, with what carries over from its predecessor.

use std::sync::Arc;

use url::Url;

use super::token::Ask;
use super::{Known, Server};
use crate::error::Error;
use crate::oauth::{Lifetime, TokenReply, Warning, dpop};
use crate::token::freshness::Windows;
use crate::token::{Origin, Token, TokenType};

impl Server {
    /// The token that this reply makes, with what carries over from its predecessor.
    pub(super) fn assemble(
        &self,
        reply: TokenReply,
        sent_at_unix_s: i64,
        ask: &Ask<'_>,
        known: &Known,
        endpoint: &Url,
    ) -> Result<Token, Error> {
        if ask.dpop_key.is_some() {
            dpop::check_token_type(&reply.token_type, self.settings.allow_dpop_downgrade)?;
        }
        let previous = ask.previous;
        let token_type = TokenType::from(reply.token_type.as_str());
        let lifetime_s = match reply.lifetime {
            Lifetime::Known(seconds) => Some(seconds),
            Lifetime::Never | Lifetime::Unknown => None,
        };
        let expires_at_unix_s = reply.lifetime.expires_at_unix_s(sent_at_unix_s);
        let windows = Windows::of_lifetime(lifetime_s.unwrap_or(0), self.draw());
        let warnings = self.warnings(&reply, ask);
        let mut extra = previous.map(|token| token.extra.clone()).unwrap_or_default();
        extra.extend(reply.extra);
        Ok(Token {
            authorization: self.authorization(&reply.access_token, &token_type),
            access_token: reply.access_token,
            token_type,
            refresh_token: reply.refresh_token.or_else(|| previous?.refresh_token.clone()),
            id_token: reply.id_token.or_else(|| previous?.id_token.clone()),
            id_claims: previous.and_then(|token| token.id_claims.clone()),
            scopes_requested: match previous {
                Some(token) => token.scopes_requested.clone(),
                None => ask.request.scopes.clone(),
            },
            scopes_granted: reply.scope.or_else(|| previous?.scopes_granted.clone()),
            requested_at_unix_s: sent_at_unix_s,
            requested_at_boot: self.context.clock.now().boot_at(sent_at_unix_s),
            expires_at_unix_s,
            refresh_at_unix_s: reply.refresh_at_unix_s,
            refresh_expires_at_unix_s: reply.refresh_expires_at_unix_s.or_else(|| previous?.refresh_expires_at_unix_s),
            issued_token_type: reply.issued_token_type,
            origin: match previous {
                Some(token) => token.origin.clone(),
                None => Arc::new(self.origin(ask, known, endpoint)),
            },
            account: previous.and_then(|token| token.account.clone()).or_else(|| ask.request.subject.clone()),
            dpop_key: ask.dpop_key.clone(),
            extra,
            warnings,
            generation: previous.map_or(0, |token| token.generation + 1),
            fresh_until_unix_ms: windows.fresh_until_unix_ms(expires_at_unix_s, reply.refresh_at_unix_s),
            windows,
            version: 0,
        })
    }

    fn origin(&self, ask: &Ask<'_>, known: &Known, endpoint: &Url) -> Origin {
        Origin {
            issuer: known.issuer.clone(),
            token_endpoint: endpoint.to_string(),
            client_id: self.settings.client_id.clone(),
            auth_method: self.auth_method(known).ok(),
            grant: ask.request.grant.name().to_owned(),
            resource: ask.request.resource.clone(),
            audience: ask.request.audience.clone(),
        }
    }

    /// What is odd about the answer, with what only the whole request shows.
    fn warnings(&self, reply: &TokenReply, ask: &Ask<'_>) -> Vec<Warning> {
        let mut warnings = reply.warnings.clone();
        let had = match ask.previous {
            Some(token) => token.scopes(),
            None => &ask.request.scopes,
        };
        let is_fewer = |granted: &Vec<String>| !self.dialect.response.missing_scopes(had, granted).is_empty();
        if reply.scope.as_ref().is_some_and(is_fewer) {
            tracing::info!("{}: {}", self.settings.display_name(), Warning::FewerScopes);
            warnings.push(Warning::FewerScopes);
        }
        if ask.request.offline && ask.previous.is_none() && reply.refresh_token.is_none() {
            warnings.push(Warning::MissingRefreshToken);
        }
        warnings
    }
}
