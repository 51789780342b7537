use std::sync::Arc;

use serde::Deserialize;

use super::*;
use crate::settings::{Setting, Settings};

/// When the token of these tests was asked for. Units: seconds since 1970.
const BORN_S: i64 = 1_700_000_000;

fn token_of(name: &str, lifetime_s: i64) -> SharedToken {
    let members = [("access_token", Setting::from(name)), ("expires_in", Setting::Integer(lifetime_s))];
    let members: Settings = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Arc::new(Token::from_settings(members, BORN_S).expect("a token"))
}

/// So long after the birth of the token.
fn at(seconds: f64) -> Moment {
    Moment { unix_ms: BORN_S * 1000 + (seconds * 1000.0) as i64, boot: None }
}

/// So long before the end of one that lives for an hour.
fn left(seconds: f64) -> Moment {
    at(3600.0 - seconds)
}

/// A credential as the machine sees it.
struct Credential {
    token: Option<SharedToken>,
    rejected: bool,
    renewable: bool,
    history: History,
    need: Need,
}

impl Credential {
    fn new() -> Self {
        let history = History::default();
        Self { token: Some(token_of("AT0", 3600)), rejected: false, renewable: true, history, need: Need::default() }
    }

    fn decide(&self, now: Moment) -> String {
        let Self { token, rejected, renewable, history, need } = self;
        let known = Known { token: token.as_ref(), rejected: *rejected, renewable: *renewable, history };
        match decide(&known, need, &now) {
            Decision::HandOut(_) => "hand out".into(),
            Decision::RenewIfFree(_) => "renew if free".into(),
            Decision::RenewElseHandOut(_) => "renew else hand out".into(),
            Decision::RenewOrFail(_) => "renew or fail".into(),
            Decision::Fail(error) => format!("fail with {}", error.message()),
        }
    }

    fn overlay(&self, now: Moment) -> Overlay {
        let Self { token, rejected, renewable, history, .. } = self;
        Known { token: token.as_ref(), rejected: *rejected, renewable: *renewable, history }.overlay(&now)
    }

    fn fails(&mut self, error: Error, now: Moment) {
        let before = self.token.clone().filter(|_| !self.rejected);
        self.history.landed(Err(error), before.as_deref(), self.rejected, &now, 0.5);
    }

    fn brings(&mut self, token: SharedToken, now: Moment) {
        let before = self.token.clone().filter(|_| !self.rejected);
        self.history.landed(Ok(token.clone()), before.as_deref(), self.rejected, &now, 0.5);
        (self.token, self.rejected) = (Some(token), false);
    }

    fn wants(mut self, seconds: u64) -> Self {
        self.need.min_validity = Some(Duration::from_secs(seconds));
        self
    }
}

fn down() -> Error {
    Error::new(Kind::Server, "the server is down")
}

fn refused_client() -> Error {
    Error::new(Kind::Denied, "the client is refused").with_oauth_error("invalid_client")
}

#[test]
fn nothing_is_renewed_or_fails() {
    let mut empty = Credential { token: None, ..Credential::new() };
    assert_eq!(empty.decide(at(0.0)), "renew or fail");
    empty.fails(down(), at(0.0));
    assert_eq!(empty.decide(at(0.5)), "fail with the server is down");
    assert_eq!(empty.decide(at(1.1)), "renew or fail");
    empty.renewable = false;
    assert_eq!(empty.decide(at(0.5)), "renew or fail", "a person may be there");
}

#[test]
fn each_state_has_its_decision() {
    let credential = Credential::new();
    let decisions = [3600.0, 649.0, 648.0, 121.0, 120.0, 30.0, 5.1, 5.0, 0.0, -9.0].map(|s| credential.decide(left(s)));
    let (fresh, stale, urgent, over) = ("hand out", "renew if free", "renew else hand out", "renew or fail");
    assert_eq!(decisions, [fresh, fresh, stale, stale, urgent, urgent, urgent, over, over, over]);
}

#[test]
fn from_fresh_to_stale_to_fresh() {
    let mut credential = Credential::new();
    assert_eq!(credential.decide(left(640.0)), "renew if free");
    let next = Arc::new(Token { requested_at_unix_s: BORN_S + 2960, ..(*token_of("AT1", 3600 + 2960)).clone() });
    credential.brings(next, left(640.0));
    assert_eq!(
        (credential.decide(left(639.0)).as_str(), credential.overlay(left(639.0))),
        ("hand out", Overlay::Sated)
    );
    assert_eq!(credential.overlay(left(629.0)), Overlay::Free, "ten seconds between two");
}

#[test]
fn a_failure_while_stale_is_left_alone_longer_and_longer_and_the_token_is_handed_out() {
    let mut credential = Credential::new();
    let mut now_left = 640.0;
    let mut pauses = Vec::new();
    while now_left > 120.0 {
        assert_eq!(credential.decide(left(now_left)), "renew if free", "{now_left}");
        credential.fails(down(), left(now_left));
        let begun = now_left;
        while credential.overlay(left(now_left)) == Overlay::BackOff {
            assert_eq!(credential.decide(left(now_left)), "hand out");
            now_left -= 0.5;
        }
        pauses.push(begun - now_left);
    }
    assert_eq!(pauses, [15.5, 30.5, 60.5, 120.5, 150.5, 142.5], "never past the start of the urgent time");
    assert_eq!(credential.decide(left(now_left)), "renew else hand out");
}

#[test]
fn a_failure_while_urgent_hands_the_token_out() {
    let (token, need) = (token_of("AT0", 3600), Need::default());
    for seconds in [119.0, 30.0, 6.0] {
        assert!(despite(down(), &token, &need, &left(seconds)).is_ok(), "{seconds}");
    }
    let refused = despite(down(), &token, &need, &left(5.0)).expect_err("too late to arrive");
    assert_eq!((refused.kind(), refused.reason()), (Kind::Server, None));
    let interrupted = Error::new(Kind::Cancelled, "interrupted");
    assert_eq!(despite(interrupted, &token, &need, &left(119.0)).expect_err("interrupted").kind(), Kind::Cancelled);
}

#[test]
fn a_failure_after_the_end_is_everybodys_until_its_pause_is_over() {
    let mut credential = Credential::new();
    let mut now = 3601.0;
    for ceiling in [1.0, 2.0, 4.0, 8.0, 15.0, 15.0] {
        assert_eq!(credential.decide(at(now)), "renew or fail");
        credential.fails(down(), at(now));
        let pause = 1.0 + (ceiling - 1.0) * 0.5;
        assert_eq!(credential.decide(at(now + pause - 0.01)), "fail with the server is down");
        now += pause;
    }
    credential.brings(token_of("AT1", 7200), at(now));
    assert_eq!(credential.decide(at(now)), "hand out", "and a success ends it");
    credential.token = Some(token_of("AT0", 3600));
    credential.fails(down(), at(now));
    assert_eq!(credential.decide(at(now + 0.9)), "fail with the server is down");
    assert_eq!(credential.decide(at(now + 1.0)), "renew or fail", "and the pauses begin anew");
}

#[test]
fn the_pause_that_a_server_asks_for_counts_up_to_an_hour_and_to_the_tokens_end() {
    let asks = |seconds: u64| down().with_retry_after_ms(seconds * 1000);
    let mut credential = Credential::new();
    credential.fails(asks(300), left(640.0));
    assert_eq!((credential.overlay(left(341.0)), credential.overlay(left(340.0))), (Overlay::BackOff, Overlay::Free));
    credential.fails(asks(300), left(60.0));
    assert_eq!(
        (credential.decide(left(6.0)), credential.decide(left(0.0))),
        ("hand out".into(), "renew or fail".into())
    );
    let mut empty = Credential { token: None, ..Credential::new() };
    empty.fails(asks(86_400), at(0.0));
    assert_eq!((empty.overlay(at(3599.0)), empty.overlay(at(3600.0))), (Overlay::BackOff, Overlay::Free));
}

#[test]
fn who_wants_more_than_is_left_is_refused_and_told_how_much_that_is() {
    let mut credential = Credential::new().wants(900);
    assert_eq!(
        (credential.decide(left(901.0)), credential.decide(left(900.0))),
        ("hand out".into(), "renew or fail".into())
    );
    let token = credential.token.clone().expect("a token");
    let refusal = despite(down(), &token, &credential.need, &left(600.0)).expect_err("too short");
    assert_eq!((refusal.kind(), refusal.reason()), (Kind::Server, Some(Reason::TokenTooShort)));
    assert!(refusal.hint().contains("600 s"), "{}", refusal.hint());
    credential.fails(down(), left(600.0));
    assert_eq!(credential.decide(left(599.0)), "fail with the server is down");
    assert_eq!(Credential::new().wants(86_400).decide(left(1801.0)), "hand out", "never more than half a life");
    credential.need = Need::default();
    assert_eq!(credential.decide(left(599.0)), "hand out", "others are served");
}

#[test]
fn a_server_that_gives_nothing_better_is_not_asked_at_every_call() {
    for (next, why) in [(token_of("AT0", 7200), "the same token"), (token_of("AT1", 3601), "no later end")] {
        let mut credential = Credential::new();
        credential.brings(next, left(100.0));
        assert_eq!(credential.overlay(left(71.0)), Overlay::Sated, "{why}");
    }
    let mut credential = Credential::new();
    credential.brings(token_of("AT0", 3600), left(100.0));
    assert_eq!(credential.decide(left(80.0)), "hand out");
    assert_eq!(credential.decide(left(70.0)), "renew else hand out", "half a minute later");
    credential.brings(token_of("AT0", 3600), left(20.0));
    assert_eq!(
        (credential.decide(left(1.0)), credential.decide(left(0.0))),
        ("hand out".into(), "renew or fail".into())
    );
}

#[test]
fn a_refused_token_is_renewed_once_in_ten_seconds_however_fresh() {
    let mut credential = Credential { rejected: true, ..Credential::new() };
    assert_eq!(credential.decide(at(10.0)), "renew or fail");
    credential.fails(down(), at(10.0));
    assert_eq!(credential.decide(at(10.5)), "fail with the server is down", "a refused token is worth nothing");
    credential.brings(token_of("AT1", 7200), at(20.0));
    credential.rejected = true;
    assert_eq!(credential.decide(at(29.9)), "hand out", "the API does not want another token");
    assert_eq!(credential.decide(at(30.0)), "renew or fail");
    credential.brings(token_of("AT2", 7200), at(30.0));
    assert_eq!(credential.decide(at(30.0)), "hand out");
}

#[test]
fn a_dead_grant_leaves_its_token_until_the_end_and_then_a_person() {
    let credential = Credential { renewable: false, ..Credential::new() };
    assert_eq!(credential.overlay(left(600.0)), Overlay::Revoked);
    assert_eq!([600.0, 100.0, 6.0].map(|s| credential.decide(left(s))), ["hand out"; 3]);
    assert_eq!(credential.decide(left(0.0)), "renew or fail");
}

#[test]
fn a_wrong_registration_is_tried_again_after_one_minute_and_then_less_and_less() {
    let mut credential = Credential::new();
    let mut now = 3601.0;
    for pause in [60.0, 120.0, 240.0, 480.0, 600.0, 600.0] {
        credential.fails(refused_client(), at(now));
        assert_eq!(credential.overlay(at(now + pause - 0.1)), Overlay::Misconfigured);
        assert_eq!(credential.decide(at(now + pause - 0.1)), "fail with the client is refused");
        now += pause;
        assert_eq!(credential.overlay(at(now)), Overlay::Free, "{pause}");
    }
    let mut stale = Credential::new();
    stale.fails(refused_client(), left(600.0));
    assert_eq!(stale.decide(left(599.0)), "hand out");
}

#[test]
fn a_store_that_cannot_be_written_is_looked_at_every_half_minute() {
    let unwritable = || Error::new(Kind::Store, "the store is full").with_reason(Reason::StoreUnwritable);
    let mut credential = Credential::new();
    credential.fails(unwritable(), left(100.0));
    assert_eq!((credential.overlay(left(71.0)), credential.decide(left(71.0))), (Overlay::Degraded, "hand out".into()));
    assert_eq!(credential.overlay(left(70.0)), Overlay::Free);
    credential.fails(unwritable(), at(3601.0));
    assert_eq!(credential.decide(at(3602.0)), "fail with the store is full");
}

#[test]
fn a_pause_is_measured_on_the_clock_that_nobody_sets() {
    let on = |wall: f64, boot_s: i64| Moment {
        boot: Some(crate::context::BootTime { boot: 1, ms: boot_s * 1000 }),
        ..at(wall)
    };
    let mut credential = Credential { token: None, ..Credential::new() };
    credential.fails(refused_client(), on(0.0, 100));
    assert_eq!(credential.overlay(on(-86_400.0, 159)), Overlay::Misconfigured);
    assert_eq!(credential.overlay(on(-86_400.0, 160)), Overlay::Free, "a clock that was set back makes nobody wait");
    assert_eq!(credential.overlay(on(86_400.0, 101)), Overlay::Misconfigured);
    credential.fails(refused_client(), at(0.0));
    assert_eq!(credential.overlay(at(-1.0)), Overlay::Free, "without it, rather one request too many");
}

#[test]
fn a_short_life_is_longer_than_its_pause() {
    for lifetime in [1, 2, 5, 12, 20, 60] {
        let mut credential = Credential { token: None, ..Credential::new() };
        credential.brings(token_of("AT1", lifetime), at(0.0));
        assert_eq!(credential.decide(at(0.1)), "hand out", "{lifetime}");
        assert_eq!(credential.decide(at(lifetime as f64)), "renew or fail", "{lifetime}");
        assert_eq!(credential.overlay(at(lifetime as f64 / 2.0)), Overlay::Free, "{lifetime}");
        let wanting = Credential { need: Need { min_validity: Some(Duration::from_secs(3600)) }, ..credential };
        assert_eq!(wanting.decide(at(0.1)), "hand out", "{lifetime}");
    }
}

#[derive(Deserialize)]
struct States {
    cases: Vec<State>,
}

#[derive(Deserialize)]
struct State {
    id: String,
    advisory_s: Option<i64>,
    /// Shape: absent for a token of unknown expiry.
    left_s: Option<f64>,
    #[serde(default)]
    without_token: bool,
    state: String,
}

#[test]
fn states_are_as_the_table_says() {
    let states: States = serde_json::from_value(crate::table::read_from("store", "states.json")).expect("states");
    for case in states.cases {
        let mut token = (*token_of("AT", 3600)).clone();
        if let Some(advisory_s) = case.advisory_s {
            token.windows.advisory_ms = advisory_s * 1000;
            token.fresh_until_unix_ms = token.windows.fresh_until_unix_ms(token.expires_at_unix_s, None);
        }
        if case.left_s.is_none() {
            (token.expires_at_unix_s, token.fresh_until_unix_ms) = (None, i64::MAX);
        }
        let credential =
            Credential { token: Some(Arc::new(token)).filter(|_| !case.without_token), ..Credential::new() };
        let state = match credential.decide(left(case.left_s.unwrap_or(0.0))).as_str() {
            "hand out" => "fresh",
            "renew if free" | "renew else hand out" => "stale",
            _ => "invalid",
        };
        assert_eq!(state, case.state, "{}", case.id);
    }
}
