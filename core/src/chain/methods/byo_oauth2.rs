//! The token that the caller gives: an object, an access token, or a user's refresh token in its file's form.

use std::sync::Arc;

use crate::api::TokenSource;
use crate::chain::request::Brought;
use crate::chain::scene::{Answer, Input, Scene};
use crate::error::Error;
use crate::provider::given::GivenToken;
use crate::provider::google::file;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::token::Token;

pub(super) fn answer(scene: &Scene<'_>) -> Answer {
    match (&scene.request.brought, &scene.request.token) {
        (Some(Brought::Source(source)), _) => Answer::Found(Box::new(source.clone()), Input::Explicit),
        (Some(Brought::Token(token)), _) => {
            let provider = Arc::new(GivenToken::of(scene.world, token.clone(), "the caller"));
            Answer::of(Ok(source_of(scene, provider)), Input::Explicit)
        }
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
    let mut given = Settings::new();
    given.set("access_token", text.expose())?;
    if let Some(expires_at) = scene.request.token_expires_at {
        given.set("expires_at", expires_at as i64)?;
    }
    let now_unix_s = scene.world.context.clock.now_unix_ms().div_euclid(1000);
    let token = Arc::new(Token::from_settings(given, now_unix_s)?);
    Ok(source_of(scene, Arc::new(GivenToken::of(scene.world, token, "the caller"))))
}

fn source_of(scene: &Scene<'_>, provider: Arc<GivenToken>) -> TokenSource {
    TokenSource::of_provider(scene.world, provider, scene.request.min_validity)
}
