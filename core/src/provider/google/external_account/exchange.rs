//! A proof of identity for a token (STS). Source: RFC 8693; specs, exchange.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::config::Config;
use super::subject::Proof;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::token_exchange::{Exchange, TypedToken};
use crate::oauth::{AuthMethod, Grant};
use crate::reason::Reason;
use crate::secret::Secret;
use crate::server::{Ask, Basis};
use crate::settings::{ClientSettings, GrantKind, TokenRequest};
use crate::token::Token;
use crate::world::World;

/// What messages call it.
const STEP: &str = "the exchange of the proof of identity";

/// A token for `proof`. `of`: where the proof comes from, as messages name it. Effects: `[net]`.
///
/// Errors: those of the exchange; `Denied` with the reason `SubjectToken` for a proof that is not accepted.
pub(super) async fn token(
    world: &World,
    config: &Config,
    proof: Proof,
    of: &str,
    scopes: &[String],
) -> Result<Token, Error> {
    let server = world.server_for(settings(config), proof.identity)?;
    let request = TokenRequest {
        grant: GrantKind::TokenExchange,
        scopes: scopes.to_vec(),
        audience: vec![config.audience.clone()],
        token_params: options(config),
        ..TokenRequest::default()
    };
    let exchange = Exchange {
        subject: TypedToken { token: &proof.token, token_type: &config.subject_token_type },
        actor: None,
        requested_token_type: Some("access_token"),
    };
    let token = server.token(&Ask::first(&request, Basis::Grant(Grant::TokenExchange(&exchange)), None)).await;
    let now_unix_s = world.context.clock.now_unix_ms().div_euclid(1000);
    token.map_err(|error| explained(error, expiry(&proof.token).is_some_and(|at| at <= now_unix_s), of))
}

/// The pool as an authorization server: mostly one that knows no clients.
fn settings(config: &Config) -> ClientSettings {
    let (id, secret) = config.client.clone().unzip();
    ClientSettings {
        client_id: id.unwrap_or_default(),
        auth_method: Some(if secret.is_some() { AuthMethod::ClientSecretBasic } else { AuthMethod::None }),
        basic_encoding: Some("raw".into()),
        client_secret: secret,
        token_endpoint: Some(config.token_url.clone()),
        ..ClientSettings::default()
    }
}

/// A client belongs to a project, and so the project is known where there is one.
fn options(config: &Config) -> Vec<(String, String)> {
    let project = config.user_project.as_ref().filter(|_| config.client.is_none());
    let written =
        |project| utf8_percent_encode(&json!({"userProject": project}).to_string(), NON_ALPHANUMERIC).to_string();
    project.map(|project| ("options".to_owned(), written(project))).into_iter().collect()
}

/// The failure in terms of the proof: there is nobody here who could sign in again.
fn explained(error: Error, has_expired: bool, of: &str) -> Error {
    let expired = if has_expired { "it has expired by this machine's clock; " } else { "" };
    match error.oauth_error() {
        Some("invalid_grant") => {
            let refused = Error::new(
                Kind::Denied,
                format!("{STEP}: the proof from {of} is not accepted (invalid_grant)"),
            )
            .with_reason(Reason::SubjectToken)
            .with_oauth_error("invalid_grant")
            .with_hint(format!(
                "{expired}proofs of build servers live for minutes: see that {of} gives a new one, and that issuer, \
                     audience and attribute condition of the pool's provider are those of the proof"
            ));
            let refused = error.http_status().map_or(refused.clone(), |status| refused.with_http_status(status));
            error.detail().map_or(refused.clone(), |words| refused.with_detail(words))
        }
        Some("invalid_target") => error.during(STEP).with_hint(
            "the audience names no provider of a pool that could be used: check that pool and provider exist, and that \
             neither is disabled or deleted",
        ),
        Some("invalid_client" | "unauthorized_client") => {
            error.during(STEP).with_hint("check client_id and client_secret in the configuration")
        }
        _ => error.during(STEP),
    }
}

/// When a proof ends that says so itself. Units: seconds since 1970.
fn expiry(proof: &Secret) -> Option<i64> {
    let claims = URL_SAFE_NO_PAD.decode(proof.expose().split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Value>(&claims).ok()?.get("exp")?.as_i64()
}
