//! A provider that does what it is told, once per telling, and remembers what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Response, StatusCode, Uri};
use axum::routing::post;
use axum::{Router, body::Body};
use tokio::sync::Notify;

/// One answer of the token endpoint.
#[derive(Clone, Debug, Default)]
pub struct Step {
    pub status: u16,
    pub body: String,
    pub headers: Vec<(String, String)>,
    /// Waits for [`Provider::go_on`] before it answers.
    pub held: bool,
}

impl Step {
    pub fn json(body: serde_json::Value) -> Self {
        Self { status: 200, body: body.to_string(), ..Self::default() }
    }

    pub fn status(status: u16, body: &str) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub fn held(mut self) -> Self {
        self.held = true;
        self
    }
}

/// What was sent to it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub form: BTreeMap<String, String>,
    /// The body as received.
    pub raw: String,
    pub authorization: Option<String>,
    pub accept: Option<String>,
}

#[derive(Default)]
struct Shared {
    script: Mutex<VecDeque<Step>>,
    asked: Mutex<Vec<Asked>>,
    arrived: Notify,
    go_on: Notify,
}

pub struct Provider {
    shared: Arc<Shared>,
    address: std::net::SocketAddr,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let routes =
            Router::new().route("/token", post(token)).route("/revoke", post(token)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { shared, address }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Adds to what it will do.
    pub fn script(&self, steps: impl IntoIterator<Item = Step>) {
        self.shared.script.lock().unwrap().extend(steps);
    }

    /// Everything it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// Steps that nobody asked for.
    pub fn left(&self) -> usize {
        self.shared.script.lock().unwrap().len()
    }

    /// Waits until a held request has arrived.
    pub async fn arrived(&self) {
        tokio::time::timeout(Duration::from_secs(10), self.shared.arrived.notified()).await.expect("a request");
    }

    /// Lets a held request be answered.
    pub fn go_on(&self) {
        self.shared.go_on.notify_one();
    }
}

async fn token(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    let raw = String::from_utf8(body.to_vec()).unwrap();
    let asked =
        Asked { path: uri.path().into(), form, raw, authorization: header("authorization"), accept: header("accept") };
    shared.asked.lock().unwrap().push(asked);
    let step = shared.script.lock().unwrap().pop_front();
    let step = step.unwrap_or_else(|| Step::status(500, "not in the script"));
    if step.held {
        shared.arrived.notify_one();
        shared.go_on.notified().await;
    }
    let mut response = Response::new(Body::from(step.body));
    *response.status_mut() = StatusCode::from_u16(step.status).unwrap();
    let json = ("content-type".to_owned(), "application/json".to_owned());
    for (name, value) in std::iter::once(json).chain(step.headers) {
        let name: HeaderName = name.parse().unwrap();
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
