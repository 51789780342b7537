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
/// Not quite what RFC 8693 calls a token exchange, but what this server does.
const GRANT_TYPE: &str = "urn:ietf:params:oauth:token-type:token-exchange";
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
    let signing = world.signing_key(&private_key)?.with_kid(key_id.expose());
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
            token_params: vec![("grant_type".to_owned(), GRANT_TYPE.to_owned())],
            override_params: true,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::Jws;
    use crate::provider::google::fake::{Fake, answer, wait};
    use crate::provider::google::file as files;
    use crate::secret::Secret;
    use crate::table::read_from;

    fn opened(changes: Value, audience: Option<&str>) -> Result<(Arc<dyn TokenProvider>, Arc<Fake>), Error> {
        let mut members = json!({
            "type": KIND, "format_version": "1", "project": "p", "name": "n", "private_key_id": "key-1",
            "private_key": read_from("oauth", "jose.json")["keys"]["p256"], "token_uri": "https://gdch.test/token",
        });
        for (name, value) in changes.as_object().expect("members") {
            members[name] = value.clone();
        }
        let fake = Fake::new().playing(|_| {
            let token_type = "urn:ietf:params:oauth:token-type:access_token";
            Ok(answer(
                200,
                &json!({
                    "access_token": "AT", "expires_in": 3600, "token_type": "Bearer", "issued_token_type": token_type,
                }),
            ))
        });
        let (world, fake) = fake.world();
        let wish = Wish { id_token_audience: audience.map(str::to_owned), ..Wish::default() };
        Ok((files::read(&world.context, &members.to_string())?.open(&world, "here", &wish)?, fake))
    }

    #[test]
    fn a_statement_is_exchanged_in_json() {
        let (provider, fake) =
            opened(json!({"ca_cert_path": "/ca.pem"}), Some("https://api.gdch.test")).expect("an account");
        let token = wait(provider.fetch(None)).expect("a token");
        assert_eq!((token.access_token().expose(), token.account()), ("AT", Some("system:serviceaccount:p:n")));
        let request = &fake.seen()[0];
        assert_eq!(request.connection.ca.as_deref(), Some(std::path::Path::new("/ca.pem")));
        let mut body: Map<String, Value> = serde_json::from_slice(&request.body).expect("JSON");
        let jwt = Secret::new(
            body.remove("subject_token").and_then(|jwt| jwt.as_str().map(str::to_owned)).expect("a statement"),
        );
        let expected = json!({
            "grant_type": "urn:ietf:params:oauth:token-type:token-exchange",
            "audience": "https://api.gdch.test",
            "requested_token_type": ACCESS_TOKEN,
            "subject_token_type": SUBJECT_TOKEN_TYPE,
        });
        assert_eq!(Value::Object(body), expected);
        let jws = Jws::parse(&jwt).expect("a JWT");
        assert_eq!(jws.header().to_json(), r#"{"alg":"ES256","typ":"JWT","kid":"key-1"}"#);
        let claims = jws.claims().expect("claims").to_json();
        let principal = "system:serviceaccount:p:n";
        assert_eq!(
            claims,
            format!(
                r#"{{"iss":"{principal}","sub":"{principal}","aud":"https://gdch.test/token","iat":1700000010,"exp":1700003610}}"#
            )
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let refused = |changes, audience| opened(changes, audience).err().expect("an error").message().to_owned();
        assert!(refused(json!({}), None).contains("audience"));
        assert!(refused(json!({"format_version": "2"}), Some("a")).contains("format_version"));
        assert!(refused(json!({"name": null, "project": ""}), Some("a")).contains("project, name"));
        assert!(refused(json!({"token_uri": "http://gdch.test/token"}), Some("a")).contains("https"));
    }
}
