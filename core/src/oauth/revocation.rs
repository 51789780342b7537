//! Giving tokens back. Source: RFC 7009.
//!
//! What is stored here is deleted whatever the server says, after it was asked; [`Revocation`] says what it said.

use http::HeaderValue;
use http::header::AUTHORIZATION;
use url::Url;
use zeroize::Zeroizing;

use super::client_auth::{ClientAuth, RegisteredClient};
use super::dialect::{Dialect, HttpMethod, RequestDialect, RevocationMethod, RevocationProof};
use super::endpoint_failure::EndpointFailure;
use super::endpoint_response::{self, Rules};
use super::endpoints::{self, Endpoint, Endpoints};
use super::form::Form;
use super::token_response::Reading;
use super::{endpoint_request, form};
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;
use crate::transport::{HttpRequest, HttpResponse, Method};

const ENDPOINT: &str = "the revocation endpoint";

/// What a token is, so that the server need not search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenHint {
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
}

impl TokenHint {
    /// Its name in the registry.
    pub fn name(self) -> &'static str {
        match self {
            TokenHint::AccessToken => "access_token",
            TokenHint::RefreshToken => "refresh_token",
        }
    }
}

/// What became of the tokens at the server.
#[derive(Clone, Debug)]
pub enum Revocation {
    /// They are of no use to anybody any more.
    Revoked,
    /// They are gone here, and may still be valid at the server until they expire; the error says why.
    LocalOnly(Error),
    /// They are gone here; the server takes no tokens back.
    Unsupported(Error),
}

impl Revocation {
    /// Stable name, for programs and tables.
    pub fn slug(&self) -> &'static str {
        match self {
            Revocation::Revoked => "revoked",
            Revocation::LocalOnly(_) => "local_only",
            Revocation::Unsupported(_) => "unsupported",
        }
    }

    /// Why the server did not take them back.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Revocation::Revoked => None,
            Revocation::LocalOnly(error) | Revocation::Unsupported(error) => Some(error),
        }
    }

    /// What the answer about one token means. An answer to an unknown or dead token is a success: it is of no use.
    pub fn read(response: &HttpResponse, reading: &Reading<'_>) -> Self {
        let rules = Rules {
            dialect: reading.dialect,
            sent_at_unix_s: reading.sent_at_unix_s,
            secrets: &reading.secrets,
            success: &[200, 201, 202, 204],
        };
        match endpoint_response::read_without_members(response, &rules) {
            Ok(()) => Revocation::Revoked,
            Err(failure) => Self::of_failure(failure),
        }
    }

    fn of_failure(failure: EndpointFailure) -> Self {
        match failure.oauth_error.as_deref() {
            // Not the RFC's, but what some servers say of a token that has expired or was revoked before.
            Some("invalid_token") => Revocation::Revoked,
            Some("unsupported_token_type") => Revocation::Unsupported(failure.into_error(ENDPOINT)),
            _ => Revocation::LocalOnly(failure.into_error(ENDPOINT)),
        }
    }
}

/// Where tokens are given back: the known endpoint, else the one in the provider's profile.
///
/// Errors: `ConfigInvalid` when there is none; then the tokens' end is [`Revocation::Unsupported`].
pub fn endpoint(known: &Endpoints, dialect: &Dialect, client_id: &str) -> Result<Url, Error> {
    match (known.get(Endpoint::Revocation), &dialect.revocation.endpoint) {
        (Some(url), _) => Ok(url.clone()),
        (None, Some(template)) => {
            let address = template.replace("{client_id}", &form::encode_query(client_id));
            endpoints::parse(Endpoint::Revocation.words(), &address, false)
        }
        (None, None) => known.require(Endpoint::Revocation).cloned(),
    }
}

/// A request to take one token back.
#[derive(Clone, Debug)]
pub struct RevocationRequest<'a> {
    /// Where to ([`endpoint`]).
    pub endpoint: &'a Url,
    /// Who asks.
    pub client: &'a RegisteredClient,
    /// The token.
    pub token: &'a Secret,
    /// What it is.
    pub hint: TokenHint,
    /// How the provider departs from the RFC.
    pub dialect: &'a Dialect,
}

impl RevocationRequest<'_> {
    /// The HTTP request.
    ///
    /// Errors: `ConfigInvalid` for credentials or a token that the provider's shape cannot carry.
    pub fn to_http(&self) -> Result<HttpRequest, Error> {
        let shape = &self.dialect.revocation;
        let dialect = RequestDialect { body: shape.body, method: HttpMethod::Post, ..self.dialect.request.clone() };
        let mut request = match shape.proof {
            RevocationProof::Client => endpoint_request::build(self.endpoint, self.client, self.form(), &dialect)?,
            RevocationProof::Basic => {
                let client = self.with_basic(&dialect)?;
                endpoint_request::build(self.endpoint, &client, self.form(), &dialect)?
            }
            RevocationProof::Token => {
                // The token proves itself, so it need not stand in the body as well.
                let anonymous = RegisteredClient { id: String::new(), auth: ClientAuth::None };
                endpoint_request::build(self.endpoint, &anonymous, Form::default(), &dialect)?
                    .secret_header(AUTHORIZATION, self.bearer()?)
            }
        };
        if shape.method == RevocationMethod::Delete {
            request.method = Method::DELETE;
        }
        Ok(request)
    }

    /// Every secret in the request, so that an error which quotes one of them can be masked.
    pub fn secrets(&self) -> Vec<&Secret> {
        [Some(self.token), self.client.secret()].into_iter().flatten().collect()
    }

    fn form(&self) -> Form {
        let mut form = Form::default();
        match &self.dialect.revocation.parameter {
            // A provider with a name of its own for the token knows no hint either.
            Some(name) => form.push(name, self.token.expose()),
            None => {
                form.push("token", self.token.expose());
                form.push("token_type_hint", self.hint.name());
            }
        }
        form
    }

    fn with_basic(&self, dialect: &RequestDialect) -> Result<RegisteredClient, Error> {
        let (ClientAuth::Post(secret) | ClientAuth::Basic(secret, _)) = &self.client.auth else {
            let message = "this provider takes tokens back only from a client with a secret";
            return Err(Error::new(Kind::ConfigInvalid, message));
        };
        let encoding = dialect.basic_encoding.unwrap_or_default();
        Ok(RegisteredClient { id: self.client.id.clone(), auth: ClientAuth::Basic(secret.clone(), encoding) })
    }

    fn bearer(&self) -> Result<HeaderValue, Error> {
        let text = Zeroizing::new(format!("Bearer {}", self.token.expose()));
        HeaderValue::from_str(&text).map_err(|_| Error::new(Kind::ConfigInvalid, "the token cannot stand in a header"))
    }
}

/// The tokens of one grant, given back one after the other: the refresh token first, since it outlives the other.
#[derive(Debug)]
pub struct Revoking<'a> {
    remaining: Vec<(TokenHint, &'a Secret)>,
    outcome: Option<Revocation>,
}

impl<'a> Revoking<'a> {
    /// These tokens.
    pub fn new(refresh_token: Option<&'a Secret>, access_token: Option<&'a Secret>) -> Self {
        let access_token = access_token.map(|token| (TokenHint::AccessToken, token));
        let refresh_token = refresh_token.map(|token| (TokenHint::RefreshToken, token));
        // Taken from the end.
        Self { remaining: access_token.into_iter().chain(refresh_token).collect(), outcome: None }
    }

    /// The next token to give back.
    pub fn next_token(&self) -> Option<(TokenHint, &'a Secret)> {
        self.remaining.last().copied()
    }

    /// Notes what became of it. With the refresh token the grant is gone: how the access token fares then no longer
    /// decides. A server that could not be asked is not asked again.
    pub fn after(&mut self, outcome: Revocation) {
        self.remaining.pop();
        let is_revoked = matches!(self.outcome, Some(Revocation::Revoked));
        if matches!(outcome, Revocation::LocalOnly(_)) {
            self.remaining.clear();
        }
        if !is_revoked {
            self.outcome = Some(outcome);
        }
    }

    /// What became of all of them. Without any token there was nothing to do.
    pub fn finish(self) -> Revocation {
        self.outcome.unwrap_or(Revocation::Revoked)
    }
}
