//! tokcore's own methods, one file each.

mod byo_oauth2;
mod gce;

use super::method::BuiltIn;
use super::scene::{Answer, Scene};
use crate::api::TokenSource;
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

/// What this method says.
pub(super) fn answer(method: BuiltIn, scene: &Scene<'_>) -> Answer {
    match method {
        BuiltIn::ByoOauth2 => byo_oauth2::answer(scene),
        BuiltIn::Gce => gce::answer(scene),
        _ => Answer::not_applicable("it is not there yet"),
    }
}

/// The credential in a file, or in its JSON.
fn opened(_scene: &Scene<'_>, _path_or_json: &Secret, source: &str) -> Result<TokenSource, Error> {
    Err(Error::new(Kind::ConfigInvalid, format!("{source} cannot be read yet")))
}
