//! Posit Connect: the content's API key and a session token are exchanged for credentials.

pub(crate) mod content_token;
mod exchange;

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Map, Value};
use url::Url;

use self::exchange::SubjectToken;
use super::audience::Audience;
use super::json::{self, filled};
use super::status;
use crate::context::Context;
use crate::credentials::{Backend, Credentials, CredentialsRequest, Integration};
use crate::error::Error;
use crate::kinds::Kind;
use crate::options::ClientOptions;
use crate::provider::workbench::address;
use crate::secret::Secret;
use crate::transport::{Connection, HttpRequest, HttpResponse, Method};

/// A Connect server and the key by which it knows this content.
pub(crate) struct Session {
    context: Context,
    api: Url,
    api_key: Secret,
    connection: Arc<Connection>,
    timeout: Duration,
}

impl Session {
    /// The server that the environment names. Errors: `NoAddress`, `BadAddress`, `NotConfigured` without an API key.
    pub(crate) fn open(context: &Context, options: &ClientOptions) -> Result<Self, Error> {
        let given = options.server_address.clone().or_else(|| context.set_var("CONNECT_SERVER"));
        let address = given.ok_or_else(|| {
            Error::new(Kind::NoAddress, "on Connect, but CONNECT_SERVER is not set")
                .with_hint("set CONNECT_SERVER to the address of the Connect server")
        })?;
        let api_key = context.set_var("CONNECT_API_KEY").ok_or_else(|| {
            Error::new(Kind::NotConfigured, "on Connect, but CONNECT_API_KEY is not set")
                .with_hint("Connect sets it for running content; elsewhere create an API key and set it")
        })?;
        let api = api(&address)?;
        Ok(Self {
            context: context.clone(),
            connection: Arc::new(super::connection(context, options, &api)),
            api,
            api_key: Secret::new(api_key),
            timeout: options.timeout,
        })
    }

    pub(crate) async fn credentials(&self, request: &CredentialsRequest) -> Result<Credentials, Error> {
        let subject = match &request.user_session_token {
            Some(token) => SubjectToken::User(token.clone()),
            None => SubjectToken::Content(content_token::find(&self.context).ok_or_else(|| {
                Error::new(Kind::NoSubject, "there is neither a user session token nor a content session token")
            })?),
        };
        let audience = match &request.audience {
            None => None,
            Some(text) => Some(match Audience::parse(&self.context, text)? {
                Audience::Id(guid) => guid,
                Audience::Name(name) => self.guid_of(&name).await?,
            }),
        };
        let body = exchange::body(&subject, audience.as_deref(), request.requested_token_type.as_deref());
        let request = self
            .request(Method::POST, "v1/oauth/integrations/credentials")?
            .body(body)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let response = self.send(request).await?;
        let exchanged = exchange::read(&self.who(), &response.body)?;
        Ok(Credentials {
            access_token: exchanged.access_token,
            token_type: exchanged.token_type,
            expires_at_unix_s: exchanged.expires_at_unix_s,
            integration_id: audience,
            backend: Backend::Connect,
            reusable: None,
        })
    }

    /// The integrations associated with this content.
    pub(crate) async fn integrations(&self) -> Result<Vec<Integration>, Error> {
        let content = self.context.set_var("CONNECT_CONTENT_GUID").ok_or_else(|| {
            Error::new(
                Kind::NotConfigured,
                "CONNECT_CONTENT_GUID is not set, so the content's integrations cannot be listed",
            )
            .with_hint("Connect sets it for running content; elsewhere set it to the content's GUID")
        })?;
        super::check_not_empty("CONNECT_CONTENT_GUID", &content)?;
        let path = format!("v1/content/{content}/oauth/integrations/associations");
        let response = self.send(self.request(Method::GET, &path)?).await?;
        match json::value(&self.who(), &response.body)? {
            Value::Array(items) => Ok(items.iter().filter_map(Value::as_object).map(association).collect()),
            Value::Null => Ok(Vec::new()),
            _ => Err(Error::new(Kind::Protocol, format!("{} did not answer with a list of integrations", self.who()))),
        }
    }

    async fn guid_of(&self, name: &str) -> Result<String, Error> {
        let integrations = self.integrations().await?;
        let found = integrations.into_iter().find(|item| item.name.as_deref() == Some(name));
        found.and_then(|item| item.guid).ok_or_else(|| {
            Error::new(Kind::NotFound, format!("no integration of this content has the name {name:?}"))
                .with_hint("associate the integration with the content, or correct the name")
        })
    }

    fn who(&self) -> String {
        format!("Connect at {}", self.api.origin().ascii_serialization())
    }

    fn request(&self, method: Method, path: &str) -> Result<HttpRequest, Error> {
        let url = self.api.join(path).map_err(|cause| Error::new(Kind::BadAddress, format!("{path}: {cause}")))?;
        let key = HeaderValue::from_str(&format!("Key {}", self.api_key.expose()))
            .map_err(|_| Error::new(Kind::ConfigInvalid, "CONNECT_API_KEY holds a character that cannot be sent"))?;
        let mut request = HttpRequest::new(method, url)
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .secret_header(AUTHORIZATION, key);
        request.connection = self.connection.clone();
        request.timeout = self.timeout;
        Ok(request)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let response = self.context.http.send(request).await?;
        match status::failure(&self.who(), &response) {
            None => Ok(response),
            Some(failure) if failure.http_status() == Some(404) => {
                let error = Error::new(Kind::NotFound, format!("{} has no such integration (HTTP 404)", self.who()));
                Err(failure.detail().map_or(error.clone(), |words| error.with_detail(words)).with_http_status(404))
            }
            Some(failure) => Err(failure),
        }
    }
}

/// The root of the API. Like the SDK: `/__api__` is added when it is absent.
fn api(address: &str) -> Result<Url, Error> {
    let base = address::parse(address).map_err(|error| {
        Error::new(Kind::BadAddress, format!("CONNECT_SERVER: {}", error.message()))
            .with_hint("set CONNECT_SERVER to an address such as https://connect.example.com")
    })?;
    if base.path().ends_with("/__api__/") {
        return Ok(base);
    }
    base.join("__api__/").map_err(|cause| Error::new(Kind::BadAddress, format!("CONNECT_SERVER: {cause}")))
}

fn association(item: &Map<String, Value>) -> Integration {
    let owned = |key: &str| filled(item, key).map(str::to_owned);
    let name = owned("oauth_integration_name");
    Integration {
        guid: owned("oauth_integration_guid"),
        provider_type: owned("oauth_integration_template"),
        display_name: name.clone(),
        name,
        raw: item.clone(),
        ..Integration::default()
    }
}
