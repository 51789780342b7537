//! The command line's side of the admin socket.

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokcore::transport::{Connection, HttpRequest, HttpResponse, Method};
use tokcore::{Context, Error, Kind, Secret};
use url::Url;

use super::{
    IntegrationInfo, KeyInfo, LoginWire, MintedWire, NewSession, Refused, Reloaded, RenewWire, Resealed, SessionInfo,
    Status,
};

/// Talks to the broker behind one socket. Cheap to make; connects at each call.
#[derive(Clone, Debug)]
pub struct AdminClient {
    socket: PathBuf,
    context: Context,
}

/// A session and the cookie that opens it.
#[derive(Clone, Debug)]
pub struct MintedSession {
    /// Hash of the session's secret name: names it in lists, and its runtime directory.
    pub id: String,
    /// For the runtime directory.
    pub cookie: Secret,
    /// When the cookie should have been renewed. Units: seconds since the epoch.
    pub cookie_expires_at: i64,
    /// When the session ends however often it is renewed. Units: seconds since the epoch.
    pub expires_at: i64,
    /// Value of `RS_SERVER_ADDRESS`.
    pub rpc_url: String,
    /// Address of the page.
    pub public_url: String,
}

/// A one-time login to the page.
#[derive(Clone, Debug)]
pub struct LoginLink {
    /// To be opened in a browser; works once.
    pub url: Secret,
    /// To be typed where the link cannot be opened.
    pub code: Secret,
    /// Units: seconds.
    pub expires_in_s: u32,
}

impl AdminClient {
    /// A client of the broker at this socket.
    pub fn new(socket: impl Into<PathBuf>, context: Context) -> Self {
        Self { socket: socket.into(), context }
    }

    /// The socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// What the broker says about itself.
    pub async fn status(&self) -> Result<Status, Error> {
        self.call(Method::GET, "status", &()).await
    }

    /// The integrations, and which of them the caller is signed in to.
    pub async fn integrations(&self) -> Result<Vec<IntegrationInfo>, Error> {
        self.call(Method::GET, "integrations", &()).await
    }

    /// The caller's live sessions.
    pub async fn sessions(&self) -> Result<Vec<SessionInfo>, Error> {
        self.call(Method::GET, "sessions", &()).await
    }

    /// Begins a session.
    pub async fn mint(&self, session: &NewSession) -> Result<MintedSession, Error> {
        self.call(Method::POST, "sessions", session).await.map(MintedWire::into_session)
    }

    /// A new cookie for a session of the caller's, in exchange for one that is still good.
    pub async fn renew_cookie(&self, id: &str, cookie: &Secret) -> Result<MintedSession, Error> {
        let shown = RenewWire { cookie: cookie.expose().into() };
        self.call(Method::POST, &format!("sessions/{id}/cookie"), &shown).await.map(MintedWire::into_session)
    }

    /// Ends a session of the caller's. Shape: `false` when it had ended already.
    pub async fn revoke(&self, id: &str) -> Result<bool, Error> {
        self.call(Method::POST, &format!("sessions/{id}/revoke"), &()).await
    }

    /// A link that logs the caller's browser in to the page.
    pub async fn login_link(&self) -> Result<LoginLink, Error> {
        let wire: LoginWire = self.call(Method::POST, "login-link", &()).await?;
        Ok(LoginLink { url: wire.url.into(), code: wire.code.into(), expires_in_s: wire.expires_in_s })
    }

    /// Makes the broker read its configuration again.
    pub async fn reload(&self) -> Result<Reloaded, Error> {
        self.call(Method::POST, "reload", &()).await
    }

    /// The broker's keys, the active one first.
    pub async fn keys(&self) -> Result<Vec<KeyInfo>, Error> {
        self.call(Method::GET, "keys", &()).await
    }

    /// Makes the broker seal everything under its active key.
    pub async fn reencrypt(&self) -> Result<Resealed, Error> {
        self.call(Method::POST, "keys/reencrypt", &()).await
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: &impl Serialize) -> Result<T, Error> {
        let internal = |_| Error::new(Kind::Internal, "a request to the broker could not be written");
        let url = Url::parse(&format!("http://localhost/api/v1/{path}"))
            .map_err(|_| Error::new(Kind::InvalidArgument, "the name of a session is a hash"))?;
        let mut request = HttpRequest::new(method, url).body(serde_json::to_vec(body).map_err(internal)?);
        let socket = Some(self.socket.clone());
        request.connection = Arc::new(Connection { unix_socket: socket, ..Connection::default() });
        let response = self.context.http.send(request).await.map_err(|cause| self.unreachable(cause))?;
        self.read(&response)
    }

    fn read<T: DeserializeOwned>(&self, response: &HttpResponse) -> Result<T, Error> {
        let not_ours = || {
            Error::new(Kind::Broker, format!("what answers at {} is not this version's broker", self.socket.display()))
                .with_hint("update the broker, or name another socket")
                .with_http_status(response.status)
        };
        if response.status == 200 {
            return serde_json::from_slice(&response.body).map_err(|_| not_ours());
        }
        let refused: Refused = serde_json::from_slice(&response.body).map_err(|_| not_ours())?;
        let kind = match response.status {
            400 => Kind::InvalidArgument,
            403 => Kind::Denied,
            404 => Kind::NotFound,
            503 => Kind::Store,
            _ => Kind::Broker,
        };
        Err(Error::new(kind, refused.error).with_http_status(response.status))
    }

    fn unreachable(&self, cause: Error) -> Error {
        if cause.kind() == Kind::Timeout {
            return cause;
        }
        // The transport does not tell these two apart, and only one of them is helped by starting a broker.
        let refused = UnixStream::connect(&self.socket).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
        if refused {
            return Error::new(Kind::Denied, format!("you may not connect to the broker at {}", self.socket.display()))
                .with_hint("ask its administrator for a wider --socket-mode, or start your own with `tokcore serve`")
                .with_cause(cause);
        }
        Error::new(Kind::Broker, format!("no broker answers at {}", self.socket.display()))
            .with_hint("start one with `tokcore serve`, or name its socket")
            .with_cause(cause)
    }
}

impl MintedWire {
    fn into_session(self) -> MintedSession {
        MintedSession {
            id: self.id,
            cookie: self.cookie.into(),
            cookie_expires_at: self.cookie_expires_at,
            expires_at: self.expires_at,
            rpc_url: self.rpc_url,
            public_url: self.public_url,
        }
    }
}
