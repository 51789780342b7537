//! Workbench's RPC: environment → cookie → call → credentials. `tokcore serve` speaks the same.

pub(crate) mod address;
pub(crate) mod cookie;
mod reply;
mod rpc;
mod version;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use serde_json::{Map, Value};
use url::Url;

use self::rpc::Call;
use super::audience::Audience;
use super::{json, status};
use crate::context::Context;
use crate::credentials::{AzureToken, Backend, Credentials, CredentialsRequest, IdentityToken, Integration};
use crate::error::Error;
use crate::kinds::Kind;
use crate::options::ClientOptions;
use crate::transport::{Connection, HttpRequest, HttpResponse, Method};

/// The server of this session, and how to prove that we belong to it.
pub(crate) struct Session {
    context: Context,
    base: Url,
    connection: Arc<Connection>,
    timeout: Duration,
    proof: Proof,
}

/// How the server knows the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// The RPC cookie of the session.
    Cookie,
    /// The kernel tells the broker who is at the other end of its socket.
    Peer,
}

/// A reply, and where its server's pages are.
struct Answer {
    reply: Map<String, Value>,
    public_url: Option<String>,
}

impl Session {
    /// The session that the environment describes. Errors: `NoAddress`, `BadAddress`.
    pub(crate) fn open(context: &Context, options: &ClientOptions) -> Result<Self, Error> {
        let given = options.server_address.clone().or_else(|| context.set_var("RS_SERVER_ADDRESS"));
        let address = given.ok_or_else(|| Error::new(Kind::NoAddress, "RS_SERVER_ADDRESS is not set"))?;
        let base = address::parse(&address)?;
        Ok(Self {
            context: context.clone(),
            connection: Arc::new(super::connection(context, options, &base)),
            base,
            timeout: options.timeout,
            proof: Proof::Cookie,
        })
    }

    /// The broker of this machine behind `socket`.
    pub(crate) fn open_local(
        context: &Context,
        options: &ClientOptions,
        socket: Option<PathBuf>,
    ) -> Result<Self, Error> {
        // The host is not looked up: the socket decides who answers.
        let base = address::parse("http://localhost/")?;
        let connection = Connection { unix_socket: socket, ..super::connection(context, options, &base) };
        Ok(Self {
            context: context.clone(),
            base,
            connection: Arc::new(connection),
            timeout: options.timeout,
            proof: Proof::Peer,
        })
    }

    /// Whether there is a cookie to send. Effects: `[disk]`. Errors: `NoCookie`, `BadCookie`.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.proof {
            Proof::Cookie => cookie::find(&self.context).map(drop),
            Proof::Peer => Ok(()),
        }
    }

    pub(crate) async fn credentials(&self, request: &CredentialsRequest) -> Result<Credentials, Error> {
        let Some(audience) = &request.audience else {
            return Err(Error::new(Kind::InvalidArgument, "no audience is given").with_hint(
                "pass the GUID of an integration, or `name:` and its name; `tokcore integrations` lists them",
            ));
        };
        let guid = match Audience::parse(&self.context, audience)? {
            Audience::Id(guid) => guid,
            Audience::Name(name) => self.guid_of(&name).await?,
        };
        let what = format!("integration {guid}");
        let mut answer = self.call(Call::Token { guid: &guid }).await?;
        let (access_token, expires_at_unix_s) =
            reply::token(&what, &mut answer.reply).map_err(|error| answer.with_sign_in_page(error, &guid))?;
        Ok(Credentials {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_at_unix_s,
            integration_id: Some(guid),
            backend: if self.proof == Proof::Peer { Backend::LocalBroker } else { Backend::Workbench },
            reusable: None,
        })
    }

    pub(crate) async fn integrations(&self) -> Result<Vec<Integration>, Error> {
        reply::integrations(&self.call(Call::Integrations).await?.reply)
    }

    pub(crate) async fn identity_token(&self) -> Result<IdentityToken, Error> {
        reply::identity(&mut self.call(Call::Identity).await?.reply)
    }

    pub(crate) async fn azure_token(&self, resource: &str) -> Result<AzureToken, Error> {
        let asked_at = self.context.clock.now_unix_ms() / 1000;
        reply::azure(resource, &mut self.call(Call::Azure { resource }).await?.reply, asked_at)
    }

    pub(crate) async fn sign_in_url(&self, audience: &str) -> Result<String, Error> {
        let wanted = Audience::parse(&self.context, audience)?;
        let answer = self.call(Call::Integrations).await?;
        let known = reply::integrations(&answer.reply)?;
        let found = known.iter().find(|item| wanted.is(item)).and_then(|item| item.guid.as_deref());
        let guid = found.ok_or_else(|| Error::new(Kind::NotFound, format!("{audience}: no such integration")))?;
        // Workbench does not tell the address of its page; its home page leads there.
        Ok(answer.sign_in_page(guid).unwrap_or_else(|| self.base.to_string()))
    }

    async fn guid_of(&self, name: &str) -> Result<String, Error> {
        let integrations = self.integrations().await?;
        let found = integrations.into_iter().find(|item| item.name.as_deref() == Some(name));
        found
            .and_then(|item| item.guid)
            .ok_or_else(|| Error::new(Kind::NotFound, format!("no integration has the name {name:?}")))
    }

    /// One call. A rejected cookie is read again and tried once more: the broker rewrites the file when it rotates it.
    async fn call(&self, call: Call<'_>) -> Result<Answer, Error> {
        self.check_version(&call)?;
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path(), call.method()));
        let body = call.body().to_string();
        let mut response = self.exchange(&url, &body).await?;
        if self.proof == Proof::Cookie && matches!(response.status, 400 | 401) {
            response = self.exchange(&url, &body).await?;
        }
        let who = format!("the server at {}", self.base);
        if let Some(failure) = status::failure(&who, &response) {
            return Err(self.explained(failure, &call));
        }
        let public_url = response.header(&rpc::PUBLIC_URL_HEADER).map(|url| url.trim_end_matches('/').to_owned());
        Ok(Answer { reply: json::object(&who, &response.body)?, public_url })
    }

    async fn exchange(&self, url: &Url, body: &str) -> Result<HttpResponse, Error> {
        let mut request = HttpRequest::new(Method::POST, url.clone()).body(body);
        request.headers.extend(rpc::JSON_HEADERS);
        request.connection = self.connection.clone();
        request.timeout = self.timeout;
        if self.proof == Proof::Cookie {
            let cookie = cookie::find(&self.context)?;
            let value = HeaderValue::from_str(cookie.text.expose())
                .map_err(|_| Error::new(Kind::BadCookie, "the RPC cookie cannot be sent as a header"))?;
            request = request.secret_header(rpc::COOKIE_HEADER, value);
        }
        self.context.http.send(request).await.map_err(|error| self.unreachable(error))
    }

    /// No connection to the broker of this machine is the broker's trouble, not the network's.
    fn unreachable(&self, error: Error) -> Error {
        match (self.proof, error.kind()) {
            (Proof::Peer, Kind::Transport) => Error::new(Kind::Broker, error.message()).with_hint(
                "start the broker with `tokcore serve`, or have its administrator let you in (--socket-mode)",
            ),
            _ => error,
        }
    }

    /// The status of a failed call, in terms of the session.
    fn explained(&self, failure: Error, call: &Call<'_>) -> Error {
        let status = failure.http_status().unwrap_or_default();
        let again = |kind, message: String| {
            let error = Error::new(kind, message).with_http_status(status);
            failure.detail().map_or(error.clone(), |words| error.with_detail(words))
        };
        match status {
            400 | 401 if self.proof == Proof::Cookie => {
                let now = self.context.clock.now_unix_ms() / 1000;
                if cookie::find(&self.context).is_ok_and(|cookie| cookie.is_expired_at(now)) {
                    return again(Kind::ExpiredCookie, "the session's RPC cookie has expired".to_owned());
                }
                again(
                    Kind::BadCookie,
                    format!("the server at {} rejected the session's RPC cookie (HTTP {status})", self.base),
                )
            }
            404 => {
                again(Kind::Version, format!("the server at {} does not know {} (HTTP 404)", self.base, call.method()))
                    .with_hint("it is too old for this call, or the address belongs to another server")
            }
            _ => failure,
        }
    }

    fn check_version(&self, call: &Call<'_>) -> Result<(), Error> {
        let (Some(needed), Some(found)) = (call.needs(), self.context.set_var("RSTUDIO_VERSION")) else {
            return Ok(());
        };
        if version::allows(&found, needed) {
            return Ok(());
        }
        let [year, month, patch] = needed;
        Err(Error::new(
            Kind::Version,
            format!("{} needs Workbench {year}.{month:02}.{patch}, but this is {found}", call.method()),
        ))
    }
}

impl Answer {
    fn sign_in_page(&self, guid: &str) -> Option<String> {
        self.public_url.as_ref().map(|url| format!("{url}/credentials/{guid}"))
    }

    fn with_sign_in_page(&self, error: Error, guid: &str) -> Error {
        let helps = matches!(error.kind(), Kind::NotSignedIn | Kind::ReauthRequired);
        match self.sign_in_page(guid) {
            Some(page) if helps => error.with_hint(format!("sign in at {page}")).with_sign_in_url(page),
            _ => error,
        }
    }
}
