//! tokcore's own methods, one file each.

mod app_default;
mod byo_oauth2;
mod external_account;
mod gce;
mod integration;
mod service_account;
mod user_oauth2;

use std::sync::Arc;

use super::method::BuiltIn;
use super::scene::{Answer, Input, Scene};
use crate::api::{TokenSource, secrets};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::TokenProvider;
use crate::provider::google::file::{self, Credentials};
use crate::provider::google::given::{self, Given};
use crate::secret::Secret;

/// What this method says.
pub(super) fn answer(method: BuiltIn, scene: &Scene<'_>) -> Answer {
    if scene.request.supplier.is_some() && !takes_proofs(method) {
        return Answer::because(
            "skipped",
            "subject_token proves who the program is to a pool, and this is another credential",
        );
    }
    match method {
        BuiltIn::ByoOauth2 => byo_oauth2::answer(scene),
        BuiltIn::ServiceAccount => service_account::answer(scene),
        BuiltIn::ExternalAccount => external_account::answer(scene),
        BuiltIn::AppDefault => app_default::answer(scene),
        BuiltIn::Gce => gce::answer(scene),
        BuiltIn::UserOauth2 => user_oauth2::answer(scene),
        BuiltIn::Workbench | BuiltIn::Connect => integration::answer(method, scene),
    }
}

/// Whether a credential of this method may be one that the program proves itself for.
fn takes_proofs(method: BuiltIn) -> bool {
    use BuiltIn::{AppDefault, ByoOauth2, ExternalAccount, ServiceAccount};
    matches!(method, ByoOauth2 | ServiceAccount | ExternalAccount | AppDefault)
}

/// What `path` holds. Shape: `None` where none is given. Effects: `[disk]`. Errors: `ConfigInvalid` for a file that cannot
/// be read or is of no known type.
fn credentials(scene: &Scene<'_>) -> Option<Result<Credentials, Error>> {
    let path = scene.request.path.as_ref()?;
    let context = &scene.world.context;
    Some(match &scene.request.key {
        None => file::read(context, path.expose()),
        Some(variable) => decrypted(context, path, variable).and_then(|json| file::read(context, json.expose())),
    })
}

/// The JSON in an encrypted file. Effects: `[disk]`.
fn decrypted(context: &Context, path: &Secret, variable: &str) -> Result<Secret, Error> {
    let Given::Path(path) = Given::of(context, path.expose()) else {
        return Err(Error::new(Kind::ConfigInvalid, "a key is given, and path is not the path of an encrypted file")
            .with_hint("give the path of the encrypted file, or leave out `key` with the JSON text itself"));
    };
    let text = context.files.read(path.as_ref(), file::FILE_BYTES).map_err(|cause| {
        Error::new(Kind::ConfigInvalid, format!("the encrypted credentials in {path} cannot be read: {cause}"))
            .with_hint("check the path and the permissions of the file")
    })?;
    secrets::decrypt_json(&text, &secrets::Key::in_variable(context, variable)?)
}

/// How messages call what `path` is: its place, or that it is the JSON itself.
fn place(path: &Secret) -> String {
    match given::is_json(path.expose()) {
        true => "the JSON that is given".to_owned(),
        false => path.expose().to_owned(),
    }
}

/// The source that credentials from `place` make.
fn opened(scene: &Scene<'_>, credentials: Credentials, place: &str, input: Input) -> Answer {
    let (opened, input) = match &scene.request.supplier {
        None => (credentials.open(scene.world, place, &scene.wish), input),
        // Whoever gives proofs wants no other identity, wherever its configuration was found.
        Some(supplier) => {
            (credentials.open_supplied(scene.world, place, &scene.wish, supplier.clone()), Input::Explicit)
        }
    };
    Answer::of(opened.map(|provider| source_of(scene, provider)), input)
}

/// The source of a credential's tokens.
pub(super) fn source_of(scene: &Scene<'_>, provider: Arc<dyn TokenProvider>) -> TokenSource {
    TokenSource::of_provider(scene.world, provider, scene.request.min_validity)
}
