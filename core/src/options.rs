//! What a caller may change.

use std::path::PathBuf;
use std::time::Duration;

use crate::credentials::Backend;

/// How a [`Client`](crate::Client) behaves. The default reads everything from the environment.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Use this backend instead of detecting one; same as `TOKCORE_BACKEND`.
    pub backend: Option<Backend>,
    /// Address of the server, instead of `RS_SERVER_ADDRESS` or `CONNECT_SERVER`.
    pub server_address: Option<String>,
    /// PEM file or directory, instead of `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE` and the system's authorities.
    pub ca: Option<PathBuf>,
    /// Whether certificates are checked. `false` is for experiments only and logs a warning.
    pub verify_tls: bool,
    /// For connecting. Default 5 s.
    pub connect_timeout: Duration,
    /// For a whole exchange, connecting included. Default 30 s.
    pub timeout: Duration,
    /// How long one answer is handed out again without asking the server. Default 5 s, which is also the cap; zero asks
    /// every time. Short, so that a sign-out is noticed (design ruling D22).
    pub reuse: Duration,
}

/// Longest time for which an answer is handed out again.
pub(crate) const LONGEST_REUSE: Duration = Duration::from_secs(5);

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            backend: None,
            server_address: None,
            ca: None,
            verify_tls: true,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            reuse: LONGEST_REUSE,
        }
    }
}
