//! A small authorization server, with an API behind it, for the demo and nothing else.
//!
//! It has one user who needs no password: whoever reaches this loopback port is that user. The demo's clients are the
//! only ones it knows.

mod api;
mod authorize;
pub mod grants;
mod token;

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post};
use tokcore::{Error, Kind, Secret};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

use authorize::Pending;
use grants::Grants;

/// A client that an administrator would have registered.
#[derive(Clone, Debug)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// `client_secret`, expected in the body.
    pub secret: Secret,
}

/// A running server. Dropping it leaves it running until the runtime ends; [`Provider::stop`] ends it.
#[derive(Debug)]
pub struct Provider {
    base: Url,
    state: Arc<State>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    clients: Vec<Client>,
    /// The only redirect URI; set once the broker's address is known.
    redirect_uri: Mutex<String>,
    grants: Mutex<Grants>,
    /// Requests that wait for a person's answer, by their one-time number.
    pending: Mutex<HashMap<String, Pending>>,
}

/// A panic while it was held is another bug; the data itself is whole after every step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Provider {
    /// Listens on a free loopback port and serves these clients. Effects: `[net]`.
    pub async fn start(clients: Vec<Client>) -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|cause| no_port(&cause))?;
        let port = listener.local_addr().map_err(|cause| no_port(&cause))?.port();
        let base = Url::parse(&format!("http://127.0.0.1:{port}/"))
            .map_err(|cause| Error::new(Kind::Internal, format!("demo server: {cause}")))?;
        let state = Arc::new(State {
            clients,
            redirect_uri: Mutex::default(),
            grants: Mutex::default(),
            pending: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = axum::serve(listener, router(state.clone())).with_graceful_shutdown(async {
            // A dropped sender means the same: nobody will ask again.
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move {
            // It only ends when told to; accept errors are retried inside.
            let _ = serve.await;
        });
        Ok(Self { base, state, stop, task })
    }

    /// Registers where the broker takes answers.
    pub fn register_redirect_uri(&self, uri: impl Into<String>) {
        *lock(&self.state.redirect_uri) = uri.into();
    }

    /// One of its addresses: `authorize`, `token` or `api/me`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Ends it and waits until the port is free.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.task.abort();
        let _ = self.task.await;
    }
}

fn no_port(cause: &std::io::Error) -> Error {
    Error::new(Kind::Transport, format!("the demo's authorization server cannot listen on loopback: {cause}"))
}

fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/authorize", get(authorize::ask))
        .route("/authorize/answer", post(authorize::answer))
        .route("/token", post(token::issue))
        .route("/api/me", get(api::me))
        .with_state(state)
}
