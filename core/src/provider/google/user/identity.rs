//! Whose a token is, and what it is good for, as Google tells. Source: specs, identity and token information.

use std::sync::Arc;

use serde_json::{Map, Value};
use url::Url;

use super::client;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::json;
use crate::server::Server;
use crate::token::Token;
use crate::world::World;

/// Takes the token in a header field, so that it is in no log.
const TOKENINFO: &str = "https://www.googleapis.com/oauth2/v3/tokeninfo";

/// What Google knows about the owner of `token`: `sub`, `email`, and more with more scopes. Effects: `[net]`.
///
/// Errors: as of every endpoint; `Denied` for a token that is over or was given without the scope for it.
pub(crate) async fn userinfo(world: &World, token: &Token) -> Result<Map<String, Value>, Error> {
    google(world)?.userinfo(token).await.map_err(|error| refused(error, "userinfo"))
}

/// What Google knows about `token`: whom it was given to, its scopes, its end. Effects: `[net]`.
///
/// Errors: as [`userinfo`].
pub(crate) async fn tokeninfo(world: &World, token: &Token) -> Result<Map<String, Value>, Error> {
    let endpoint = Url::parse(TOKENINFO).map_err(|_| Error::new(Kind::Internal, "an address of Google's is none"))?;
    let told = google(world)?.told_to(token, &endpoint, "the tokeninfo endpoint").await;
    told.map_err(|error| refused(error, "tokeninfo"))
}

/// The address of the owner of `token`; asked for only where the token does not say. Effects: `[net]` then.
///
/// Shape: `None` where Google does not tell, because the scope for it is missing. Errors: as [`userinfo`].
pub(crate) async fn email(world: &World, token: &Token) -> Result<Option<String>, Error> {
    match token.account().filter(|account| account.contains('@')) {
        Some(email) => Ok(Some(email.to_owned())),
        None => Ok(json::filled(&userinfo(world, token).await?, "email").map(str::to_owned)),
    }
}

/// What it means when Google does not tell: with 400 it says of a token that is over that it is invalid, and no more.
fn refused(error: Error, endpoint: &str) -> Error {
    let denied = |status, hint: &str| {
        Error::new(Kind::Denied, format!("the {endpoint} endpoint refuses this token (HTTP {status})"))
            .with_http_status(status)
            .with_hint(hint)
    };
    match error.http_status() {
        Some(status @ (400 | 401)) => denied(status, "renew the token, or sign in again"),
        Some(403) => denied(403, "ask for the scope that shows the account's address too"),
        _ => error,
    }
}

/// Google's server, with nobody's client.
fn google(world: &World) -> Result<Arc<Server>, Error> {
    world.server(client::at_google()?)
}
