//! What is fuzzed: every text that a stranger writes and tokcore reads. One function per target, shared by the fuzzer
//! and by the bounded run in `core/tests/mutations`; each may give back anything, and may not panic.

use http::{HeaderMap, HeaderValue};
use tokcore::Secret;
use tokcore::flow::Expectation;
use tokcore::flow::paste::{Paste, PasteRules};
use tokcore::jose::Jwks;
use tokcore::oauth::callback::Callback;
use tokcore::oauth::challenge::Challenges;
use tokcore::oauth::id_token::{self, Expectations, ExpectedIssuer};
use tokcore::oauth::{Reading, device, discovery, introspection, pushed_authorization, revocation, token_response};
use tokcore::secrets::{self, Key};
use tokcore::transport::HttpResponse;

/// Reads what a stranger wrote.
pub type Target = fn(&[u8]);

/// Name and function of every target; a corpus is a folder of the same name.
pub const TARGETS: &[(&str, Target)] = &[
    ("responses", responses),
    ("callback", callback),
    ("paste", paste),
    ("discovery", discovery_document),
    ("challenge", challenge),
    ("id_token", id_token_text),
    ("store", store),
    ("encrypted", encrypted),
];

/// The first byte chooses status and media type; the rest is the body, for every endpoint that reads answers.
pub fn responses(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let response = response(*choice, body);
    let reading = Reading { sent_at_unix_s: 1_700_000_000, requested_scopes: 2, ..Reading::default() };
    let _ = token_response::read(&response, &reading);
    let _ = device::read(&response, &reading);
    let _ = introspection::read(&response, &reading, &introspection::Expectation::default());
    let _ = revocation::Revocation::read(&response, &reading);
    let _ = pushed_authorization::read(&response, &reading);
    let _ = device::PollAnswer::read(&Ok(response), &reading);
}

/// The query of the redirect.
pub fn callback(data: &[u8]) {
    let Ok(query) = std::str::from_utf8(data) else { return };
    if let Ok(callback) = Callback::parse(query) {
        let _ = callback.check_state(&Secret::new("S"));
        let _ = callback.check_issuer(Some("https://as.example"), true);
    }
}

/// Whatever a person pastes, line by line.
pub fn paste(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let rules = PasteRules { redirect_uri: Some("http://127.0.0.1:54321/".into()), ..PasteRules::default() };
    let mut paste = Paste::new(Expectation::of_state(Secret::new("S")), rules);
    for line in text.lines().take(8) {
        if paste.read(line).is_err() {
            return;
        }
    }
}

/// Metadata and keys.
pub fn discovery_document(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let expected = discovery::Expectation { issuer: Some("https://as.example"), ..discovery::Expectation::default() };
    let _ = discovery::read(&response(*choice, body), &expected);
    let _ = Jwks::parse(body);
}

/// `WWW-Authenticate`, one field a line.
pub fn challenge(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let fields: Vec<&str> = text.lines().take(8).collect();
    let challenges = Challenges::parse(&fields);
    for challenge in challenges.about_tokens() {
        let _ = challenge.error();
    }
}

/// A compact token.
pub fn id_token_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let secret = Secret::new(text);
    let issuer = ExpectedIssuer::exactly("https://as.example");
    let key = Secret::new("a secret that is long enough for an HMAC");
    let expected = Expectations { client_secret: Some(&key), ..Expectations::new(issuer, "c1", 1_700_000_000) };
    let _ = id_token::check(&secret, &expected, None);
    let _ = id_token::read_unchecked(&secret);
}

/// A file of the store, which another program of the user may have written to.
pub fn store(data: &[u8]) {
    tokcore::fuzzing::sealed_file(data);
}

/// An encrypted secret in a repository that others may write to, and a key that somebody copied.
pub fn encrypted(data: &[u8]) {
    for length in [16, 32] {
        let Ok(key) = Key::from_bytes(&vec![7; length]) else { return };
        let _ = secrets::decrypt_json(data, &key);
        let _ = secrets::decrypt_bzip2(data, &key);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Key::from_text(&Secret::new(text));
    }
}

fn response(choice: u8, body: &[u8]) -> HttpResponse {
    let status = [200, 400, 401, 403, 429, 500, 503, 201][usize::from(choice & 7)];
    let media = ["application/json", "application/x-www-form-urlencoded", "text/html", "text/plain; charset=utf-16"];
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static(media[usize::from(choice >> 3 & 3)]));
    HttpResponse::new(status, headers, body.to_vec())
}
