//! The token that the caller gives: an object, an access token, or a user's refresh token in its file's form.

use std::sync::Arc;

use crate::api::TokenSource;
use crate::chain::brought::Bringer;
use crate::chain::request::Brought;
use crate::chain::scene::{Answer, Input, Scene};
use crate::error::Error;
use crate::provider::google::file;
use crate::provider::google::given::is_json;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::token::Token;

/// Whoever gives a token as it is.
const CALLER: Bringer<'_> = Bringer { name: "the token that is given", serves: None };

pub(super) fn answer(scene: &Scene<'_>) -> Answer {
    match (&scene.request.brought, &scene.request.token) {
        (Some(Brought::Source(source)), _) => Answer::of(CALLER.source(scene, source), Input::Explicit),
        (Some(Brought::Token(token)), _) => Answer::of(CALLER.token(scene, token.clone()), Input::Explicit),
        (None, Some(text)) if is_json(text.expose()) => of_json(scene, text),
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
    CALLER.token(scene, Arc::new(Token::from_settings(given_members, now_unix_s)?))
}
