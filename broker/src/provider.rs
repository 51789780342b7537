//! One exchange with a provider: the request that `tokcore::oauth` builds, sent by `tokcore::transport`.
//!
//! Source: specs/workbench.md §4.5, threat T07.

use std::sync::Arc;
use std::time::Duration;

use tokcore::oauth::dialect::{Dialect, UnknownTokenType};
use tokcore::oauth::{
    self, BasicEncoding, ClientAuth, EndpointFailure, FailureClass, Grant, Reading, RegisteredClient, ResponseFormat,
    TokenReply, TokenRequest, token_response,
};
use tokcore::transport::{Connection, HttpRequest, HttpResponse, Method, Proxies};
use tokcore::{Context, Error, Kind, Secret};
use url::Url;

use crate::config::{self, AuthMethod, Provider};
use crate::settings::is_loopback;
use crate::store::NewTokens;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than the 25 s for which an RPC caller waits, so that the caller learns how it ended.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(20);
/// Tokens are at most 64 KiB each; three of them and their JSON fit four times.
const MAX_RESPONSE_BYTES: usize = 256 * 1024;

/// A provider's answer, not yet interpreted.
pub struct Received {
    /// As received.
    pub response: HttpResponse,
    /// Before the request was sent. Units: seconds since the epoch.
    pub sent_at: i64,
    secrets: Vec<Secret>,
}

/// Why an exchange brought no token.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Who can end it.
    pub class: FailureClass,
    /// The provider's error code, or a word of ours such as `timeout`; for pages, records and metrics.
    pub label: String,
    /// The provider's words, printable and short; not escaped for HTML.
    pub description: Option<String>,
    /// The pause that the provider asked for.
    pub retry_after: Option<Duration>,
    /// Whether the request may have been carried out although no token came back.
    pub outcome_unknown: bool,
}

impl Received {
    /// An answer that was stored before it could be interpreted.
    pub fn staged(body: &Secret, sent_at: i64) -> Self {
        let headers = http::HeaderMap::new();
        let response = HttpResponse::new(200, headers, body.expose().as_bytes().to_vec());
        Self { response, sent_at, secrets: Vec::new() }
    }

    /// The body, where it may hold tokens and so must be stored before it is read.
    pub fn body_to_stage(&self) -> Option<Secret> {
        let may_hold_tokens = matches!(self.response.status, 200 | 201) && !self.response.body.is_empty();
        let text = may_hold_tokens.then(|| std::str::from_utf8(&self.response.body).ok()).flatten()?;
        Some(Secret::new(text))
    }

    /// Reads the answer.
    pub fn read(&self, provider: &Provider) -> Result<TokenReply, Refusal> {
        let mut dialect = Dialect::default();
        dialect.response.format = match provider.options.token_response {
            config::TokenResponse::Json => ResponseFormat::Json,
            config::TokenResponse::Form => ResponseFormat::Form,
            config::TokenResponse::Auto => ResponseFormat::Auto,
        };
        // The program that gets the token is told its type, and may know it.
        dialect.response.unknown_token_type = UnknownTokenType::Keep;
        let reading = Reading {
            dialect: &dialect,
            sent_at_unix_s: self.sent_at,
            requested_scopes: provider.scopes.len(),
            secrets: self.secrets.iter().collect(),
            ..Reading::default()
        };
        token_response::read(&self.response, &reading).map_err(Refusal::from)
    }
}

/// The reply as the store wants it.
pub fn new_tokens(reply: TokenReply, provider: &Provider, sent_at: i64) -> NewTokens {
    for warning in &reply.warnings {
        tracing::warn!(client_id = provider.client_id, warning = warning.slug(), "{warning}");
    }
    let default_s = provider.options.default_expires_in.map(|lifetime| lifetime.as_secs());
    NewTokens {
        expires_at: reply.lifetime.or(default_s).expires_at_unix_s(sent_at),
        access_token: reply.access_token,
        refresh_token: reply.refresh_token,
        id_token: reply.id_token,
        token_type: Some(reply.token_type),
        scopes_granted: reply.scope,
        obtained_at: sent_at,
    }
}

/// Asks the token endpoint. The client's fallback secret is tried once when the main one is refused.
/// Effects: `[net]`, at most 20 s per secret.
pub async fn exchange(context: &Context, provider: &Provider, grant: &Grant<'_>) -> Result<Received, Refusal> {
    let received = exchange_with(context, provider, grant, &provider.client_secret).await?;
    let Some(fallback) = &provider.fallback_client_secret else { return Ok(received) };
    match received.read(provider) {
        Err(refusal) if refusal.class == FailureClass::ClientRejected => {
            let received = exchange_with(context, provider, grant, fallback).await?;
            if received.read(provider).is_ok() {
                tracing::warn!(
                    client_id = provider.client_id,
                    "the fallback client secret was accepted, the main one not"
                );
            }
            Ok(received)
        }
        _ => Ok(received),
    }
}

async fn exchange_with(
    context: &Context,
    provider: &Provider,
    grant: &Grant<'_>,
    client_secret: &Secret,
) -> Result<Received, Refusal> {
    let auth = match provider.auth_method {
        AuthMethod::Post => ClientAuth::Post(client_secret.clone()),
        AuthMethod::Basic => ClientAuth::Basic(client_secret.clone(), encoding(provider)),
    };
    let client = RegisteredClient { id: provider.client_id.clone(), auth };
    let extra = &provider.options.extra_token_params;
    let request = TokenRequest { extra, ..TokenRequest::new(&provider.token_url, &client, grant.clone()) };
    let secrets = request.secrets().into_iter().cloned().collect();
    let http = limited(request.to_http()?, context, provider);
    let sent_at = context.clock.now_unix_ms().div_euclid(1000);
    let response = context.http.send(http).await?;
    Ok(Received { response, sent_at, secrets })
}

/// Tells the provider that a token is not needed any more. Effects: `[net]`. Source: RFC 7009.
pub async fn revoke(context: &Context, provider: &Provider, endpoint: &Url, token: &Secret) -> Result<(), Error> {
    let request = revocation(provider, endpoint, token)?;
    let response = context.http.send(limited(request, context, provider)).await?;
    match response.status {
        200..300 => Ok(()),
        status => Err(Error::new(Kind::Http, "the revocation endpoint refused").with_http_status(status)),
    }
}

fn revocation(provider: &Provider, endpoint: &Url, token: &Secret) -> Result<HttpRequest, Error> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("token", token.expose());
    let mut request = HttpRequest::new(Method::POST, endpoint.clone());
    match provider.auth_method {
        AuthMethod::Post => {
            form.append_pair("client_id", &provider.client_id);
            form.append_pair("client_secret", provider.client_secret.expose());
        }
        AuthMethod::Basic => {
            let (id, secret) = (&provider.client_id, &provider.client_secret);
            let header = oauth::client_auth::basic_header(id, secret, encoding(provider))?;
            request = request.secret_header(http::header::AUTHORIZATION, header);
        }
    }
    let form_type = http::HeaderValue::from_static("application/x-www-form-urlencoded");
    Ok(request.header(http::header::CONTENT_TYPE, form_type).body(form.finish()))
}

fn encoding(provider: &Provider) -> BasicEncoding {
    match provider.options.basic_encoding {
        config::BasicEncoding::Rfc6749 => BasicEncoding::Rfc6749,
        config::BasicEncoding::Raw => BasicEncoding::Raw,
    }
}

fn limited(mut request: HttpRequest, context: &Context, provider: &Provider) -> HttpRequest {
    let options = &provider.options;
    let proxies = match &options.proxy {
        Some(proxy) => {
            let proxy = Some(proxy.expose().to_owned());
            Proxies { http: proxy.clone(), https: proxy, exceptions: None }
        }
        None => Proxies::from_env(context),
    };
    request.connection = Arc::new(Connection {
        ca: options.ca_file.clone(),
        proxies,
        connect_timeout: CONNECT_TIMEOUT,
        // A name that resolves into our own network would let whoever writes the file, or controls the name, reach
        // services behind the firewall. A literal loopback address says what it means.
        allow_private_addresses: options.allow_private_network || is_loopback(&request.url),
        ..Connection::default()
    });
    request.timeout = EXCHANGE_TIMEOUT;
    request.max_response_bytes = MAX_RESPONSE_BYTES;
    request
}

impl From<EndpointFailure> for Refusal {
    fn from(failure: EndpointFailure) -> Self {
        // An answer without an error code says nothing about what became of the request: a gateway may have written it.
        let outcome_unknown = failure.oauth_error.is_none() && failure.class != FailureClass::ClientRejected;
        Self {
            class: failure.class,
            label: failure.oauth_error.unwrap_or_else(|| match failure.http_status {
                200..300 => "bad_response".into(),
                status => format!("http_{status}"),
            }),
            description: failure.description,
            retry_after: failure.retry_after_s.map(Duration::from_secs),
            outcome_unknown,
        }
    }
}

/// A request that could not be built, or got no answer.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        tracing::warn!(kind = error.kind().slug(), "{error}");
        let class = match error.kind() {
            Kind::ConfigInvalid => FailureClass::RequestRejected,
            _ => FailureClass::Transient,
        };
        Self {
            class,
            label: error.kind().slug().into(),
            description: None,
            retry_after: None,
            outcome_unknown: class == FailureClass::Transient,
        }
    }
}
