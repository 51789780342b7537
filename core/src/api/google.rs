//! What Google knows about tokens, and what this machine has of Google's.

use std::path::Path;

use serde_json::{Map, Value};

use crate::context::Context;
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::flow::ClientType;
use crate::provider::About;
use crate::provider::google::metadata::{self, MetadataServer, Presence, ProbeOptions};
use crate::provider::google::user::{self, identity};
use crate::provider::google::{adc, api_key, file, project, scope};
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
    let found = adc::locate(&context, adc::System::HERE)?;
    let exists = context.files.is_file(Path::new(&found.path));
    Some(AdcFile { path: found.place(), is_named: found.is_deliberate, exists })
}

/// The project that is meant: the one that a variable names, else the credential's own, else that of gcloud's active
/// configuration, else, for the machine's own credential, the machine's. gcloud is not started. Effects: `[disk]`; `[net]`
/// `[blocks]` for the last.
///
/// Errors: those of asking the machine.
pub fn project_id(of: &About, interrupt: &dyn Interrupt) -> Result<Option<String>, Error> {
    engine::run(project::of(&World::os(), of), interrupt)
}

/// What the metadata server says of the machine that the program runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machine {
    /// The machine's project.
    pub project_id: String,
    /// The cloud that it is in.
    pub universe_domain: String,
    /// What tokens of its service account are good for.
    pub scopes: Vec<String>,
}

/// The machine of Google's that the program runs on. Shape: `None` elsewhere. Effects: `[disk]` `[net]` `[blocks]`.
///
/// Errors: those of the exchange.
pub fn machine(interrupt: &dyn Interrupt) -> Result<Option<Machine>, Error> {
    let (world, options) = (World::os(), ProbeOptions::default());
    let asked = async {
        if let Presence::NotHere(_) = metadata::probe(&world, &options).await {
            return Ok(None);
        }
        let server = MetadataServer::new(&world, &options)?;
        Ok(Some(Machine {
            project_id: server.project().await?,
            universe_domain: server.universe().await?,
            scopes: metadata::scopes_of(&world, &options, None).await?,
        }))
    };
    engine::run(asked, interrupt)
}

/// An OAuth client as Google's console wrote it down.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientFile {
    /// `client_id`.
    pub client_id: String,
    /// What people see.
    pub name: String,
    /// Whether it is a web application and not a program on the user's machine.
    pub is_web: bool,
    /// The addresses that are registered for it.
    pub redirect_uris: Vec<String>,
    /// The project that it belongs to.
    pub project_id: Option<String>,
}

/// Reads the file of an OAuth client, or its JSON. Effects: `[disk]`.
///
/// Errors: `ConfigInvalid` for a file that is no client's, with the reason `key_given_as_client_json` for a key.
pub fn read_client(path_or_json: &Secret) -> Result<ClientFile, Error> {
    let client = user::client(&Context::os(), path_or_json.expose(), None)?;
    Ok(ClientFile {
        name: client.settings.display_name().to_owned(),
        client_id: client.settings.client_id,
        is_web: client.kind == ClientType::Web,
        redirect_uris: client.redirect_uris,
        project_id: client.project_id,
    })
}

/// The type of client that suits this machine, for packages that have one of each: `web` where the browser is elsewhere,
/// else `installed`; `option` decides where it is given (R's `gargle_oauth_client_type`).
///
/// Errors: `InvalidArgument` for an option that is no type.
pub fn default_client_type(option: Option<&str>) -> Result<&'static str, Error> {
    Ok(match user::default_type(&Context::os(), option)? {
        ClientType::Web => "web",
        ClientType::Installed => "installed",
    })
}

/// The header field that carries an API key, in place of a token. No I/O. Errors: `ConfigInvalid` for what is no key.
pub fn api_key_header(key: &Secret) -> Result<(String, Secret), Error> {
    let (name, _) = api_key::header(key)?;
    Ok((name.as_str().to_owned(), key.clone()))
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
