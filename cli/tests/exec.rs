//! `tokcore exec`: what the program finds, what is left afterwards, and how signals and statuses pass.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::{Broker, CANARY, PATIENCE, run};
use tempfile::TempDir;

fn environment(printed: &str) -> BTreeMap<&str, &str> {
    printed.lines().filter_map(|line| line.split_once('=')).collect()
}

#[test]
fn a_program_finds_a_workbench_session() {
    let broker = Broker::start();
    let mut command = broker.command(&["exec", "--", "env"]);
    command.env("RS_SESSION_RPC_COOKIE", "stale").env("RSTUDIO_VERSION", "2025.09.2").env("no_proxy", "intranet");
    let done = run(&mut command);
    assert_eq!((done.status, done.stderr.as_str()), (0, ""), "{done:?}");
    let found = environment(&done.stdout);
    assert_eq!(found["POSIT_PRODUCT"], "WORKBENCH");
    assert_eq!(found["RSTUDIO_VERSION"], "2026.01.0+tokcore");
    assert_eq!(found["no_proxy"], "intranet,127.0.0.1,localhost,::1");
    assert!(found["RS_SERVER_ADDRESS"].starts_with("http://127.0.0.1:") && !found["RS_SERVER_ADDRESS"].ends_with('/'));
    assert!(found["PWB_SESSION_RUNTIME_DIR"].starts_with(broker.path("run").to_str().unwrap()));
    assert!(!found.contains_key("RS_SESSION_RPC_COOKIE"), "a stale cookie breaks R");
}

#[test]
fn flags_change_what_it_finds() {
    let broker = Broker::start();
    let minimal = run(&mut broker.command(&["exec", "--minimal-env", "--", "env"])).stdout;
    assert!(!environment(&minimal).contains_key("POSIT_PRODUCT"), "{minimal}");
    let script = r#"test "$RS_SESSION_RPC_COOKIE" = "$(cat "$PWB_SESSION_RUNTIME_DIR/rpc_cookie")""#;
    assert_eq!(run(&mut broker.command(&["exec", "--cookie-env", "--", "sh", "-c", script])).status, 0);
}

#[test]
fn the_cookie_is_private_one_line_and_gone_afterwards() {
    let broker = Broker::start();
    let script = r#"cd "$PWB_SESSION_RUNTIME_DIR"; pwd; stat -c %a . rpc_cookie; wc -l < rpc_cookie; cat rpc_cookie"#;
    let done = run(&mut broker.command(&["exec", "--", "sh", "-c", script]));
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!(&lines[1..4], ["700", "600", "0"], "{done:?}");
    assert!(!Path::new(lines[0]).exists(), "the runtime directory stays");

    // The session has been ended at the broker, too: the cookie opens nothing any more.
    let address = run(&mut broker.command(&["exec", "--", "printenv", "RS_SERVER_ADDRESS"])).stdout;
    let mut late = support::tokcore(broker.home.path());
    late.env("RS_SERVER_ADDRESS", address.trim()).env("RS_SESSION_RPC_COOKIE", lines[4]);
    let refused = run(late.args(["integrations", "--json"]));
    assert_eq!((refused.status, &refused.error()["kind"]), (3, &"bad_cookie".into()), "{refused:?}");
}

#[test]
fn a_session_answers_all_verbs() {
    let broker = Broker::start();
    let tokcore = env!("CARGO_BIN_EXE_tokcore");
    let inside = |arguments: &[&str]| {
        let words = [&["exec", "--", tokcore], arguments].concat();
        run(&mut broker.command(&words))
    };
    let list = inside(&["integrations", "--json"]).json();
    assert_eq!(list["integrations"][0]["display_name"], "Team Mail");
    let guid = list["integrations"][0]["guid"].as_str().unwrap().to_owned();

    let refused = inside(&["credentials", "name:mail", "--json"]);
    assert_eq!((refused.status, &refused.error()["kind"]), (4, &"not_signed_in".into()), "{refused:?}");
    let page = refused.error()["sign_in_url"].as_str().unwrap().to_owned();
    assert!(page.ends_with(&format!("/credentials/{guid}")), "{page}");
    assert_eq!(inside(&["sign-in-url", "name:mail"]).stdout.trim(), page);
    assert_eq!(inside(&["sign-in-url", &guid]).stdout.trim(), page);

    assert_eq!(inside(&["credentials", "name:nobody"]).status, 6);
    assert_eq!(inside(&["sign-in-url", "name:nobody"]).status, 6);
    assert_eq!(inside(&["identity"]).status, 4);
    assert_ne!(inside(&["azure", "https://storage.azure.com/"]).status, 0);
    let doctor = inside(&["doctor"]);
    assert_eq!(doctor.status, 0, "{doctor:?}");
    assert!(doctor.stdout.contains("X06") && doctor.stdout.contains("integrations: 1, signed in to: 0"), "{doctor:?}");
}

#[test]
fn without_a_session_the_socket_is_enough() {
    let broker = Broker::start();
    let list = run(&mut broker.command(&["integrations", "--json"]));
    assert_eq!(list.json()["integrations"][0]["name"], "mail", "{list:?}");
    let doctor = run(&mut broker.command(&["doctor", "--json"])).json();
    assert_eq!((&doctor["backend"], &doctor["subject"]), (&"broker".into(), &"peer_user".into()), "{doctor}");
}

#[test]
fn the_status_is_the_programs() {
    let broker = Broker::start();
    let status = |words: &[&str]| run(&mut broker.command(&[&["exec", "--"], words].concat())).status;
    assert_eq!(status(&["sh", "-c", "exit 7"]), 7);
    assert_eq!(status(&["sh", "-c", "kill -9 $$"]), 137);
    assert_eq!(status(&["/nowhere/program"]), 127);
    assert_eq!(status(&["/etc/passwd"]), 126);
    assert_eq!(leftovers(&broker), 0);
}

#[test]
fn no_broker_is_status_125() {
    let home = TempDir::new().unwrap();
    let failed = run(support::tokcore(home.path()).args(["exec", "--socket", "/nowhere/broker.sock", "--", "true"]));
    assert_eq!(failed.status, 125, "{failed:?}");
    assert!(failed.stderr.contains("no broker answers at /nowhere/broker.sock"), "{failed:?}");
    assert!(failed.stderr.contains("next: "), "{failed:?}");
}

#[test]
fn only_root_acts_for_somebody_else() {
    let broker = Broker::start();
    let somebody = run(&mut broker.command(&["exec", "--user", "4242", "--", "true"]));
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    assert_eq!(somebody.status, if is_root { 0 } else { 125 }, "{somebody:?}");
}

#[test]
fn a_signal_reaches_the_program_and_everything_is_cleaned_up() {
    let broker = Broker::start();
    let ready = broker.path("ready");
    let script = format!("trap 'exit 42' TERM; touch '{}'; while :; do sleep 0.05; done", ready.display());
    let mut child = broker.command(&["exec", "--", "sh", "-c", &script]).stdin(Stdio::null()).spawn().unwrap();
    wait_for(|| ready.exists());
    assert_eq!(leftovers(&broker), 1);
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(42));
    assert_eq!(leftovers(&broker), 0);
}

#[test]
fn the_cookie_is_rewritten_at_half_time_also_across_a_crash_of_the_broker() {
    let home = TempDir::new().unwrap();
    support::write_private(&home.path().join("oauth-clients.conf"), support::CONF);
    let flags = ["--cookie-ttl", "4s"];
    let mut broker = Broker::start_with(home, &flags);
    let stop = broker.path("stop");
    let script = format!("while ! [ -e '{}' ]; do sleep 0.05; done", stop.display());
    let mut child = broker.command(&["exec", "--", "sh", "-c", &script]).stdin(Stdio::null()).spawn().unwrap();
    let mut file = None;
    wait_for(|| {
        file = sessions(&broker).pop().map(|directory| directory.join("rpc_cookie")).filter(|file| file.exists());
        file.is_some()
    });
    let file = file.unwrap();
    let read = || std::fs::read_to_string(&file).unwrap();
    let first = read();
    wait_for(|| read() != first);
    broker.crash_and_restart();
    let second = read();
    wait_for(|| read() != second);
    std::fs::write(&stop, "").unwrap();
    assert!(child.wait().unwrap().success());
    broker.signal("-TERM");
    assert_eq!(broker.wait(), 0);
}

#[test]
fn a_login_link_is_printed_alone() {
    let broker = Broker::start();
    let link = run(&mut broker.command(&["login"]));
    assert_eq!((link.status, link.stdout.lines().count()), (0, 1), "{link:?}");
    assert!(link.stdout.starts_with("http://127.0.0.1:") && link.stdout.contains("/login#"), "{link:?}");
    let json = run(&mut broker.command(&["login-link", "--json"])).json();
    assert_eq!((&json["format"], &json["expires_in_s"]), (&1.into(), &60.into()), "{json}");
    assert!(json["url"].is_string() && json["code"].as_str().is_some_and(|code| code.len() >= 8), "{json}");
}

#[test]
fn nothing_tells_the_client_secret() {
    let broker = Broker::start();
    for words in [&["integrations"][..], &["integrations", "--json"], &["doctor"], &["reload"], &["exec", "--", "env"]]
    {
        let done = run(&mut broker.command(words));
        assert!(done.status == 0 && !done.all().contains(CANARY), "{words:?}: {done:?}");
    }
}

fn sessions(broker: &Broker) -> Vec<PathBuf> {
    let base = broker.path("run/tokcore/sessions");
    base.read_dir().into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

fn leftovers(broker: &Broker) -> usize {
    sessions(broker).len()
}

#[track_caller]
fn wait_for(mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain");
        thread::sleep(Duration::from_millis(20));
    }
}
