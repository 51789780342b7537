//! A token by its refresh token, else by its grant.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cache::graves::Graves;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::token_exchange::{Exchange, TypedToken};
use crate::oauth::{Grant, scope};
use crate::secret::Secret;
use crate::server::witness::Witness;
use crate::server::{Ask, Basis, Server};
use crate::settings::{GrantKind, TokenRequest};
use crate::store::failpoint;
use crate::token::{SharedToken, Token};

/// Why there is no token, and what came all the same.
pub(super) struct Refused {
    pub(super) error: Error,
    /// An answer whose ID token is not believed. It is handed to nobody, but its refresh token may be the only living one.
    pub(super) answer: Option<Box<Token>>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, answer: None }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

/// Whether [`quiet`] has something to begin with.
pub(crate) fn is_quiet(request: &TokenRequest, newest: Option<&Token>, graves: &Graves) -> bool {
    !needs_person(request) || newest.is_some_and(|token| refresh_token(request, token, graves).is_some())
}

/// Whether the grant itself needs a person, who is asked once nothing else brings a token.
pub(crate) fn needs_person(request: &TokenRequest) -> bool {
    match request.grant {
        GrantKind::AuthorizationCode | GrantKind::DeviceCode => true,
        GrantKind::Password => request.password.is_none(),
        _ => false,
    }
}

/// A new token without a person. Effects: `[net]`, `[disk]` for a subject token in a file.
///
/// Errors: `GrantRevoked` when the refresh token is dead and the grant cannot be repeated; those of the exchange.
pub(crate) async fn quiet(
    server: Arc<Server>,
    request: Arc<TokenRequest>,
    newest: Option<SharedToken>,
    graves: Arc<Graves>,
) -> Result<Token, Error> {
    let newest = newest.as_deref();
    let live = newest.and_then(|token| Some((token, refresh_token(&request, token, &graves)?)));
    if let Some((token, refresh_token)) = live {
        match refreshed(&server, &request, refresh_token, token, None).await.map_err(Error::from) {
            Err(error) if error.kind() == Kind::GrantRevoked => {
                graves.bury(refresh_token);
                if needs_person(&request) {
                    return Err(error);
                }
                tracing::info!("{error}; the grant is repeated");
            }
            // Whatever else failed leaves the refresh token as it was, and logging in again would not help.
            outcome => return outcome,
        }
    }
    Ok(obtain(&server, &request, newest, &graves, None).await?)
}

/// One refresh of a token that nothing remembers, in the way in which it was obtained.
///
/// Errors: `InvalidArgument` without a refresh token; those of the exchange.
pub(crate) async fn refresh(server: &Server, token: &Token) -> Result<Token, Error> {
    let Some(refresh_token) = token.refresh_token() else {
        return Err(Error::new(Kind::InvalidArgument, "the token has no refresh token"));
    };
    let request = TokenRequest {
        grant: GrantKind::RefreshToken,
        resource: token.origin.resource.clone(),
        scopes: token.scopes_requested.clone(),
        ..TokenRequest::default()
    };
    Ok(refreshed(server, &request, refresh_token, token, None).await?)
}

/// One refresh. `witness`: who has to know how far it comes.
pub(super) async fn refreshed(
    server: &Server,
    request: &TokenRequest,
    refresh_token: &Secret,
    token: &Token,
    witness: Option<Arc<dyn Witness>>,
) -> Result<Token, Refused> {
    let ask = Ask::refresh(request, refresh_token, token).witnessed_by(witness);
    let fresh = server.token(&ask).await?;
    failpoint("parsed").map_err(|cause| Error::new(Kind::Protocol, format!("the answer cannot be used: {cause}")))?;
    same_person(server, request, fresh, token).await
}

/// `fresh`, the successor of `token`. Where the provider says again who signed in, it must still be the same person.
pub(super) async fn same_person(
    server: &Server,
    request: &TokenRequest,
    fresh: Token,
    token: &Token,
) -> Result<Token, Refused> {
    if fresh.id_token == token.id_token {
        return Ok(fresh);
    }
    let mut checked = believed(server, request, fresh).await?;
    // One that is not believed, and used all the same, says nothing: what was checked before still holds.
    if token.id_claims.is_some() && checked.id_claims == token.id_claims {
        checked.id_token.clone_from(&token.id_token);
    }
    Ok(checked)
}

/// `fresh`, if its ID token is in order.
async fn believed(server: &Server, request: &TokenRequest, fresh: Token) -> Result<Token, Refused> {
    let answer = fresh.clone();
    let checked = server.with_checked_id_token(fresh, request, None, None).await;
    checked.map_err(|error| Refused { error, answer: Some(Box::new(answer)) })
}

/// The same for the first token of a grant: an ID token that nobody asked for is passed over.
pub(super) async fn first_believed(server: &Server, request: &TokenRequest, first: Token) -> Result<Token, Refused> {
    if scope::wants_id_token(&request.scopes) { believed(server, request, first).await } else { Ok(first) }
}

/// The refresh token that renews `token`. A client's own grant is repeated instead, which saves the server a record.
/// Source: RFC 6749 §4.4.3.
pub(super) fn refresh_token<'a>(request: &TokenRequest, token: &'a Token, graves: &Graves) -> Option<&'a Secret> {
    match request.grant {
        GrantKind::ClientCredentials | GrantKind::JwtBearer | GrantKind::TokenExchange => None,
        _ => token.refresh_token().filter(|refresh_token| !graves.hold(refresh_token)),
    }
}

/// The grant itself, as far as it needs nobody.
pub(super) async fn obtain(
    server: &Server,
    request: &TokenRequest,
    newest: Option<&Token>,
    graves: &Graves,
    witness: Option<Arc<dyn Witness>>,
) -> Result<Token, Refused> {
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
            (Some(username), Some(password)) => {
                static WARNED: AtomicBool = AtomicBool::new(false);
                if !WARNED.swap(true, Ordering::Relaxed) {
                    tracing::warn!("the password grant is forbidden by current practice (RFC 9700)");
                }
                Grant::Password { username, password }
            }
            _ => return Err(person_needed("the password has to be typed").into()),
        },
        GrantKind::RefreshToken => match &request.refresh_token {
            Some(refresh_token) if graves.hold(refresh_token) => return Err(dead().into()),
            Some(refresh_token) => Grant::Refresh { refresh_token },
            None => return Err(Error::new(Kind::ConfigInvalid, "the grant refresh_token needs refresh_token").into()),
        },
        GrantKind::TokenExchange => {
            subject_token = server.subject_token(request)?;
            exchange = exchange_of(request, &subject_token);
            Grant::TokenExchange(&exchange)
        }
        GrantKind::JwtBearer => return Ok(server.token(&Ask::first(request, Basis::Assertion, dpop_key)).await?),
        GrantKind::Other(grant_type) => {
            parameters = secret_parameters(request);
            Grant::Other { grant_type, parameters: &parameters }
        }
        GrantKind::AuthorizationCode | GrantKind::DeviceCode => {
            return Err(person_needed("a person has to sign in").into());
        }
    };
    let sent = match &grant {
        Grant::Refresh { refresh_token } => Some(*refresh_token),
        _ => None,
    };
    match server.token(&Ask::first(request, Basis::Grant(grant), dpop_key).witnessed_by(witness)).await {
        Ok(token) => first_believed(server, request, token).await,
        Err(error) => {
            sent.filter(|_| error.kind() == Kind::GrantRevoked).inspect(|dead| graves.bury(dead));
            Err(error.into())
        }
    }
}

fn dead() -> Error {
    Error::new(Kind::GrantRevoked, "the server has declared this refresh token dead; it is not sent again")
        .with_oauth_error("invalid_grant")
        .with_hint("give a new refresh token, or sign in again")
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

fn person_needed(why: &str) -> Error {
    Error::new(Kind::InteractionRequired, why)
}
