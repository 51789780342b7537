//! Tokens from a Rust library of the same trade: a valid one, as a program would ask for it again and again, or a new one
//! each time.
//!
//! Usage: `tokcore-bench-peers KEY_FILE [TOKEN_ENDPOINT]`; the key is any RSA key in PEM. With an endpoint it is asked for a
//! new token each time. Prints one JSON line per figure.

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Instant;

use gcp_auth::{CustomServiceAccount, TokenProvider};

const SCOPE: &str = "https://www.example.com/auth/read";
const CALLS: usize = 50_000;
const NEW_TOKENS: usize = 500;

fn main() {
    let key = std::fs::read_to_string(std::env::args().nth(1).expect("a key file")).expect("a readable key");
    let endpoint = std::env::args().nth(2);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        match endpoint {
            Some(endpoint) => new_tokens(&account(&key, endpoint)).await,
            None => valid_token(&account(&key, token_endpoint())).await,
        }
    });
}

fn account(key: &str, token_endpoint: String) -> CustomServiceAccount {
    let account = serde_json::json!({
        "type": "service_account", "project_id": "p", "private_key_id": "k", "private_key": key,
        "client_email": "robot@p.example.com", "client_id": "1", "token_uri": token_endpoint,
        "auth_uri": "https://p.example.com/", "auth_provider_x509_cert_url": "https://p.example.com/",
        "client_x509_cert_url": "https://p.example.com/",
    });
    CustomServiceAccount::from_json(&account.to_string()).expect("a service account")
}

async fn valid_token(account: &CustomServiceAccount) {
    account.token(&[SCOPE]).await.expect("a first token");
    let mut means = Vec::new();
    for _ in 0..31 {
        let begun = Instant::now();
        for _ in 0..CALLS {
            black_box(account.token(&[SCOPE]).await.expect("the same token"));
        }
        means.push(begun.elapsed().as_nanos() as f64 / CALLS as f64);
    }
    emit("gcp_auth", "valid token", means);
}

/// Another scope each time: what has been fetched for one is kept.
async fn new_tokens(account: &CustomServiceAccount) {
    account.token(&[SCOPE]).await.expect("a first token");
    let mut each = Vec::new();
    for number in 0..NEW_TOKENS {
        let scope = format!("{SCOPE}/{number}");
        let begun = Instant::now();
        black_box(account.token(&[scope.as_str()]).await.expect("a new token"));
        each.push(begun.elapsed().as_nanos() as f64);
    }
    emit("gcp_auth", "token", each);
}

/// A server that gives every request the same token, on a thread of its own.
fn token_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/token", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 65536];
            while stream.read(&mut request).is_ok_and(|read| read > 0) {
                let body = r#"{"access_token":"token","token_type":"Bearer","expires_in":3600}"#;
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
                write!(stream, "{head} {}\r\n\r\n{body}", body.len()).expect("the client reads");
            }
        }
    });
    address
}

fn emit(contestant: &str, metric: &str, mut figures: Vec<f64>) {
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share) as usize];
    let line = serde_json::json!({
        "contestant": contestant, "metric": metric, "unit": "ns",
        "median": at(0.5), "p10": at(0.1), "p90": at(0.9), "p99": at(0.99), "n": figures.len(),
    });
    println!("{line}");
}
