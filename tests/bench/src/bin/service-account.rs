//! A service account's token over a kept connection, beside the signature and the round trip that it contains.
//!
//! Usage: `service-account KEY_FILE [CALLS]`; the file's `token_uri` is the server. All take turns, so that they meet the
//! same machine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokcore::context::Clock;
use tokcore::{Chain, ChainRequest, Context, Fetched, NoInterrupt, Nobody, Secret, Setting, Settings, TokenSource};
use tokcore_bench::{each_ns, emit};

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// Longer than a statement is made use of again. Units: milliseconds.
const LATER_MS: i64 = 1_801_000;
/// As long as what is signed for that scope, and as the form around it.
const STATEMENT_BYTES: usize = 400;
const FORM_BYTES: usize = 800;

fn main() {
    let path = std::env::args().nth(1).expect("usage: service-account KEY_FILE [CALLS]");
    let calls: usize = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(500);
    let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a key file")).expect("JSON");
    let mut post = bare_post(file["token_uri"].as_str().expect("a token_uri"));
    let mut sign = bare_signature(file["private_key"].as_str().expect("a private_key"));

    let clock = Arc::new(Leaping(AtomicI64::new(Context::os().clock.now_unix_ms())));
    let source = source(&path, clock.clone());
    let mut read = || drop(std::fs::read(&path).expect("a key file"));
    let asked_again = again(&path);
    let renewed = || {
        source.forget();
        token(&source);
    };
    let signed_anew = || {
        clock.0.fetch_add(LATER_MS, Ordering::Relaxed);
        renewed();
    };

    for _ in 0..10 {
        emit("bare POST", "token", "ns", &each_ns(calls / 10, &mut post));
        emit("tokcore Rust", "token, statement kept", "ns", &each_ns(calls / 10, renewed));
        let both = || {
            sign();
            post();
        };
        emit("RSA-2048 signature + bare POST", "token", "ns", &each_ns(calls / 10, both));
        emit("tokcore Rust", "token", "ns", &each_ns(calls / 10, signed_anew));
        emit("open + read + close", "chain asked, token there", "ns", &each_ns(calls / 10, &mut read));
        emit("tokcore Rust", "chain asked, token there", "ns", &each_ns(calls / 10, &asked_again));
    }
}

/// Goes only when it is told to, and then half an hour at once.
struct Leaping(AtomicI64);

impl Clock for Leaping {
    fn now_unix_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The whole question that a program asks before each call of an API, while its token lasts.
fn again(path: &str) -> impl Fn() + use<> {
    let (chain, request) = question(path);
    move || drop(chain.fetch(&request, &(), &Nobody, &NoInterrupt).expect("the server answers"))
}

fn question(path: &str) -> (Chain, ChainRequest) {
    let chain = Chain::default();
    // The server's clock stands still beside ours, and would correct it.
    let settings: Settings = [
        ("path", Setting::from(path)),
        ("scopes", Setting::from(SCOPE)),
        ("trust", Setting::from("custom")),
        ("auto_skew", Setting::Flag(false)),
    ]
    .into_iter()
    .collect();
    let request = ChainRequest::from_settings(settings, &chain).expect("settings");
    (chain, request)
}

fn source(path: &str, clock: Arc<Leaping>) -> TokenSource {
    let (chain, request) = question(path);
    let context = Context { clock, ..Context::os() };
    match chain.fetch_with_context(context, &request, &(), &Nobody, &NoInterrupt).expect("the server answers") {
        Fetched::Source(source) => source,
        _ => panic!("the key is no service account's"),
    }
}

fn token(source: &TokenSource) {
    drop(source.token(&Nobody, &NoInterrupt).expect("the server answers"));
}

/// The signature that a statement contains, with the crypto that tokcore has.
fn bare_signature(pem: &str) -> impl FnMut() + use<> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = Secret::new(body);
    let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(der.expose()).expect("base64")).expect("a key");
    let (rng, mut signature) = (SystemRandom::new(), vec![0; pair.public_modulus_len()]);
    move || pair.sign(&RSA_PKCS1_SHA256, &rng, &[b'm'; STATEMENT_BYTES], &mut signature).expect("a signature")
}

/// The round trip, as long as one with a statement.
fn bare_post(url: &str) -> impl FnMut() + use<> {
    let host = url.trim_start_matches("http://").split('/').next().expect("a host").to_owned();
    let mut stream = TcpStream::connect(&host).expect("the server listens");
    stream.set_nodelay(true).expect("a fresh socket takes options");
    let request = format!(
        "POST /token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {FORM_BYTES}\r\n\r\n{}",
        "a".repeat(FORM_BYTES)
    );
    let mut answer = vec![0; 65536];
    move || {
        stream.write_all(request.as_bytes()).expect("the connection is kept");
        assert!(stream.read(&mut answer).expect("the server answers") > 0);
    }
}
