//! No secret reaches a log line or a print, whatever happens.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokcore::{Interactivity, NoInterrupt, Nobody, Secret};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

use crate::people::{Signer, answer};
use crate::sign_in::page;
use crate::world::{Reply, World, lock, request};

/// Writes down every event and span of everybody, at every level.
#[derive(Clone, Default)]
struct Scribe(Arc<Mutex<String>>);

impl Subscriber for Scribe {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut Pen(&mut lock(&self.0)));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Pen(&mut lock(&self.0)));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Pen(&mut lock(&self.0)));
    }
}

struct Pen<'a>(&'a mut String);

impl Visit for Pen<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = writeln!(self.0, "{field}={value:?}");
    }
}

/// A server that quotes in its errors whatever it was sent.
fn quoting(status: u16, error: &str, seen: &crate::world::Seen) -> Reply {
    let quoted = String::from_utf8_lossy(&seen.body).into_owned();
    let decoded: Vec<String> = seen.form().into_values().collect();
    Reply::json(status, json!({"error": error, "error_description": format!("{quoted} {}", decoded.join(" "))}))
}

#[test]
fn no_secret_is_printed_or_logged() {
    if !super::alone::is_alone("secrets::no_secret_is_printed_or_logged") {
        return;
    }
    let scribe = Scribe::default();
    tracing::subscriber::set_global_default(scribe.clone()).expect("alone");
    let mut printed = String::new();
    let mut secrets: Vec<String> = [
        "AT-canary",
        "RT-canary",
        "ID-canary",
        "DEVICE-canary",
        "CODE-canary",
        "SECRET-canary",
        "PASSWORD-canary",
        "EXTRA-canary",
        "PARAM-canary",
        "USER-CODE",
    ]
    .map(str::to_owned)
    .to_vec();
    let world = World::real();
    world.network.plays(|seen| {
        let form = seen.form();
        let reply = match (seen.endpoint(), form.get("grant_type").map(String::as_str)) {
            ("device", _) => Reply::json(
                200,
                json!({"device_code": "DEVICE-canary", "user_code": "USER-CODE", "verification_uri": "https://as.example/d", "interval": 1, "expires_in": 2}),
            ),
            (_, Some("authorization_code")) => Reply::json(
                200,
                json!({"access_token": "AT-canary", "token_type": "Bearer", "expires_in": 100, "refresh_token": "RT-canary",
                       "id_token": "ID-canary.x.y", "partner_secret": "EXTRA-canary"}),
            ),
            (_, Some("refresh_token")) => quoting(400, "invalid_grant", seen),
            (_, Some("password")) => quoting(400, "invalid_request", seen),
            (_, Some("client_credentials")) => quoting(500, "server_error", seen),
            ("revoke", _) => quoting(400, "RT-canary", seen),
            _ => quoting(400, "invalid_request", seen),
        };
        (Duration::ZERO, reply)
    });
    let settings = json!({"client_secret": "SECRET-canary", "name": "Test"});
    let client = world.client(settings).expect("a client");
    let wanted = json!({"scopes": "openid", "token_params": {"api_key": "PARAM-canary"}});
    let source = client.source(request(wanted.clone())).expect("a source");

    let mut flow = source.begin(Interactivity::Yes, &NoInterrupt).expect("a flow");
    let page = page(&flow);
    for name in ["state", "nonce"] {
        secrets.push(crate::people::parameter(&page, name).expect("a one-time text"));
    }
    let _ = write!(printed, "{flow:?} {:?} {client:?} {source:?} {:?}", flow.prompt(), source.request());
    let sealed = flow.seal(&[1; 32], None).expect("a seal");
    let _ = write!(printed, "{sealed:?}");
    let query = answer(&page, "code=CODE-canary").query().expect("a query").to_owned();
    let _ = write!(printed, "{:?}", flow.respond("code=CODE-canary&state=x", &NoInterrupt));
    let token = flow.respond(&query, &NoInterrupt).expect("a token");
    secrets.push(world.network.seen()[0].form()["code_verifier"].clone());
    let _ = write!(printed, "{token:?} {flow:?} {:?}", token.origin());
    let _ = write!(printed, "{:?}", source.request_headers(&token, "GET", "https://api.example/"));

    let person = Signer::default();
    lock(&person.passwords).push("PASSWORD-canary".into());
    world.clock.advance_ms(200_000);
    let mut failures = vec![source.token(&Nobody, &NoInterrupt)];
    for grant in [
        json!({"grant": "password", "username": "u"}),
        json!({"grant": "password", "username": "v", "password": "PASSWORD-canary"}),
        json!({"grant": "client_credentials", "token_params": {"api_key": "PARAM-canary"}}),
        json!({"grant": "urn:vendor", "token_params": {"api_key": "PARAM-canary"}}),
        json!({"grant": "token_exchange", "subject_token": "AT-canary", "subject_token_type": "jwt"}),
        json!({"grant": "device_code"}),
    ] {
        let wanted = request(grant);
        let _ = write!(printed, "{wanted:?}");
        failures.push(client.fetch(wanted, &person, &NoInterrupt));
    }
    for failure in failures {
        let error = failure.expect_err("a server that refuses everything");
        let _ = write!(printed, "{error} {error:?} {:?} {}", error.detail(), error.hint());
    }
    let token = Secret::new("RT-canary");
    let _ = write!(printed, "{:?}", client.revoke(Some(&token), None, &NoInterrupt));
    let _ = write!(printed, "{:?} {:?}", client.introspect(&token, None, &NoInterrupt), client.report());

    let logged = lock(&scribe.0).clone();
    assert!(logged.contains("password grant"), "the scribe was awake");
    for secret in secrets {
        assert!(!printed.contains(&secret), "{secret} was printed: {printed}");
        assert!(!logged.contains(&secret), "{secret} was logged: {logged}");
    }
}
