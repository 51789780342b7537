//! One exchange for all who want the same token at the same time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use serde_json::json;
use tokcore::{Error, Kind, NoInterrupt, Nobody, SharedToken, Token, TokenSource};

use crate::people::Bell;
use crate::world::{Reply, START_UNIX_S, World, request, settings_of};

fn own_token(world: &World, changes: serde_json::Value) -> TokenSource {
    let mut wanted = json!({"grant": "client_credentials"});
    wanted.as_object_mut().expect("an object").extend(changes.as_object().cloned().unwrap_or_default());
    world.client(json!({"client_secret": "s"})).expect("a client").source(request(wanted)).expect("a source")
}

fn all_at_once(callers: usize, source: &TokenSource) -> Vec<(Result<SharedToken, Error>, Duration)> {
    let start = Arc::new(Barrier::new(callers));
    let threads: Vec<_> = (0..callers)
        .map(|_| {
            let (source, start) = (source.clone(), start.clone());
            let caller = move || {
                start.wait();
                let begun = Instant::now();
                (source.token(&Nobody, &NoInterrupt), begun.elapsed())
            };
            std::thread::Builder::new().stack_size(512 * 1024).spawn(caller).expect("a thread")
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
}

fn adopted(world: &World, source: &TokenSource) -> SharedToken {
    let given = json!({"access_token": "AT0", "refresh_token": "RT0", "expires_in": 3600});
    let now = world.context.clock.now_unix_ms() / 1000;
    source.adopt(Token::from_settings(settings_of(given), now).expect("a token"))
}

#[test]
fn any_number_of_callers_makes_one_request() {
    for callers in [1, 8, 64, 1000] {
        let world = World::real();
        world.network.plays(|_| (Duration::from_millis(300), Reply::token("AT1")));
        let outcomes = all_at_once(callers, &own_token(&world, json!({})));
        assert_eq!(world.network.count(), 1, "{callers}");
        let first = outcomes[0].0.as_ref().expect("a token");
        assert!(outcomes.iter().all(|(token, _)| Arc::ptr_eq(token.as_ref().expect("a token"), first)), "{callers}");
    }
}

#[test]
fn a_failure_is_everybodys_and_is_not_repeated_at_once() {
    for (reply, kind, requests) in
        [(Reply::json(400, json!({"error": "invalid_scope"})), Kind::Denied, 1), (Reply::html(200), Kind::Protocol, 1)]
    {
        for callers in [1, 8, 64, 1000] {
            let world = World::real();
            let reply = reply.clone();
            world.network.plays(move |_| (Duration::from_millis(300), reply.clone()));
            let source = own_token(&world, json!({}));
            let outcomes = all_at_once(callers, &source);
            assert_eq!(world.network.count(), requests, "{callers}");
            let first = outcomes[0].0.as_ref().expect_err("a failure");
            assert_eq!(first.kind(), kind);
            for (outcome, _) in &outcomes {
                assert_eq!(outcome.as_ref().expect_err("a failure").to_string(), first.to_string());
            }
            assert_eq!(source.token(&Nobody, &NoInterrupt).expect_err("the same failure").kind(), kind);
            assert_eq!(world.network.count(), requests, "a failure rests for a moment");
        }
    }
}

#[test]
fn who_wants_another_token_does_not_wait() {
    let world = World::real();
    world.network.plays(|seen| {
        let slow = seen.form().get("scope").is_some_and(|scope| scope == "slow");
        (Duration::from_millis(if slow { 3000 } else { 0 }), Reply::token("AT1"))
    });
    let client = world.client(json!({"client_secret": "s"})).expect("a client");
    let of = |scope: &str| {
        client.source(request(json!({"grant": "client_credentials", "scopes": scope}))).expect("a source")
    };
    let slow = of("slow");
    let waiting = std::thread::spawn(move || slow.token(&Nobody, &NoInterrupt));
    std::thread::sleep(Duration::from_millis(100));
    let start = Arc::new(Barrier::new(99));
    let others: Vec<_> = (0..99)
        .map(|number| {
            let (source, start) = (of(&format!("s{number}")), start.clone());
            std::thread::spawn(move || {
                start.wait();
                let begun = Instant::now();
                source.token(&Nobody, &NoInterrupt).expect("a token");
                begun.elapsed()
            })
        })
        .collect();
    let slowest = others.into_iter().map(|other| other.join().expect("no panic")).max().expect("ninety-nine");
    assert!(slowest < Duration::from_millis(2000), "{slowest:?}");
    assert!(!waiting.is_finished());
    waiting.join().expect("no panic").expect("a token");
}

#[test]
fn what_an_interrupted_caller_began_is_finished_and_published() {
    let world = World::real();
    world.network.plays(|_| (Duration::from_millis(500), Reply::token("AT1")));
    let source = own_token(&world, json!({}));
    let bell = Arc::new(Bell::default());
    let ringer = bell.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(150));
        ringer.ring();
    });
    let begun = Instant::now();
    assert_eq!(source.token(&Nobody, &*bell).expect_err("interrupted").kind(), Kind::Cancelled);
    assert!(begun.elapsed() < Duration::from_millis(400), "{:?}", begun.elapsed());
    let token = source.token(&Nobody, &NoInterrupt).expect("what was begun");
    assert_eq!((token.access_token().expose(), world.network.count()), ("AT1", 1));
}

#[test]
fn a_bug_ends_one_exchange_and_nothing_else() {
    let world = World::real();
    let calls = AtomicUsize::new(0);
    world.network.plays(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => (Duration::from_millis(300), Reply::Panic),
        _ => (Duration::ZERO, Reply::token("AT1")),
    });
    let source = own_token(&world, json!({}));
    for (outcome, _) in all_at_once(8, &source) {
        assert_eq!(outcome.expect_err("a bug").kind(), Kind::Internal);
    }
    assert_eq!(world.network.count(), 1);
    assert_eq!(source.token(&Nobody, &NoInterrupt).expect("a token").access_token().expose(), "AT1");
}

#[test]
fn one_caller_renews_a_stale_token_and_the_others_do_not_wait() {
    let world = World::real();
    world.network.plays(|_| (Duration::from_millis(1200), Reply::token("AT1")));
    let source = world.client(json!({})).expect("a client").source(request(json!({}))).expect("a source");
    adopted(&world, &source);
    world.clock.advance_ms(3_100_000);
    let outcomes = all_at_once(16, &source);
    let waited = outcomes.iter().filter(|(_, waited)| *waited > Duration::from_millis(600)).count();
    assert_eq!((waited, world.network.count()), (1, 1));
    let got: Vec<&str> =
        outcomes.iter().map(|(token, _)| token.as_ref().expect("a token").access_token().expose()).collect();
    assert_eq!((got.iter().filter(|at| **at == "AT0").count(), got.iter().filter(|at| **at == "AT1").count()), (15, 1));
}

#[test]
fn two_seconds_are_enough_to_wait_for_a_better_token_and_it_comes_all_the_same() {
    let world = World::real();
    world.network.plays(|_| (Duration::from_millis(2600), Reply::token("AT1")));
    let source = world.client(json!({})).expect("a client").source(request(json!({}))).expect("a source");
    adopted(&world, &source);
    world.clock.advance_ms(3_100_000);
    let begun = Instant::now();
    assert_eq!(source.token(&Nobody, &NoInterrupt).expect("the old one").access_token().expose(), "AT0");
    assert!((1900..2500).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    std::thread::sleep(Duration::from_millis(1000));
    assert_eq!(source.token(&Nobody, &NoInterrupt).expect("the new one").access_token().expose(), "AT1");
    assert_eq!(world.network.count(), 1);
}

#[test]
fn forgetting_ends_what_is_under_way() {
    let world = World::real();
    world.network.plays(|_| (Duration::from_millis(400), Reply::token("AT1")));
    let source = own_token(&world, json!({}));
    let waiting = source.clone();
    let caller = std::thread::spawn(move || waiting.token(&Nobody, &NoInterrupt));
    std::thread::sleep(Duration::from_millis(150));
    source.forget();
    caller.join().expect("no panic").expect("whoever waited gets it");
    assert!(source.current().is_none(), "and nobody keeps it");
}

#[test]
fn only_the_token_that_was_refused_is_rejected() {
    let world = World::real();
    let source = own_token(&world, json!({}));
    let (old, new) = (adopted(&world, &source), adopted(&world, &source));
    source.invalidate(&old);
    assert!(source.is_current(&new) && !source.is_current(&old));
    source.invalidate(&new);
    assert!(source.current().is_none() && !source.is_current(&new));
    let stranger = Token::from_settings(settings_of(json!({"access_token": "x"})), START_UNIX_S).expect("a token");
    assert!(!source.is_current(&stranger), "a token of nobody's is not this source's");
}

#[test]
fn the_same_wish_is_the_same_credential_and_another_is_not() {
    let world = World::real();
    let key = |client: serde_json::Value, changes: serde_json::Value| {
        let mut wanted = json!({"grant": "token_exchange", "subject_token": "S1", "subject_token_type": "jwt"});
        wanted.as_object_mut().expect("an object").extend(changes.as_object().cloned().expect("an object"));
        world.client(client).expect("a client").source(request(wanted)).expect("a source").key().to_owned()
    };
    let plain = key(json!({}), json!({}));
    assert_eq!(plain, key(json!({"client_secret": "other"}), json!({"flow": "manual", "min_validity_s": 60})));
    assert_eq!(key(json!({}), json!({"scopes": "a b"})), key(json!({}), json!({"scopes": ["b", "a", "a"]})));
    let others = [
        key(json!({}), json!({"subject_token": "S2"})),
        key(json!({}), json!({"actor_token": "A", "actor_token_type": "jwt"})),
        key(json!({}), json!({"subject_token": null, "subject_token_file": "/run/token"})),
        key(json!({}), json!({"subject": "alice"})),
        key(json!({}), json!({"login_hint": "alice", "subject_token": null, "grant": "authorization_code"})),
        key(json!({}), json!({"token_params": {"audience": "x"}})),
        key(json!({}), json!({"claims": {"scope": "x"}})),
        key(json!({}), json!({"requested_token_type": "jwt"})),
        key(json!({}), json!({"cache_key": "x"})),
        key(json!({}), json!({"scopes": "a"})),
        key(json!({}), json!({"resource": "https://a.example/"})),
        key(json!({}), json!({"audience": "https://a.example/"})),
        key(json!({"partition": "alice"}), json!({})),
        key(json!({"partition": "bob"}), json!({})),
        key(json!({"client_id": "c2"}), json!({})),
        key(json!({"dpop": true}), json!({})),
    ];
    let mut all: Vec<&String> = others.iter().chain([&plain]).collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}
