//! What Google knows about tokens, and what this machine has of Google's.

use std::path::Path;

use serde_json::{Map, Value};

use crate::context::Context;
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::provider::About;
use crate::provider::google::user::identity;
use crate::provider::google::{adc, file, project, scope};
use crate::secret::Secret;
use crate::token::Token;
use crate::world::World;

/// What Google knows about the owner of `token`: `sub`, `email`, and more with more scopes. Effects: `[net]` `[blocks]`.
///
/// Errors: `Denied` for a token that is over, or was given without the scope for it; those of the exchange.
pub fn userinfo(token: &Token, interrupt: &dyn Interrupt) -> Result<Map<String, Value>, Error> {
    engine::run(identity::userinfo(&World::os(), token), interrupt)
}

/// What Google knows about `token`: whom it was given to, its scopes, its end. Effects: `[net]` `[blocks]`.
///
/// Errors: as [`userinfo`].
pub fn tokeninfo(token: &Token, interrupt: &dyn Interrupt) -> Result<Map<String, Value>, Error> {
    engine::run(identity::tokeninfo(&World::os(), token), interrupt)
}

/// The address of the owner of `token`; Google is asked only where the token does not say. Effects: `[net]` `[blocks]`
/// then.
///
/// Shape: `None` where Google does not tell, because the scope for it is missing. Errors: as [`userinfo`].
pub fn email(token: &Token, interrupt: &dyn Interrupt) -> Result<Option<String>, Error> {
    engine::run(identity::email(&World::os(), token), interrupt)
}

/// The file of application default credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdcFile {
    /// Where it is, or would be.
    pub path: String,
    /// Whether `GOOGLE_APPLICATION_CREDENTIALS` names it.
    pub is_named: bool,
    /// Whether there is a file that could be read.
    pub exists: bool,
}

/// Where the application default credentials are, or would be. Shape: `None` without a home. Effects: `[disk]`.
pub fn adc_file() -> Option<AdcFile> {
    let context = Context::os();
    let adc::Found { path, is_deliberate } = adc::locate(&context, adc::System::HERE)?;
    let exists = context.files.is_file(Path::new(&path));
    Some(AdcFile { path, is_named: is_deliberate, exists })
}

/// The project that is meant: the one that a variable names, else the credential's own, else that of gcloud's active
/// configuration. gcloud is not started. Effects: `[disk]`.
pub fn project_id(of: &About) -> Option<String> {
    project::find(&Context::os(), of.project_id.as_deref())
}

/// Checks early that `path_or_json` is a credential of some known type, for packages whose users give one. Shape: its type.
/// Effects: `[disk]`.
///
/// Errors: `ConfigInvalid`, with the reason `client_json_given_as_key` for the file of an OAuth client.
pub fn check_credentials(path_or_json: &Secret) -> Result<&'static str, Error> {
    file::read(&Context::os(), path_or_json.expose()).map(|credentials| credentials.kind())
}

/// Full scopes in the order of their bytes: short names become what `aliases`, then Google, call them. No I/O.
pub fn full_scopes(names: &[String], aliases: &[(String, String)]) -> Vec<String> {
    scope::resolve(names, aliases)
}

/// A scope as reports show it: `...drive`. No I/O.
pub fn short_scope(scope: &str) -> String {
    scope::display(scope).into_owned()
}
