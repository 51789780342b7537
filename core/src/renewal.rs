//! Getting a token without asking a person: by its refresh token, else by its grant.

use std::sync::Arc;

use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::Grant;
use crate::oauth::token_exchange::{Exchange, TypedToken};
use crate::secret::Secret;
use crate::server::{Ask, Basis, Server};
use crate::settings::{GrantKind, TokenRequest};
use crate::token::{SharedToken, Token};

/// Whether [`quiet`] has something to begin with.
pub(crate) fn is_quiet(request: &TokenRequest, newest: Option<&Token>) -> bool {
    let refreshes = newest.is_some_and(|token| refresh_token(request, token).is_some());
    match request.grant {
        GrantKind::AuthorizationCode | GrantKind::DeviceCode => refreshes,
        GrantKind::Password => refreshes || request.password.is_some(),
        _ => true,
    }
}

/// A new token without a person. Effects: `[net]`, `[disk]` for a subject token in a file.
///
/// Errors: `GrantRevoked` when the refresh token is dead and the grant cannot be repeated; those of the exchange.
pub(crate) async fn quiet(
    server: Arc<Server>,
    request: Arc<TokenRequest>,
    newest: Option<SharedToken>,
) -> Result<Token, Error> {
    let refreshable = newest.as_deref().filter(|token| refresh_token(&request, token).is_some());
    if let Some(token) = refreshable {
        match refresh(&server, &request, token).await {
            // Whatever else failed leaves the refresh token as it was, and logging in again would not help.
            Err(error) if error.kind() == Kind::GrantRevoked && is_quiet(&request, None) => {
                tracing::info!("{error}; the grant is repeated");
            }
            outcome => return outcome,
        }
    }
    obtain(&server, &request, newest.as_deref()).await
}

/// One refresh. Errors: as of the exchange.
pub(crate) async fn refresh(server: &Server, request: &TokenRequest, token: &Token) -> Result<Token, Error> {
    let Some(refresh_token) = refresh_token(request, token) else {
        return Err(Error::new(Kind::InvalidArgument, "the token has no refresh token"));
    };
    let ask = Ask::refresh(request, refresh_token, token);
    server.token(&ask).await
}

/// The refresh token that renews `token`. A client's own grant is repeated instead, which saves the server a record.
/// Source: RFC 6749 §4.4.3.
fn refresh_token<'a>(request: &TokenRequest, token: &'a Token) -> Option<&'a Secret> {
    match request.grant {
        GrantKind::ClientCredentials | GrantKind::JwtBearer | GrantKind::TokenExchange => None,
        _ => token.refresh_token(),
    }
}

/// The grant itself, as far as it needs nobody.
async fn obtain(server: &Server, request: &TokenRequest, newest: Option<&Token>) -> Result<Token, Error> {
    let dpop_key = match newest.and_then(|token| token.dpop_key.clone()) {
        Some(key) => Some(key),
        None => server.new_dpop_key()?,
    };
    let subject_token;
    let exchange;
    let parameters;
    let grant = match &request.grant {
        GrantKind::ClientCredentials => Grant::ClientCredentials,
        GrantKind::Password => match (&request.username, &request.password) {
            (Some(username), Some(password)) => Grant::Password { username, password },
            _ => return Err(needs_person("the password has to be typed")),
        },
        GrantKind::RefreshToken => match &request.refresh_token {
            Some(refresh_token) => Grant::Refresh { refresh_token },
            None => return Err(Error::new(Kind::ConfigInvalid, "the grant refresh_token needs refresh_token")),
        },
        GrantKind::TokenExchange => {
            subject_token = server.subject_token(request)?;
            exchange = exchange_of(request, &subject_token);
            Grant::TokenExchange(&exchange)
        }
        GrantKind::JwtBearer => return server.token(&Ask::first(request, Basis::Assertion, dpop_key)).await,
        GrantKind::Other(grant_type) => {
            parameters = secret_parameters(request);
            Grant::Other { grant_type, parameters: &parameters }
        }
        GrantKind::AuthorizationCode | GrantKind::DeviceCode => return Err(needs_person("a person has to sign in")),
    };
    server.token(&Ask::first(request, Basis::Grant(grant), dpop_key)).await
}

fn exchange_of<'a>(request: &'a TokenRequest, subject_token: &'a Secret) -> Exchange<'a> {
    Exchange {
        subject: TypedToken {
            token: subject_token,
            token_type: request.subject_token_type.as_deref().unwrap_or_default(),
        },
        actor: request.actor_token.as_ref().map(|token| (token, request.actor_token_type.as_deref())),
        requested_token_type: request.requested_token_type.as_deref(),
    }
}

fn secret_parameters(request: &TokenRequest) -> Vec<(String, Secret)> {
    let parameters = request.token_params.iter();
    parameters.map(|(name, value)| (name.clone(), Secret::new(value.as_str()))).collect()
}

fn needs_person(why: &str) -> Error {
    Error::new(Kind::InteractionRequired, why)
}
