//! Sign-ins that a web application puts away between two requests of its user.

use std::time::Duration;

use serde_json::json;
use tokcore::flow::Flow;
use tokcore::{Error, Kind, NoInterrupt, OAuthClient, Reason, Secret};

use crate::people::answer;
use crate::sign_in::{begin, client, page};
use crate::world::{Reply, World, request};

const KEY: [u8; 32] = [7; 32];

fn open(client: &OAuthClient, sealed: &Secret, key: &[u8; 32], partition: Option<&str>) -> Result<Flow, Error> {
    client.open_sealed(request(json!({})), sealed, key, partition, &NoInterrupt)
}

#[test]
fn what_was_put_away_is_finished_once() {
    let world = World::real();
    world.network.plays(|_| (Duration::ZERO, Reply::token("AT1")));
    let flow = begin(&world);
    let query = answer(&page(&flow), "code=C").query().expect("a query").to_owned();
    let sealed = flow.seal(&KEY, Some("alice")).expect("a seal");
    let redirect = flow.prompt().redirect_uri.clone();
    drop(flow);
    let mut flow = open(&client(&world), &sealed, &KEY, Some("alice")).expect("the sign-in");
    let wrong = flow.respond("code=C&state=other", &NoInterrupt).expect_err("not the answer");
    assert_eq!(wrong.reason(), Some(Reason::StateMismatch));
    assert_eq!(flow.respond(&query, &NoInterrupt).expect("a token").access_token().expose(), "AT1");
    assert_eq!(Some(world.network.seen()[0].form()["redirect_uri"].clone()), redirect);
    let again = open(&client(&world), &sealed, &KEY, Some("alice")).expect_err("used before");
    assert_eq!((again.kind(), again.reason()), (Kind::Protocol, Some(Reason::StateMismatch)));
}

#[test]
fn a_seal_is_for_one_key_one_user_one_client_and_ten_minutes() {
    let world = World::real();
    let sealed = begin(&world).seal(&KEY, Some("alice")).expect("a seal");
    let own = client(&world);
    let other = world.client(json!({"client_id": "c2"})).expect("a client");
    let elsewhere = world.client(json!({"issuer": "https://other.example"})).expect("a client");
    let mut damaged = sealed.expose().to_owned();
    damaged.replace_range(40..41, if &damaged[40..41] == "A" { "B" } else { "A" });
    for (what, outcome) in [
        ("key", open(&own, &sealed, &[8; 32], Some("alice"))),
        ("user", open(&own, &sealed, &KEY, Some("bob"))),
        ("no user", open(&own, &sealed, &KEY, None)),
        ("client", open(&other, &sealed, &KEY, Some("alice"))),
        ("issuer", open(&elsewhere, &sealed, &KEY, Some("alice"))),
        ("damage", open(&own, &Secret::new(damaged), &KEY, Some("alice"))),
        ("nothing", open(&own, &Secret::new(""), &KEY, Some("alice"))),
    ] {
        assert_eq!(outcome.expect_err(what).reason(), Some(Reason::StateMismatch), "{what}");
    }
    world.clock.advance_ms(600_000);
    let late = open(&own, &sealed, &KEY, Some("alice")).expect_err("too late");
    assert!(late.message().contains("ten minutes"), "{late}");
}

#[test]
fn a_seal_shows_nothing_of_what_is_in_it() {
    let world = World::real();
    let flow = begin(&world);
    let state = crate::people::parameter(&page(&flow), "state").expect("a state");
    let sealed = flow.seal(&KEY, None).expect("a seal");
    assert!(!sealed.expose().contains(&state));
    assert_ne!(sealed.expose(), flow.seal(&KEY, None).expect("another").expose());
}
