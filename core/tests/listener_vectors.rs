//! Runs `tests/vectors/oauth/listener.json` against the loopback listener, through real sockets, and `code_source.json`
//! against hosted polling.

#![allow(clippy::disallowed_methods, reason = "the tables are files")]

mod alone;
#[path = "listener/code_source.rs"]
mod code_source;
#[path = "listener/harness.rs"]
mod harness;
#[path = "listener/life.rs"]
mod life;
#[path = "listener/log.rs"]
mod log;
#[path = "listener/stress.rs"]
mod stress;
mod table;

use std::collections::BTreeMap;
use std::net::{IpAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use harness::{ask, connect, get, hear, local, runtime, status};
use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::flow::Expectation;
use tokcore::flow::loopback::{Bound, Host, ListenOptions, Loopback, Port, Verdict};
use tokcore::oauth::Callback;
use tokcore::{Context, Error, Secret};

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    options: Options,
    /// Whether somebody else has the port already.
    #[serde(default)]
    is_busy: bool,
    #[serde(default)]
    exchanges: Vec<Exchange>,
    outcome: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    host: Option<String>,
    path: Option<String>,
    form_post: bool,
    issuer: Option<String>,
    issuer_promised: bool,
    timeout_ms: Option<u64>,
    request_timeout_ms: Option<u64>,
}

#[derive(Clone, Deserialize)]
struct Exchange {
    /// Target of a plain GET, or
    get: Option<String>,
    /// the whole request: lines without their ends, and a body; or
    lines: Option<Vec<String>>,
    #[serde(default)]
    body: String,
    /// the bytes, in hexadecimal.
    hex: Option<String>,
    #[serde(default)]
    fill: usize,
    #[serde(default = "once")]
    repeat: usize,
    via: Option<IpAddr>,
    /// Whether the reply comes only when the sign-in has ended.
    #[serde(default)]
    is_held: bool,
    expect: Expect,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Expect {
    status: Option<u16>,
    one_of: Vec<u16>,
    is_closed: bool,
    within_ms: Option<u64>,
    contains: Vec<String>,
    lacks: Vec<String>,
    headers: BTreeMap<String, String>,
    is_empty: bool,
}

fn once() -> usize {
    1
}

#[test]
fn listener() {
    table::each_of(&table::read("listener.json"), run);
}

fn run(case: Case) -> Result<(), String> {
    let has_ipv6 = TcpListener::bind("[::1]:0").is_ok();
    if !has_ipv6 && case.exchanges.iter().any(|exchange| exchange.via.is_some_and(|via| via.is_ipv6())) {
        eprintln!("skipped: this machine has no IPv6");
        return Ok(());
    }
    let squatter = case.is_busy.then(|| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    let bound = match Bound::bind(listen_options(&case, squatter.as_ref()), &Context::os()) {
        Ok(bound) => bound,
        Err(error) => return same(&told(Err(error)), &case.outcome),
    };
    let loopback = bound.wait_for(Expectation {
        issuer: case.options.issuer.clone(),
        issuer_promised: case.options.issuer_promised,
        ..Expectation::of_state(Secret::new("S"))
    });
    converse(loopback, case)
}

fn listen_options(case: &Case, squatter: Option<&TcpListener>) -> ListenOptions {
    let mut options = ListenOptions {
        host: match case.options.host.as_deref() {
            Some("localhost") => Host::Localhost,
            Some(address) => Host::Address(address.parse().expect("an address")),
            None => Host::Address(local()),
        },
        form_post: case.options.form_post,
        provider_origin: Some("https://as.example".into()),
        ..ListenOptions::default()
    };
    if let Some(path) = &case.options.path {
        options.path.clone_from(path);
    }
    if let Some(timeout) = case.options.timeout_ms {
        options.timeout = Duration::from_millis(timeout);
    }
    if let Some(timeout) = case.options.request_timeout_ms {
        options.request_timeout = Duration::from_millis(timeout);
    }
    if let Some(squatter) = squatter {
        options.port = Port::OneOf(vec![squatter.local_addr().expect("an address").port()]);
    }
    options
}

/// Plays the clients in a thread and the program in this one.
fn converse(mut loopback: Loopback, case: Case) -> Result<(), String> {
    let port = loopback.port();
    let has_ended = Arc::new(AtomicBool::new(false));
    let (done, all_asked) = tokio::sync::oneshot::channel();
    let (problems, heard) = mpsc::channel();
    let waits = case.outcome == json!("waiting");
    let path = case.options.path.clone().unwrap_or_else(|| "/".into());
    let clients = std::thread::spawn({
        let has_ended = has_ended.clone();
        move || {
            let mut held = Vec::new();
            for exchange in &case.exchanges {
                let (request, via) = (exchange.request(port), exchange.via.unwrap_or_else(local));
                for _ in 0..exchange.repeat {
                    let begun = Instant::now();
                    if exchange.is_held {
                        let mut stream = connect(via, port);
                        std::io::Write::write_all(&mut stream, &request).expect("the listener listens");
                        while !has_ended.load(Ordering::Acquire) && begun.elapsed() < harness::PATIENCE {
                            std::thread::sleep(Duration::from_millis(5));
                        }
                        held.push((stream, exchange.expect.clone()));
                    } else {
                        let reply = ask(via, port, &request);
                        exchange
                            .expect
                            .check(&reply, begun.elapsed())
                            .unwrap_or_else(|it| problems.send(it).expect("open"));
                    }
                }
            }
            // Whatever else came: the real answer still gets through.
            if waits {
                let mut stream = connect(local(), port);
                let request = get(port, &format!("{path}?code=honest&state=S"));
                std::io::Write::write_all(&mut stream, &request).expect("the listener listens");
                held.push((stream, Expect { status: Some(200), ..Expect::default() }));
            }
            let _ = done.send(());
            for (stream, expect) in held {
                expect.check(&hear(stream), Duration::ZERO).unwrap_or_else(|it| problems.send(it).expect("open"));
            }
        }
    });
    let outcome = runtime().block_on(async {
        let outcome = tokio::time::timeout(harness::PATIENCE, loopback.accept()).await;
        has_ended.store(true, Ordering::Release);
        let _ = loopback.accompany(all_asked).await;
        loopback.finish(Verdict::Succeeded).await;
        outcome
    });
    clients.join().map_err(|_| "a client panicked")?;
    if let Some(problem) = heard.try_iter().next() {
        return Err(problem);
    }
    let got = told(outcome.map_err(|_| "the listener still waits")?);
    same(&got, &if waits { json!({ "code": "honest" }) } else { case.outcome })
}

/// What the wait gave, as the table writes it.
fn told(outcome: Result<Callback, Error>) -> Value {
    match outcome.and_then(|callback| callback.outcome.into_code()) {
        Ok((code, _)) => json!({ "code": code.expose() }),
        Err(error) => match error.reason() {
            Some(reason) => json!({ "reason": reason.slug() }),
            None => json!({ "kind": error.kind().slug(), "message": error.message() }),
        },
    }
}

fn same(got: &Value, expected: &Value) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("got {got}, expected {expected}")) }
}

impl Exchange {
    fn request(&self, port: u16) -> Vec<u8> {
        let port_text = port.to_string();
        let request = match (&self.get, &self.lines, &self.hex) {
            (Some(target), ..) => get(port, target),
            (_, Some(lines), _) => {
                let head: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
                format!("{head}\r\n{}", self.body).replace("${port}", &port_text).into_bytes()
            }
            (_, _, hex) => hex.iter().flat_map(|hex| unhex(hex)).collect(),
        };
        match request.iter().position(|byte| *byte == b'~').filter(|_| self.fill > 0) {
            Some(at) => [&request[..at], &vec![b'a'; self.fill], &request[at + 1..]].concat(),
            None => request,
        }
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("hexadecimal"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}

impl Expect {
    fn check(&self, reply: &str, took: Duration) -> Result<(), String> {
        let (head, body) = reply.split_once("\r\n\r\n").unwrap_or((reply, ""));
        let status = status(reply);
        let header = |name: &str| {
            let fields = head.lines().filter_map(|line| line.split_once(": "));
            fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
        };
        let missing = self.contains.iter().find(|text| !body.contains(text.as_str()));
        let leaked = self.lacks.iter().find(|text| reply.contains(text.as_str()));
        let differs = self.headers.iter().find(|(name, value)| header(name) != Some(value.as_str()));
        let problem = match () {
            () if self.is_closed && !reply.is_empty() => "expected silence".into(),
            () if self.status.is_some() && status != self.status => format!("expected status {:?}", self.status),
            () if !self.one_of.is_empty() && !status.is_some_and(|status| self.one_of.contains(&status)) => {
                format!("expected a status of {:?}", self.one_of)
            }
            () if self.is_empty && !body.is_empty() => "expected no body".into(),
            () if self.within_ms.is_some_and(|limit| took > Duration::from_millis(limit)) => format!("took {took:?}"),
            () if let Some(text) = missing => format!("the page lacks {text}"),
            () if let Some(text) = leaked => format!("the reply has {text}"),
            () if let Some((name, value)) = differs => format!("expected {name}: {value}"),
            () if status.is_some_and(|status| status != 400 || !body.is_empty()) => return self.check_manners(header),
            () => return Ok(()),
        };
        Err(format!("{problem}; the reply was {reply:?}"))
    }

    /// What every reply of ours has.
    fn check_manners<'a>(&self, header: impl Fn(&str) -> Option<&'a str>) -> Result<(), String> {
        let expected = [("cache-control", "no-store"), ("connection", "close"), ("referrer-policy", "no-referrer")];
        match expected.iter().find(|(name, value)| header(name) != Some(value)) {
            Some((name, value)) if !self.one_of.contains(&431) => Err(format!("no {name}: {value}")),
            _ if header("set-cookie").is_some() => Err("a cookie".into()),
            _ => Ok(()),
        }
    }
}
