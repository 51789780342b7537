//! Whatever else reaches the port, the real answer gets through.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tokcore::flow::loopback::{ListenOptions, Loopback, Verdict};
use tokcore::oauth::Outcome;

use super::harness::{ask, connect, get, hear, listen, local, runtime, status};

/// Runs `besiege` against a listener, then sends the answer; gives how long that took to be accepted.
fn survives(besiege: impl FnOnce(u16) -> Vec<TcpStream> + Send + 'static) -> Duration {
    let mut loopback = listen(ListenOptions::default()).expect("a free port");
    let port = loopback.port();
    let client = std::thread::spawn(move || {
        let held = besiege(port);
        let begun = Instant::now();
        let reply = ask(local(), port, &get(port, "/?code=abc&state=S"));
        drop(held);
        (status(&reply), begun.elapsed())
    });
    runtime().block_on(async {
        let outcome = loopback.accept().await.expect("the answer").outcome;
        assert!(matches!(outcome, Outcome::Code { code, .. } if code.expose() == "abc"));
        loopback.finish(Verdict::Received).await;
    });
    let (status, took) = client.join().expect("the client ends");
    assert_eq!(status, Some(200));
    took
}

#[test]
fn a_port_scanner_disturbs_nobody() {
    survives(|port| {
        for _ in 0..200 {
            drop(connect(local(), port));
        }
        Vec::new()
    });
}

#[test]
fn a_thousand_garbage_connections_disturb_nobody() {
    survives(|port| {
        let garbage: [&[u8]; 4] =
            [b"\x00\xff\x13\x37", b"GET / HTTP/9\r\n\r\n", b"\x16\x03\x01", b"HELO there\r\n\r\n"];
        for round in 0..1000 {
            let mut stream = connect(local(), port);
            let _ = stream.write_all(garbage[round % garbage.len()]);
        }
        Vec::new()
    });
}

#[test]
fn three_hundred_curious_requests_disturb_nobody() {
    survives(|port| {
        let replies: Vec<_> = (0..300).map(|_| status(&ask(local(), port, &get(port, "/")))).collect();
        assert_eq!((replies[0], replies[299]), (Some(200), Some(429)));
        Vec::new()
    });
}

#[test]
fn forty_slow_connections_hold_nobody_up_for_long() {
    let took = survives(|port| {
        let slow = |_| {
            let mut stream = connect(local(), port);
            stream.write_all(b"GET /?code=").expect("the listener listens");
            stream
        };
        (0..40).map(slow).collect()
    });
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_browser_that_insists_on_https_is_noticed() {
    let mut loopback =
        listen(ListenOptions { timeout: Duration::from_secs(1), ..ListenOptions::default() }).expect("a port");
    let port = loopback.port();
    let client = std::thread::spawn(move || {
        for _ in 0..2 {
            assert_eq!(ask(local(), port, b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03"), "");
        }
    });
    let error = runtime().block_on(loopback.accept()).expect_err("nobody comes");
    client.join().expect("the client ends");
    assert!(error.hint().contains("https"), "{error:?}");
    assert_eq!(Loopback::advice(&loopback), Some(error.hint()));
}

#[test]
fn the_page_tells_how_the_exchange_ended() {
    let mut loopback = listen(ListenOptions::default()).expect("a free port");
    let port = loopback.port();
    let client = std::thread::spawn(move || {
        let mut stream = connect(local(), port);
        stream.write_all(&get(port, "/?code=abc&state=S")).expect("the listener listens");
        hear(stream)
    });
    let begun = runtime().block_on(async {
        loopback.accept().await.expect("the answer");
        loopback.accompany(tokio::time::sleep(Duration::from_millis(50))).await;
        let begun = Instant::now();
        loopback.finish(Verdict::Failed("the server said <no>")).await;
        begun
    });
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    let page = client.join().expect("the client ends");
    assert!(page.contains("Sign-in failed") && page.contains("the server said &lt;no&gt;"), "{page}");
}
