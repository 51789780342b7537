//! What the listener writes to the log, and what it never does.

use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, Mutex};

use tokcore::flow::loopback::{ListenOptions, Verdict};
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use super::harness::{ask, connect, get, hear, listen, local, runtime};

/// Keeps every line that tokcore writes, with all its fields.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tokcore")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().expect("one test").push(line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!("{field}={value:?} "));
    }
}

#[test]
fn a_log_line_never_has_what_the_browser_brought() {
    // A call of the log that another thread makes first, without a subscriber, may be switched off for all.
    if !crate::alone::is_alone("log::a_log_line_never_has_what_the_browser_brought") {
        return;
    }
    let lines = Lines::default();
    let mut loopback = listen(ListenOptions::default()).expect("a free port");
    let port = loopback.port();
    let client = std::thread::spawn(move || {
        ask(local(), port, &get(port, "/canary-path?code=canary-code&state=canary-state"));
        ask(local(), port, &get(port, "/?code=canary-code&state=canary-state"));
        let mut stream = connect(local(), port);
        stream.write_all(&get(port, "/?code=canary-code&state=S")).expect("the listener listens");
        hear(stream)
    });
    tracing::subscriber::with_default(lines.clone(), || {
        runtime().block_on(async {
            loopback.accept().await.expect("the answer");
            loopback.finish(Verdict::Received).await;
        });
    });
    client.join().expect("the client ends");
    let lines = lines.0.lock().expect("the test is over");
    assert!(lines.iter().any(|line| line.contains("state_mismatch")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("canary")), "{lines:?}");
}
