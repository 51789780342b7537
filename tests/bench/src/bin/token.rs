//! A valid token in memory: what a program pays that asks its source again and again.

use std::hint::black_box;
use std::sync::Arc;

use tokcore::transport::{BoxFuture, HttpRequest, HttpResponse, HttpSend};
use tokcore::{
    ClientSettings, Context, Error, NoInterrupt, Nobody, OAuthClient, Setting, Settings, TokenRequest, TokenSource,
};
use tokcore_bench::{batches_ns, emit};

fn main() {
    let source = source();
    let held = source.token(&Nobody, &NoInterrupt).expect("the server answers");
    let ask = || drop(black_box(source.token(&Nobody, &NoInterrupt).expect("the token is valid")));
    let is_current = || {
        black_box(source.is_current(&held));
    };
    emit("tokcore Rust", "valid token", "ns", &batches_ns(50_000, ask));
    emit("tokcore Rust", "is_current", "ns", &batches_ns(100_000, is_current));
}

fn source() -> TokenSource {
    let context = Context { http: Arc::new(Instant), ..Context::os() };
    let client = ClientSettings::from_settings(settings(&[
        ("client_id", "bench"),
        ("client_secret", "bench"),
        ("token_endpoint", "https://as.example/token"),
    ]));
    let client = OAuthClient::with_context(context, client.expect("settings")).expect("a client");
    let request = TokenRequest::from_settings(settings(&[("grant", "client_credentials")])).expect("a request");
    client.source(request).expect("a source")
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs.iter().map(|(name, value)| (*name, Setting::from(*value))).collect()
}

/// Answers without a network.
struct Instant;

impl HttpSend for Instant {
    fn send(&self, _request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        let body = br#"{"access_token":"ya29.token","token_type":"Bearer","expires_in":3600}"#;
        Box::pin(async { Ok(HttpResponse::new(200, Default::default(), body.to_vec())) })
    }
}
