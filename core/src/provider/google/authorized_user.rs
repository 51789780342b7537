//! A person's grant as gcloud writes it (`authorized_user`). Source: specs, authorized user.

use std::sync::{Arc, Once};

use serde_json::{Map, Value};
use url::Url;

use super::refreshed::{self, Refreshed, Stored};
use super::{DEFAULT_UNIVERSE, TOKEN_ENDPOINT, Trust, Wish, file, quota, scope};
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::AuthMethod;
use crate::oauth::endpoint_url;
use crate::provider::json::{filled, take_secret};
use crate::provider::{About, TokenProvider};
use crate::settings::ClientSettings;
use crate::world::World;

/// The kind, by the name that its file gives it.
pub(super) const KIND: &str = "authorized_user";
/// The client of gcloud itself, whose project serves all its users: many APIs refuse to be charged to it.
const GCLOUD_CLIENT: &str = "764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com";

/// The person whose grant this file is. No network.
///
/// Errors: `ConfigInvalid` for what is missing, for another cloud than Google's own, and for what a person's grant cannot
/// do.
pub(super) fn open(
    world: &World,
    mut members: Map<String, Value>,
    source: &str,
    wish: &Wish,
) -> Result<Arc<dyn TokenProvider>, Error> {
    let universe = wish.universe(filled(&members, "universe_domain"));
    if universe != DEFAULT_UNIVERSE {
        return Err(Error::new(Kind::ConfigInvalid, format!("{source}: there are no user credentials in {universe}"))
            .with_hint("use a service account, or external_account_authorized_user"));
    }
    let names = ["client_id", "client_secret", "refresh_token"];
    let [client_id, client_secret, refresh_token] = file::required(&mut members, names, KIND, source)?;
    let client_id = client_id.expose().to_owned();
    refreshed::check_wish(wish, Some(&client_id), KIND)?;
    let quota_project_id = quota::project(&world.context, wish, filled(&members, "quota_project_id"));
    warn_of_gcloud(&client_id, quota_project_id.is_some());
    let server = world.server(ClientSettings {
        client_id: client_id.clone(),
        client_secret: Some(client_secret),
        auth_method: Some(AuthMethod::ClientSecretPost),
        token_endpoint: Some(endpoint(&members, wish.trust)?),
        profile: Some("google".to_owned()),
        ..ClientSettings::default()
    })?;
    let rapt = take_secret(&mut members, "rapt_token");
    Ok(Arc::new(Refreshed {
        kind: KIND,
        server,
        refresh_token: Some(refresh_token),
        parameters: rapt.map(|rapt| ("rapt".to_owned(), rapt.expose().to_owned())).into_iter().collect(),
        stored: Stored::take(&mut members),
        scopes: wish.scopes.clone(),
        is_id_token: wish.id_token_audience.is_some(),
        again,
        graves: Arc::default(),
        about: About {
            kind: KIND.to_owned(),
            source: source.to_owned(),
            principal: filled(&members, "account").map(str::to_owned),
            client_id: Some(client_id),
            scopes: wish.scopes.clone().unwrap_or_default(),
            quota_project_id,
            ..About::default()
        },
    }))
}

/// Google's own, whatever the file says: the refresh token and the client's secret go there. Only a caller who trusts the
/// file is sent elsewhere.
fn endpoint(members: &Map<String, Value>, trust: Trust) -> Result<Url, Error> {
    let text = filled(members, "token_uri").filter(|_| trust == Trust::Custom).unwrap_or(TOKEN_ENDPOINT);
    let url = Url::parse(text).map_err(|_| Error::new(Kind::ConfigInvalid, "the token address is no web address"))?;
    endpoint_url::check("token address", &url, false)?;
    Ok(url)
}

/// How the person signs in again. gcloud's own needs are part of it.
fn again(missing: &[&str]) -> String {
    let command = "gcloud auth application-default login";
    if missing.is_empty() {
        return format!("run {command}");
    }
    let mut scopes = vec!["openid", scope::EMAIL, scope::CLOUD_PLATFORM];
    scopes.extend(missing.iter().filter(|scope| !["openid", scope::EMAIL, scope::CLOUD_PLATFORM].contains(scope)));
    format!("run {command} --scopes={}", scopes.join(","))
}

fn warn_of_gcloud(client_id: &str, is_charged_elsewhere: bool) {
    static WARNED: Once = Once::new();
    if client_id == GCLOUD_CLIENT && !is_charged_elsewhere {
        WARNED.call_once(|| {
            tracing::warn!(
                "these are credentials of gcloud's own client, without a quota project: some APIs refuse them; run gcloud \
                 auth application-default set-quota-project PROJECT, or set GOOGLE_CLOUD_QUOTA_PROJECT"
            );
        });
    }
}
