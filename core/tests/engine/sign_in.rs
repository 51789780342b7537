//! Sign-ins with a person, a browser and a real listener.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;
use tokcore::flow::{Flow, Step};
use tokcore::{Interactivity, Kind, NoInterrupt, Nobody, OAuthClient, TokenSource};

use crate::people::{Bell, Signer, answer, parameter, visit};
use crate::world::{Reply, World, lock, request};

const GLANCE: Duration = Duration::from_millis(50);

pub fn client(world: &World) -> OAuthClient {
    world.client(json!({"name": "Test"})).expect("a client")
}

fn source(world: &World) -> TokenSource {
    client(world).source(request(json!({"flow": "loopback"}))).expect("a source")
}

pub fn begin(world: &World) -> Flow {
    client(world).begin(request(json!({"flow": "loopback"})), Interactivity::Yes, &NoInterrupt).expect("a flow")
}

pub fn page(flow: &Flow) -> url::Url {
    flow.prompt().authorization_url.as_deref().expect("a page").parse().expect("an address")
}

/// Steps until the end.
fn finish(flow: &mut Flow) -> Result<Arc<tokcore::Token>, tokcore::Error> {
    for _ in 0..200 {
        if let Step::Done(token) = flow.step(GLANCE, &NoInterrupt)? {
            return Ok(token);
        }
    }
    panic!("the sign-in does not end");
}

#[test]
fn two_threads_one_sign_in() {
    let world = World::real();
    world.network.plays(|_| (Duration::from_millis(200), Reply::token("AT1")));
    let (source, person) = (source(&world), Signer::default());
    std::thread::scope(|scope| {
        let callers = [0, 1].map(|_| scope.spawn(|| source.token(&person, &NoInterrupt)));
        for caller in callers {
            assert_eq!(caller.join().expect("no panic").expect("a token").access_token().expose(), "AT1");
        }
    });
    assert_eq!((person.asked.load(Ordering::SeqCst), world.network.count()), (1, 1));
    let form = world.network.seen()[0].form();
    assert_eq!(form["code"], "CODE-canary");
    assert!(form["code_verifier"].len() >= 43);
}

#[test]
fn nobody_is_told_so_at_once_also_while_somebody_signs_in() {
    let world = World::real();
    // Without a wish for the listener, which may be for a browser elsewhere.
    let source = client(&world).source(request(json!({}))).expect("a source");
    let (person, bell) = (Signer::asleep(), Bell::default());
    let is_told = || {
        let begun = Instant::now();
        let error = source.token(&Nobody, &NoInterrupt).expect_err("nobody can sign in");
        assert_eq!(error.kind(), Kind::InteractionRequired, "{error}");
        assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
    };
    is_told();
    std::thread::scope(|scope| {
        let sleeper = scope.spawn(|| source.token(&person, &bell));
        std::thread::sleep(Duration::from_millis(300));
        is_told();
        bell.ring();
        let begun = Instant::now();
        assert_eq!(sleeper.join().expect("no panic").expect_err("interrupted").kind(), Kind::Cancelled);
        assert!(begun.elapsed() < Duration::from_millis(250), "{:?}", begun.elapsed());
    });
}

#[test]
fn an_interrupted_person_does_not_interrupt_the_next_one() {
    let world = World::real();
    world.network.plays(|_| (Duration::ZERO, Reply::token("AT1")));
    let (source, sleeper, signer, bell) = (source(&world), Signer::asleep(), Signer::default(), Bell::default());
    std::thread::scope(|scope| {
        let first = scope.spawn(|| source.token(&sleeper, &bell));
        std::thread::sleep(Duration::from_millis(200));
        let second = scope.spawn(|| source.token(&signer, &NoInterrupt));
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(signer.asked.load(Ordering::SeqCst), 0, "one person is asked at a time");
        bell.ring();
        assert_eq!(first.join().expect("no panic").expect_err("interrupted").kind(), Kind::Cancelled);
        assert_eq!(second.join().expect("no panic").expect("a token").access_token().expose(), "AT1");
    });
}

#[test]
fn a_dead_grant_is_begun_anew_by_the_person_who_is_there() {
    let world = World::real();
    world.network.plays(|seen| match seen.form()["grant_type"].as_str() {
        "refresh_token" => (Duration::ZERO, Reply::json(400, json!({"error": "invalid_grant"}))),
        _ => (Duration::ZERO, Reply::token("AT1")),
    });
    let (source, person) = (source(&world), Signer::default());
    let old = json!({"access_token": "AT0", "refresh_token": "RT0", "expires_in": 1});
    source.adopt(tokcore::Token::from_settings(crate::world::settings_of(old), 1_600_000_000).expect("a token"));
    assert_eq!(source.token(&person, &NoInterrupt).expect("a token").access_token().expose(), "AT1");
    assert_eq!((person.asked.load(Ordering::SeqCst), world.network.count()), (1, 2));
}

#[test]
fn a_flow_that_a_source_begins_publishes_to_it() {
    let world = World::real();
    world.network.plays(|_| (Duration::ZERO, Reply::token("AT1")));
    let source = source(&world);
    let mut flow = source.begin(Interactivity::Yes, &NoInterrupt).expect("a flow");
    let back = answer(&page(&flow), "code=C");
    std::thread::spawn(move || visit(&back));
    let token = finish(&mut flow).expect("a token");
    assert!(source.is_current(&token));
    assert_eq!(flow.step(GLANCE, &NoInterrupt).expect_err("it is over").kind(), Kind::InvalidState);
}

#[test]
fn a_refusal_ends_the_sign_in_with_the_providers_words() {
    let world = World::real();
    let mut flow = begin(&world);
    let back = answer(&page(&flow), "error=access_denied&error_description=not+today");
    std::thread::spawn(move || visit(&back));
    let error = finish(&mut flow).expect_err("refused");
    assert_eq!((error.kind(), error.detail()), (Kind::Denied, Some("not today")));
    assert_eq!(world.network.count(), 0);
}

#[test]
fn a_code_is_sent_once_whatever_becomes_of_the_answer() {
    for (reply, requests) in
        [(Reply::Lost, 1), (Reply::json(503, json!({})), 2), (Reply::json(401, json!({"error": "invalid_client"})), 1)]
    {
        let world = World::real();
        world.network.plays(move |_| (Duration::ZERO, reply.clone()));
        let settings = json!({"client_secret": "a+b", "auth_method": "client_secret_basic", "basic_encoding": "auto"});
        let client = world.client(settings).expect("a client");
        let mut flow =
            client.begin(request(json!({"flow": "loopback"})), Interactivity::Yes, &NoInterrupt).expect("a flow");
        let query = answer(&page(&flow), "code=C").query().expect("a query").to_owned();
        let error = flow.respond(&query, &NoInterrupt).expect_err("no token");
        assert_eq!(world.network.count(), requests, "{error}");
        if error.oauth_error() == Some("invalid_client") {
            assert!(error.hint().contains("basic_encoding"), "B-15: {}", error.hint());
        }
    }
}

#[test]
fn a_call_from_an_event_loop_is_refused_and_harms_nothing() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let world = World::real();
    world.network.plays(|_| (Duration::ZERO, Reply::token("AT1")));
    let (client, source) = (client(&world), source(&world));
    let mut flow = is_send(begin(&world));
    let query = answer(&page(&flow), "code=C").query().expect("a query").to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let never = NoInterrupt;
        let begun = client.begin(request(json!({"flow": "loopback"})), Interactivity::Yes, &never);
        let refusals = [
            flow.step(GLANCE, &never).map(drop),
            flow.respond(&query, &never).map(drop),
            begun.map(drop),
            source.token(&Signer::default(), &never).map(drop),
            client.metadata(&never).map(drop),
        ];
        for refusal in refusals {
            assert_eq!(refusal.expect_err("refused").kind(), Kind::InvalidState);
        }
    });
    assert_eq!(world.network.count(), 0);
    flow.respond(&query, &NoInterrupt).expect("it goes on outside");
}

#[test]
fn a_password_is_asked_for_once_and_when_it_is_needed() {
    let world = World::real();
    world.network.plays(|_| (Duration::ZERO, Reply::token("AT1")));
    let person = Signer::default();
    lock(&person.passwords).push("p".into());
    let wanted = request(json!({"grant": "password", "username": "u"}));
    let source = client(&world).source(wanted).expect("a source");
    assert_eq!(source.token(&Nobody, &NoInterrupt).expect_err("nobody types").kind(), Kind::InteractionRequired);
    for _ in 0..3 {
        source.token(&person, &NoInterrupt).expect("a token");
    }
    assert_eq!((person.asked.load(Ordering::SeqCst), world.network.count()), (1, 1));
    assert_eq!(world.network.seen()[0].form()["password"], "p");
    source.forget();
    assert_eq!(source.token(&person, &NoInterrupt).expect_err("nothing typed").kind(), Kind::Cancelled);
}

#[test]
fn the_page_is_asked_for_what_the_settings_say() {
    let world = World::real();
    let wanted = json!({
        "flow": "loopback", "scopes": "a openid", "login_hint": "u", "prompt": "consent", "max_age_s": 5, "acr_values": "x y",
        "auth_params": {"extra": "1"}, "response_mode": "form_post", "resource": "https://api.example/", "pkce": false,
    });
    let flow = client(&world).begin(request(wanted), Interactivity::Yes, &NoInterrupt).expect("a flow");
    let page = page(&flow);
    for (name, value) in [
        ("scope", "a openid"),
        ("login_hint", "u"),
        ("prompt", "consent"),
        ("max_age", "5"),
        ("acr_values", "x y"),
        ("extra", "1"),
        ("response_mode", "form_post"),
        ("resource", "https://api.example/"),
    ] {
        assert_eq!(parameter(&page, name).as_deref(), Some(value), "{name}");
    }
    assert!(parameter(&page, "nonce").is_some() && parameter(&page, "code_challenge").is_none());
}
