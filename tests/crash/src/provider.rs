//! An authorization server that keeps a record of every refresh token that it is shown.
//!
//! Each case has a grant of its own, which is named in its tokens: `rt-<case>-<number>-<canary>`. Source of the policies:
//! specs/reliability.md §3.4.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::http;

/// In every token; must be nowhere but in tokens.
pub const CANARY: &str = "c4n4ryOfCrash";
/// Lifetime of an access token. Units: seconds.
pub const LIFETIME_S: i64 = 3600;
/// For how long `grace` accepts the token before the newest. Units: seconds.
pub const GRACE_S: i64 = 30;

/// What becomes of a refresh token that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// It stays.
    Static,
    /// A new one comes, and all of them are good.
    Keep,
    /// A new one comes, and the one before is good for a moment.
    Grace,
    /// A new one comes, and using an older one ends the grant, its access tokens included.
    Strict,
}

pub const POLICIES: [Policy; 4] = [Policy::Static, Policy::Keep, Policy::Grace, Policy::Strict];

impl Policy {
    pub fn name(self) -> &'static str {
        match self {
            Policy::Static => "static",
            Policy::Keep => "keep",
            Policy::Grace => "grace",
            Policy::Strict => "strict",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        POLICIES.into_iter().find(|policy| policy.name() == name)
    }

    /// As a profile says it.
    pub fn dialect(self) -> Value {
        match self {
            Policy::Grace => json!({ "grace": GRACE_S }),
            policy => json!(policy.name()),
        }
    }

    /// Whether a lost answer costs something, so that exchanges are written down.
    pub fn is_risky(self) -> bool {
        matches!(self, Policy::Grace | Policy::Strict)
    }
}

/// What became of one presentation of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The newest token, for the first time where that matters.
    Fresh,
    /// An older one, and that is fine.
    Again,
    /// An older one, and the grant is over now; or it was before.
    Refused,
}

/// One grant.
struct Family {
    policy: Policy,
    /// When each refresh token was replaced. Units: milliseconds of this grant's own clock.
    replaced: Vec<Option<i64>>,
    /// How many access tokens were given.
    given: usize,
    is_dead: bool,
    /// How far this grant's clock is ahead. Units: milliseconds.
    ahead_ms: i64,
    /// Whether answers are held back: the exchange is carried out, and nobody learns of it.
    is_mute: bool,
    seen: Vec<Verdict>,
}

/// The server. Answers until the process ends.
pub struct Provider {
    address: SocketAddr,
    families: Mutex<HashMap<String, Family>>,
}

impl Provider {
    pub fn start() -> io::Result<Arc<Self>> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let provider = Arc::new(Self { address: listener.local_addr()?, families: Mutex::default() });
        let serving = provider.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let provider = serving.clone();
                // A client that was killed in the middle of a request is part of the plan.
                thread::spawn(move || drop(provider.answer(stream)));
            }
        });
        Ok(provider)
    }

    pub fn token_endpoint(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// A new grant: its first refresh token and access token.
    pub fn grant(&self, case: &str, policy: Policy) -> (String, String) {
        let family = Family {
            policy,
            replaced: vec![None],
            given: 1,
            is_dead: false,
            ahead_ms: 0,
            is_mute: false,
            seen: Vec::new(),
        };
        self.families().insert(case.to_owned(), family);
        (refresh_token(case, 0), access_token(case, 0))
    }

    /// Starts the grant anew; `renewed`: its first refresh token has been used, and nobody has the next.
    pub fn rewind(&self, case: &str, policy: Policy, renewed: bool) {
        self.grant(case, policy);
        if renewed {
            self.with(case, |family| family.shown(case, 0));
        }
    }

    /// Sets the clock of one grant. Units: seconds ahead.
    pub fn set_ahead(&self, case: &str, seconds: i64) {
        self.with(case, |family| family.ahead_ms = seconds * 1000);
    }

    /// Whether answers are held back from now on.
    pub fn set_mute(&self, case: &str, is_mute: bool) {
        self.with(case, |family| family.is_mute = is_mute);
    }

    /// What became of the refresh tokens that were shown so far.
    pub fn seen(&self, case: &str) -> Vec<Verdict> {
        self.with(case, |family| family.seen.clone())
    }

    /// Whether the grant, and with it its access tokens, is good.
    pub fn is_alive(&self, case: &str) -> bool {
        self.with(case, |family| !family.is_dead)
    }

    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let Some(form) = http::form(&mut stream)? else { return Ok(()) };
        let shown = form.get("refresh_token").and_then(|token| parse(token));
        let Some((case, number)) = shown else {
            return http::reply(&mut stream, 400, &json!({"error": "invalid_request"}));
        };
        let (status, body) = self.with(case, |family| family.shown(case, number));
        while self.with(case, |family| family.is_mute) {
            thread::sleep(Duration::from_millis(5));
        }
        http::reply(&mut stream, status, &body)
    }

    fn with<T>(&self, case: &str, change: impl FnOnce(&mut Family) -> T) -> T {
        change(self.families().get_mut(case).expect("the case has a grant"))
    }

    fn families(&self) -> MutexGuard<'_, HashMap<String, Family>> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Family {
    fn shown(&mut self, case: &str, number: usize) -> (u16, Value) {
        let verdict = self.judge(number);
        self.seen.push(verdict);
        if verdict == Verdict::Refused {
            self.is_dead = true;
            return (400, json!({"error": "invalid_grant"}));
        }
        if self.policy != Policy::Static {
            let now = self.now_ms();
            if let Some(newest) = self.replaced.last_mut() {
                *newest = Some(now);
            }
            self.replaced.push(None);
        }
        self.given += 1;
        let body = json!({
            "access_token": access_token(case, self.given - 1),
            "refresh_token": refresh_token(case, self.replaced.len() - 1),
            "token_type": "Bearer",
            "expires_in": LIFETIME_S,
        });
        (200, body)
    }

    fn judge(&self, number: usize) -> Verdict {
        let newest = self.replaced.len() - 1;
        let since_ms = self.replaced.get(number).copied().flatten().map(|then| self.now_ms() - then);
        match self.policy {
            _ if self.is_dead || number > newest => Verdict::Refused,
            _ if number == newest => Verdict::Fresh,
            Policy::Static | Policy::Keep => Verdict::Again,
            Policy::Grace if number + 1 == newest && since_ms <= Some(GRACE_S * 1000) => Verdict::Again,
            Policy::Grace | Policy::Strict => Verdict::Refused,
        }
    }

    fn now_ms(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64);
        now + self.ahead_ms
    }
}

fn refresh_token(case: &str, number: usize) -> String {
    format!("rt-{case}-{number}-{CANARY}")
}

fn access_token(case: &str, number: usize) -> String {
    format!("at-{case}-{number}-{CANARY}")
}

/// Case and number of a token.
pub fn parse(token: &str) -> Option<(&str, usize)> {
    let mut parts = token.split('-').skip(1);
    Some((parts.next()?, parts.next()?.parse().ok()?))
}
