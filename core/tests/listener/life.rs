//! How a listener begins, pauses and ends.

use std::io::Write;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use tokcore::flow::loopback::{Bound, Host, ListenOptions, Loopback, Port, Verdict};
use tokcore::oauth::Outcome;
use tokcore::{Context, Kind, Reason};

use super::harness::{ask, connect, get, hear, listen, local, runtime, status};

/// One step of a program with an event loop of its own.
const STEP: Duration = Duration::from_millis(20);

fn is_open(port: u16) -> bool {
    let both = [local(), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    both.iter()
        .any(|address| TcpStream::connect_timeout(&SocketAddr::new(*address, port), Duration::from_secs(1)).is_ok())
}

/// Drives the listener for one step; the answer, if it came.
fn step(runtime: &tokio::runtime::Runtime, loopback: &mut Loopback) -> Option<String> {
    let answer = runtime.block_on(async { tokio::time::timeout(STEP, loopback.accept()).await }).ok()?;
    match answer.expect("an answer").outcome {
        Outcome::Code { code, .. } => Some(code.expose().to_owned()),
        Outcome::Refused { error, .. } => Some(error),
    }
}

#[test]
fn dropping_it_closes_the_sockets_wherever_it_was() {
    let runtime = runtime();
    let unasked = Bound::bind(ListenOptions::default(), &Context::os()).expect("a free port");
    let port = unasked.port();
    assert!(is_open(port));
    drop(unasked);
    assert!(!is_open(port));

    // Before the first step, between two steps, and with a request half read, answered and held.
    for (steps, request) in
        [(0, ""), (1, ""), (2, "GET /?co"), (2, "GET /?code=abc&state=S HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n")]
    {
        let mut loopback = listen(ListenOptions::default()).expect("a free port");
        let port = loopback.port();
        let mut client = connect(local(), port);
        client.write_all(request.replace("PORT", &port.to_string()).as_bytes()).expect("the listener listens");
        for _ in 0..steps {
            step(&runtime, &mut loopback);
        }
        drop(loopback);
        assert!(!is_open(port), "{steps} {request}");
        assert_eq!(hear(client), "", "{steps} {request}");
    }
}

#[test]
fn dropping_a_wait_in_the_middle_closes_the_sockets() {
    let mut loopback = listen(ListenOptions::default()).expect("a free port");
    let port = loopback.port();
    runtime().block_on(async move {
        let wait = async move { loopback.accept().await };
        assert!(tokio::time::timeout(STEP, wait).await.is_err());
    });
    assert!(!is_open(port));
}

#[test]
fn a_request_in_pieces_survives_the_steps_and_their_pauses() {
    let runtime = runtime();
    let options = ListenOptions { request_timeout: Duration::from_millis(150), ..ListenOptions::default() };
    let mut loopback = listen(options).expect("a free port");
    let port = loopback.port();
    let mut client = connect(local(), port);
    let request = get(port, "/?code=abc&state=S");
    let (first, second) = request.split_at(request.len() / 2);

    client.write_all(first).expect("the listener listens");
    assert_eq!(step(&runtime, &mut loopback), None);
    // Longer than a connection may take: nobody listened, so nobody was late.
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(step(&runtime, &mut loopback), None);
    client.write_all(second).expect("the listener listens");
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(step(&runtime, &mut loopback).as_deref(), Some("abc"));
    // Asked again, it says the same again.
    assert_eq!(step(&runtime, &mut loopback).as_deref(), Some("abc"));

    runtime.block_on(loopback.finish(Verdict::Succeeded));
    assert_eq!(status(&hear(client)), Some(200));
    assert!(!is_open(port));
}

#[test]
fn an_answer_that_came_while_nobody_looked_is_in_time() {
    let runtime = runtime();
    let options = ListenOptions { timeout: Duration::from_millis(100), ..ListenOptions::default() };
    let mut loopback = listen(options).expect("a free port");
    let mut client = connect(local(), loopback.port());
    client.write_all(&get(loopback.port(), "/?code=abc&state=S")).expect("the listener listens");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(step(&runtime, &mut loopback).as_deref(), Some("abc"));
}

#[test]
fn a_late_exchange_leaves_the_browser_with_the_truth_so_far() {
    let mut loopback = listen(ListenOptions::default()).expect("a free port");
    let port = loopback.port();
    let client = std::thread::spawn(move || ask(local(), port, &get(port, "/?code=abc&state=S")));
    runtime().block_on(async {
        loopback.accept().await.expect("the answer");
        // 10 s of patience, without waiting for them: the clock is moved.
        tokio::time::pause();
        loopback.accompany(tokio::time::sleep(Duration::from_secs(11))).await;
        tokio::time::resume();
        loopback.finish(Verdict::Failed("too late to be told")).await;
    });
    let page = client.join().expect("the client ends");
    assert!(page.contains("Sign-in received"), "{page}");
}

#[test]
fn a_taken_port_is_named_with_its_holder_and_never_replaced() {
    let squatter = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = squatter.local_addr().expect("an address").port();
    let options = |ports| ListenOptions { port: Port::OneOf(ports), ..ListenOptions::default() };

    let error = Bound::bind(options(vec![taken]), &Context::os()).expect_err("it is taken");
    assert_eq!((error.kind(), error.reason()), (Kind::ListenerUnavailable, Some(Reason::ListenerUnavailable)));
    assert!(error.message().contains(&format!("localhost:{taken}")), "{error}");
    if cfg!(target_os = "linux") {
        assert!(error.message().contains(&format!("process {}", std::process::id())), "{error}");
    }

    let free = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
    let bound = Bound::bind(options(vec![taken, free]), &Context::os()).expect("the second is free");
    assert_eq!(bound.port(), free);
    let bound = Bound::bind(options(vec![taken, 0]), &Context::os()).expect("0 is any free one");
    assert!(![0, taken].contains(&bound.port()));
}

#[test]
fn localhost_is_both_families_on_one_port() {
    if TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    // A port that is free in one family only is not ours.
    let squatter = TcpListener::bind("[::1]:0").expect("a free port");
    let port = Port::OneOf(vec![squatter.local_addr().expect("an address").port()]);
    let error = Bound::bind(ListenOptions { port: port.clone(), ..ListenOptions::default() }, &Context::os());
    assert_eq!(error.expect_err("half taken").kind(), Kind::ListenerUnavailable);
    let alone = ListenOptions { port, host: Host::Address(local()), ..ListenOptions::default() };
    Bound::bind(alone, &Context::os()).expect("the other family alone is free");
}
