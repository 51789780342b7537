use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::task::{JoinSet, yield_now};

use super::*;
use crate::cache::flight::Turn;
use crate::engine::{self, NoInterrupt};
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;
use crate::settings::{Setting, Settings};

const NOW: Moment = Moment { unix_ms: 1_700_000_000_000, boot: None };

fn token(name: &str) -> Token {
    let members = [("access_token", Setting::from(name)), ("expires_in", Setting::Integer(3600))];
    let members: Settings = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Token::from_settings(members, NOW.unix_ms / 1000).expect("a token")
}

/// A caller without a token, and the renewal that it would begin.
async fn wants(
    slot: Arc<Slot>,
    wish: Wish,
    renewal: impl Future<Output = Result<Token, Error>> + Send + 'static,
) -> Result<SharedToken, Error> {
    match slot.turn(wish).await {
        Turn::Landed(outcome) => outcome,
        Turn::Yours(flight) => flight.complete(|| NOW, 0.5, renewal).await,
    }
}

/// What `exchange` brings, unless it has not brought anything after so many polls: then it is dropped where it waits.
async fn dropped_after<T>(polls: usize, exchange: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut exchange = pin!(exchange);
    let mut polled = 0;
    poll_fn(|context| {
        polled += 1;
        match polled > polls {
            true => Poll::Ready(Err(Error::new(Kind::Cancelled, "dropped"))),
            false => exchange.as_mut().poll(context),
        }
    })
    .await
}

fn opened(slot: &Slot, token: &Token, now: &Moment) -> bool {
    slot.look_again(token, now);
    slot.is_current(token, &Need::default(), now.unix_ms)
}

#[test]
fn ten_thousand_tasks_make_one_request_and_share_what_it_brings() {
    for fails in [false, true] {
        let (slot, begun) = (Arc::new(Slot::default()), Arc::new(AtomicUsize::new(0)));
        let outcomes = engine::run(
            async {
                let mut tasks = JoinSet::new();
                for _ in 0..10_000 {
                    let begun = begun.clone();
                    tasks.spawn(wants(slot.clone(), slot.wish(None), async move {
                        begun.fetch_add(1, Ordering::SeqCst);
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        if fails { Err(Error::new(Kind::Server, "down")) } else { Ok(token("AT1")) }
                    }));
                }
                Ok(tasks.join_all().await)
            },
            &NoInterrupt,
        )
        .expect("outcomes");
        assert_eq!((outcomes.len(), begun.load(Ordering::SeqCst)), (10_000, 1), "fails: {fails}");
        for outcome in outcomes {
            match outcome {
                Ok(token) => assert!(!fails && slot.is_accepted(&token)),
                Err(error) => assert!(fails && error.message() == "down"),
            }
        }
    }
}

#[test]
fn whoever_flies_may_be_dropped_wherever_it_waits() {
    const STEPS: usize = 6;
    for polls in 0..STEPS + 4 {
        let (slot, begun) = (Arc::new(Slot::default()), Arc::new(AtomicUsize::new(0)));
        let counting = begun.clone();
        let renewal = move |name: &'static str| async move {
            counting.fetch_add(1, Ordering::SeqCst);
            for _ in 0..STEPS {
                yield_now().await;
            }
            Ok(token(name))
        };
        let wish = slot.wish(None);
        let first = engine::run(dropped_after(polls, wants(slot.clone(), wish, renewal.clone()("AT1"))), &NoInterrupt);
        let begun_by_the_first = begun.load(Ordering::SeqCst);
        let second = engine::run(wants(slot.clone(), wish, renewal("AT2")), &NoInterrupt).expect("a token");
        let name = if polls == 0 { "AT2" } else { "AT1" };
        assert_eq!(second.access_token().expose(), name, "{polls} polls; the first got {first:?}");
        assert_eq!(begun.load(Ordering::SeqCst), 1, "{polls} polls; {begun_by_the_first} before");
        assert!(slot.is_accepted(&second));
    }
}

#[test]
fn whoever_waits_may_be_dropped_and_nobody_notices() {
    let slot = Arc::new(Slot::default());
    let wish = slot.wish(None);
    let outcome = engine::run(
        async {
            let flying = wants(slot.clone(), wish, async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok(token("AT1"))
            });
            let never = || async { unreachable!("one request for all") };
            let dropped = dropped_after(1, wants(slot.clone(), wish, never()));
            let waiting = wants(slot.clone(), wish, never());
            let (flew, dropped, waited) = tokio::join!(flying, dropped, waiting);
            assert_eq!(dropped.expect_err("dropped").kind(), Kind::Cancelled);
            assert!(Arc::ptr_eq(&flew?, waited.as_ref().expect("a token")));
            waited
        },
        &NoInterrupt,
    );
    assert_eq!(outcome.expect("a token").access_token().expose(), "AT1");
}

#[test]
fn what_was_asked_for_before_an_api_refused_it_is_not_handed_out() {
    let slot = Arc::new(Slot::default());
    let held = slot.publish(token("AT0"));
    let outcome = engine::run(
        async {
            let Turn::Yours(flight) = slot.turn(slot.wish(Some(&held))).await else { panic!("nobody else flies") };
            assert!(slot.reject(&held));
            flight.land(Ok(Token { refresh_token: Some(Secret::new("RT1")), ..token("AT0") }), &NOW, 0.5)
        },
        &NoInterrupt,
    );
    assert_eq!(outcome.expect("whoever flew gets it").access_token().expose(), "AT0");
    assert!(slot.accepted().is_none(), "and nobody else");
    assert_eq!(
        slot.newest().expect("kept").refresh_token().expect("one").expose(),
        "RT1",
        "it may be the only one alive"
    );
    let next = engine::run(wants(slot.clone(), slot.wish(None), async { Ok(token("AT0")) }), &NoInterrupt);
    assert!(slot.is_accepted(&next.expect("a token")), "asked for afterwards, the server means it");
}

#[test]
fn another_process_brings_news_and_nothing_that_was_refused() {
    let slot = Slot::default();
    let held = slot.publish(token("AT0"));
    slot.take_over(token("AT0"));
    assert!(slot.is_accepted(&held), "the same is no news");
    slot.reject(&held);
    slot.take_over(Token { refresh_token: Some(Secret::new("RT1")), ..token("AT0") });
    assert!(slot.accepted().is_none());
    slot.take_over(token("AT1"));
    assert_eq!(slot.accepted().expect("news").access_token().expose(), "AT1");
}

#[test]
fn a_window_opens_for_the_token_that_is_handed_out_and_for_no_other() {
    let slot = Slot::default();
    let (first, second) = (slot.publish(token("AT1")), slot.publish(token("AT2")));
    assert!(!slot.is_current(&second, &Need::default(), NOW.unix_ms), "nobody has looked yet");
    assert!(opened(&slot, &second, &NOW) && !opened(&slot, &first, &NOW));
    let is_current = |ms: i64| slot.is_current(&second, &Need::default(), NOW.unix_ms + ms);
    assert_eq!([-1, 0, 29_999, 30_000].map(is_current), [false, true, true, false]);
    assert!(!opened(&slot, &token("AT2"), &NOW), "a token of nobody's");
    slot.publish(token("AT3"));
    assert!(!is_current(0));
}

#[test]
fn nobody_sees_a_token_through_the_window_of_another() {
    let (slot, over) = (Slot::default(), AtomicBool::new(false));
    let short = |name: &str| {
        let mut token = token(name);
        (token.expires_at_unix_s, token.fresh_until_unix_ms) = (Some(NOW.unix_ms / 1000), NOW.unix_ms - 1);
        token
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    if let Some(token) = slot.accepted() {
                        let current = slot.is_current(&token, &Need::default(), NOW.unix_ms);
                        assert!(!current || token.access_token().expose() == "long");
                        slot.look_again(&token, &NOW);
                    }
                }
            });
        }
        for _ in 0..20_000 {
            let long = slot.publish(token("long"));
            slot.look_again(&long, &NOW);
            slot.publish(short("short"));
            assert!(!slot.is_current(&long, &Need::default(), NOW.unix_ms));
        }
        over.store(true, Ordering::Relaxed);
    });
}
