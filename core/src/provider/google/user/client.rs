//! A client at Google as the generic engine knows clients. Source: specs, endpoints, client JSON.

use serde_json::{Map, Value, json};
use url::Url;

use super::client_file;
use crate::context::Context;
use crate::error::Error;
use crate::flow::environment::EnvironmentClass;
use crate::flow::{ClientType, Environment};
use crate::kinds::Kind;
use crate::oauth::AuthMethod;
use crate::person::Interactivity;
use crate::provider::check_not_empty;
use crate::provider::google::TOKEN_ENDPOINT;
use crate::settings::ClientSettings;

pub(super) const ISSUER: &str = "https://accounts.google.com";
const AUTHORIZATION: &str = "https://accounts.google.com/o/oauth2/v2/auth";
const DEVICE: &str = "https://oauth2.googleapis.com/device/code";
const REVOCATION: &str = "https://oauth2.googleapis.com/revoke";
const USERINFO: &str = "https://openidconnect.googleapis.com/v1/userinfo";

/// A client at Google.
pub(crate) struct Client {
    pub(crate) settings: ClientSettings,
    pub(crate) kind: ClientType,
    /// The addresses that are registered for it, as far as the file says.
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) project_id: Option<String>,
}

/// The client that is `given`, by the path of the file that the console gave or by what stands in it; people see it as
/// `name`. Effects: `[disk]`.
///
/// Errors: `ConfigInvalid` for a file that is no client's, with the reason `key_given_as_client_json` for a key;
/// `InvalidArgument` for an id that is none.
pub(crate) fn client(context: &Context, given: &str, name: Option<&str>) -> Result<Client, Error> {
    let file = client_file::read(context, given)?;
    check_not_empty("client_id", &file.id)?;
    let settings = ClientSettings {
        name: Some(name.map_or_else(|| file.name(), str::to_owned)),
        client_id: file.id,
        auth_method: file.secret.is_some().then_some(AuthMethod::ClientSecretPost),
        client_secret: file.secret,
        dialect: dialect(file.kind),
        ..at_google()?
    };
    Ok(Client { settings, kind: file.kind, redirect_uris: file.redirect_uris, project_id: file.project_id })
}

/// Where Google's endpoints are, whatever a file says.
pub(super) fn at_google() -> Result<ClientSettings, Error> {
    let address = |text: &str| {
        let url = Url::parse(text).map_err(|_| Error::new(Kind::Internal, "an address of Google's is none"))?;
        Ok::<_, Error>(Some(url))
    };
    Ok(ClientSettings {
        issuer: Some(ISSUER.to_owned()),
        authorization_endpoint: address(AUTHORIZATION)?,
        token_endpoint: address(TOKEN_ENDPOINT)?,
        device_authorization_endpoint: address(DEVICE)?,
        revocation_endpoint: address(REVOCATION)?,
        userinfo_endpoint: address(USERINFO)?,
        profile: Some("google".to_owned()),
        ..ClientSettings::default()
    })
}

/// Google gives an installed client a refresh token each time: nobody is asked for consent twice.
fn dialect(kind: ClientType) -> Map<String, Value> {
    let departures = match kind {
        ClientType::Installed => json!({"request": {"offline": {"authorization": {"prompt": null}}}}),
        ClientType::Web => json!({}),
    };
    match departures {
        Value::Object(departures) => departures,
        _ => Map::new(),
    }
}

/// The type of client that suits this machine, where a package has one of each: R's `gargle_oauth_client_type`.
///
/// Errors: `InvalidArgument` for an option that is no type.
pub(crate) fn default_type(context: &Context, option: Option<&str>) -> Result<ClientType, Error> {
    match option {
        Some("installed") => Ok(ClientType::Installed),
        Some("web") => Ok(ClientType::Web),
        Some(other) => Err(Error::new(Kind::InvalidArgument, format!("there is no type of client {other:?}"))
            .with_hint("use installed or web, or leave the option out")),
        None => {
            let signals = Environment::detect(context, Interactivity::Unknown).signals;
            let is_hosted = signals.iter().any(|signal| signal.class == EnvironmentClass::Hosted);
            Ok(if is_hosted { ClientType::Web } else { ClientType::Installed })
        }
    }
}
