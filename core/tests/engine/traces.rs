//! A sign-in that is given up at any moment leaves no socket, no thread, no file and no half-written token.

use std::time::{Duration, Instant};

use serde_json::json;
use tokcore::{Interactivity, NoInterrupt, OAuthClient};

use crate::people::{answer, visit};
use crate::sign_in::{begin, page};
use crate::world::{Reply, World, request};

fn count(folder: &str) -> usize {
    std::fs::read_dir(folder).expect("Linux tells").count()
}

/// Threads and open files of this process.
fn held() -> (usize, usize) {
    (count("/proc/self/task"), count("/proc/self/fd"))
}

fn comes_back_to(before: (usize, usize), when: &str) {
    let begun = Instant::now();
    while held() > before {
        assert!(begun.elapsed() < Duration::from_secs(5), "{when}: {:?} threads and files, before {before:?}", held());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn device(world: &World) -> OAuthClient {
    world.client(json!({})).expect("a client")
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_stays_behind() {
    if !super::alone::is_alone("traces::nothing_stays_behind") {
        return;
    }
    let world = World::real();
    let code = json!({"device_code": "D", "user_code": "U", "verification_uri": "https://as.example/d", "interval": 1});
    world.network.plays(move |seen| match seen.endpoint() {
        "device" => (Duration::ZERO, Reply::json(200, code.clone())),
        _ => (Duration::from_millis(400), Reply::token("AT1")),
    });
    // The event loop stays for as long as the process.
    drop(begin(&world));
    let before = held();
    for steps in 0..3 {
        let mut flow = begin(&world);
        for _ in 0..steps {
            flow.step(Duration::from_millis(20), &NoInterrupt).expect("nobody answered");
        }
        drop(flow);
        comes_back_to(before, "while it waited");
    }
    for steps in 0..4 {
        let mut flow = begin(&world);
        let back = answer(&page(&flow), "code=C");
        let browser = std::thread::spawn(move || visit(&back));
        for _ in 0..steps {
            flow.step(Duration::from_millis(60), &NoInterrupt).expect("not yet");
        }
        drop(flow);
        drop(browser.join());
        comes_back_to(before, "while the code was redeemed");
    }
    let mut finished = begin(&world);
    let back = answer(&page(&finished), "code=C");
    let browser = std::thread::spawn(move || visit(&back));
    while let Ok(tokcore::flow::Step::Waiting) = finished.step(Duration::from_millis(50), &NoInterrupt) {}
    drop(browser.join());
    comes_back_to(before, "after its end");
    for wait_ms in [0, 500, 1200] {
        let begun = device(&world).begin(request(json!({"grant": "device_code"})), Interactivity::Yes, &NoInterrupt);
        let mut flow = begun.expect("a flow");
        let _ = flow.step(Duration::from_millis(wait_ms), &NoInterrupt);
        drop(flow);
        comes_back_to(before, "while a device was waited for");
    }
}
