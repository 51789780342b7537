//! The four calls of the RPC, as requests. Source: specs §1.1–1.3.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::version;

/// Carries the cookie of the session.
pub(crate) const COOKIE_HEADER: HeaderName = HeaderName::from_static("x-rs-session-server-rpc-cookie");
/// Where a tokcore broker tells the address of its pages.
pub(crate) const PUBLIC_URL_HEADER: HeaderName = HeaderName::from_static("tokcore-public-url");

pub(crate) const JSON_HEADERS: [(HeaderName, HeaderValue); 2] = [
    (CONTENT_TYPE, HeaderValue::from_static("application/json")),
    (ACCEPT, HeaderValue::from_static("application/json")),
];

/// One call, with what it carries.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call<'a> {
    Token { guid: &'a str },
    Integrations,
    Azure { resource: &'a str },
    Identity,
}

impl Call<'_> {
    pub(crate) const fn method(&self) -> &'static str {
        match self {
            Call::Token { .. } => "oauth_token",
            Call::Integrations => "oauth_integrations",
            Call::Azure { .. } => "delegated_azure_token",
            Call::Identity => "id_token",
        }
    }

    /// The oldest server that knows this call; `None` where no version says so.
    pub(crate) const fn needs(&self) -> Option<[u64; 3]> {
        match self {
            Call::Token { .. } | Call::Integrations => Some(version::INTEGRATIONS),
            Call::Azure { .. } => Some(version::AZURE),
            Call::Identity => None,
        }
    }

    pub(crate) fn body(&self) -> Value {
        let method = self.method();
        match self {
            Call::Token { guid } => json!({"method": method, "kwparams": {"uuid": guid}}),
            Call::Integrations => json!({"method": method, "kwparams": {}}),
            Call::Azure { resource } => json!({"method": method, "params": [resource]}),
            Call::Identity => json!({"method": method}),
        }
    }
}
