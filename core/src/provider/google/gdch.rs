//! A service account of a cloud that a customer runs (`gdch_service_account`). Source: specs, GDCH.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use url::Url;

use super::{Wish, file};
use crate::cache::graves::Graves;
use crate::cache::key::CredentialKey;
use crate::context::Context;
use crate::crypto;
use crate::error::Error;
use crate::jose::{Algorithm, Claims, SigningKey, jws};
use crate::kinds::Kind;
use crate::oauth::{AuthMethod, endpoint_url};
use crate::provider::json::{filled, text};
use crate::provider::{About, TokenProvider};
use crate::renewal::{Want, renew};
use crate::server::Server;
use crate::settings::{ClientSettings, GrantKind, TokenRequest};
use crate::token::{SharedToken, Token};
use crate::transport::BoxFuture;
use crate::world::World;

/// The kind, by the name that its file gives it.
pub(super) const KIND: &str = "gdch_service_account";
const FORMAT: &str = "1";
const SUBJECT_TOKEN_TYPE: &str = "urn:k8s:params:oauth:token-type:serviceaccount";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// Units: seconds.
const LIFETIME_S: i64 = 3600;

/// The account whose key this file is. Its server may be anywhere: a statement for one server is of no use at another. No
/// network.
///
/// Errors: `ConfigInvalid` for what is missing, a damaged key, and without an audience.
pub(super) fn open(
    world: &World,
    mut members: Map<String, Value>,
    source: &str,
    wish: &Wish,
) -> Result<Arc<dyn TokenProvider>, Error> {
    if text(&members, "format_version") != Some(FORMAT) {
        return Err(invalid(format!("{source} is of an unknown format: its format_version is not {FORMAT:?}"))
            .with_hint("make the key anew with a tool of the same age as this one"));
    }
    let names = ["project", "name", "private_key_id", "private_key", "token_uri"];
    let [project, name, key_id, private_key, token_uri] = file::required(&mut members, names, KIND, source)?;
    let Some(audience) = wish.id_token_audience.clone() else {
        return Err(invalid(format!("{source}: a token of a {KIND} needs an audience"))
            .with_hint("give the address of the API as the audience"));
    };
    let endpoint =
        Url::parse(token_uri.expose()).map_err(|_| invalid(format!("{source}: token_uri is no web address")))?;
    endpoint_url::check("token address", &endpoint, false)?;
    let principal = format!("system:serviceaccount:{}:{}", project.expose(), name.expose());
    let signing = SigningKey::parse(&private_key, None, None)?.with_kid(key_id.expose());
    signing.choose(Some(Algorithm::Es256))?;
    let material = crypto::hex(&crypto::sha256(private_key.expose().as_bytes()));
    let parts = json!([KIND, principal, key_id.expose(), material, endpoint.as_str(), audience]);
    let server = world.server(ClientSettings {
        client_id: principal.clone(),
        auth_method: Some(AuthMethod::None),
        token_endpoint: Some(endpoint),
        ca_file: filled(&members, "ca_cert_path").map(Into::into),
        dialect: in_json(),
        ..ClientSettings::default()
    })?;
    Ok(Arc::new(Gdch {
        server,
        signing,
        audience,
        key: CredentialKey(crypto::sha256(parts.to_string().as_bytes())),
        about: About {
            kind: KIND.to_owned(),
            source: source.to_owned(),
            principal: Some(principal),
            project_id: Some(project.expose().to_owned()),
            ..About::default()
        },
    }))
}

struct Gdch {
    server: Arc<Server>,
    signing: SigningKey,
    audience: String,
    key: CredentialKey,
    about: About,
}

impl Gdch {
    async fn token(&self) -> Result<Token, Error> {
        let now_unix_s = self.server.now_unix_s();
        let principal = self.about.principal.as_deref().unwrap_or_default();
        let endpoint = self.server.settings.token_endpoint.as_ref().map_or("", Url::as_str);
        let claims = Claims::new()
            .with("iss", principal)
            .with("sub", principal)
            .with("aud", endpoint)
            .with("iat", now_unix_s)
            .with("exp", now_unix_s.saturating_add(LIFETIME_S));
        let header = Claims::new().with("typ", "JWT");
        let request = TokenRequest {
            grant: GrantKind::TokenExchange,
            subject_token: Some(jws::sign_claims(&self.signing, Some(Algorithm::Es256), &header, &claims)?),
            subject_token_type: Some(SUBJECT_TOKEN_TYPE.to_owned()),
            requested_token_type: Some(ACCESS_TOKEN.to_owned()),
            audience: vec![self.audience.clone()],
            ..TokenRequest::default()
        };
        let (server, graves) = (self.server.clone(), Arc::new(Graves::default()));
        let token = renew(None, server, Arc::new(request), Want::default(), graves).await?;
        Ok(Token { account: self.about.principal.clone(), ..token })
    }
}

impl TokenProvider for Gdch {
    fn context(&self) -> &Context {
        &self.server.context
    }

    fn about(&self) -> &About {
        &self.about
    }

    fn key(&self) -> CredentialKey {
        self.key
    }

    fn fetch(self: Arc<Self>, _before: Option<SharedToken>) -> BoxFuture<'static, Result<Token, Error>> {
        Box::pin(async move { self.token().await })
    }
}

fn in_json() -> Map<String, Value> {
    match json!({"request": {"omit_client_id": true, "body": "json"}}) {
        Value::Object(dialect) => dialect,
        _ => Map::new(),
    }
}

fn invalid(message: String) -> Error {
    Error::new(Kind::ConfigInvalid, message)
}
