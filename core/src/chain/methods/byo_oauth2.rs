//! The token that the caller gives: an object, an access token, or a user's refresh token in its file's form.

use std::sync::Arc;

use super::source_of;
use crate::api::TokenSource;
use crate::chain::request::Brought;
use crate::chain::scene::{Answer, Input, Scene};
use crate::error::Error;
use crate::provider::given::GivenToken;
use crate::provider::google::{file, impersonation};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::token::{SharedToken, Token};

pub(super) fn answer(scene: &Scene<'_>) -> Answer {
    match (&scene.request.brought, &scene.request.token) {
        (Some(Brought::Source(source)), _) => Answer::Found(Box::new(source.clone()), Input::Explicit),
        (Some(Brought::Token(token)), _) => Answer::of(given(scene, token.clone()), Input::Explicit),
        (None, Some(text)) if file::is_json(text.expose()) => of_json(scene, text),
        (None, Some(text)) => Answer::of(of_text(scene, text), Input::Explicit),
        (None, None) => Answer::not_applicable("no token is given"),
    }
}

/// A user's refresh token, in the form of its file.
fn of_json(scene: &Scene<'_>, text: &Secret) -> Answer {
    match file::read(&scene.world.context, text.expose()) {
        Ok(credentials) => super::opened(scene, credentials, "the token that is given", Input::Explicit),
        Err(error) => Answer::Failed(error, Input::Explicit),
    }
}

/// An access token.
fn of_text(scene: &Scene<'_>, text: &Secret) -> Result<TokenSource, Error> {
    let mut given_members = Settings::new();
    given_members.set("access_token", text.expose())?;
    if let Some(expires_at) = scene.request.token_expires_at {
        given_members.set("expires_at", expires_at as i64)?;
    }
    let now_unix_s = scene.world.context.clock.now_unix_ms().div_euclid(1000);
    given(scene, Arc::new(Token::from_settings(given_members, now_unix_s)?))
}

/// The token itself, or the service account whose identity it takes on.
fn given(scene: &Scene<'_>, token: SharedToken) -> Result<TokenSource, Error> {
    let provider = Arc::new(GivenToken::of(scene.world, token, "the caller"));
    Ok(source_of(scene, impersonation::as_wished(scene.world, provider, &scene.wish)?))
}
