//! `tokcore demo`: the whole way, from a sign-in through a real provider to a call with the token.

#![cfg(feature = "demo")]

mod support;

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::{PATIENCE, run, tokcore};
use tempfile::TempDir;

fn demo(home: &TempDir, words: &[&str]) -> Command {
    let mut command = tokcore(home.path());
    command.args(["demo", "--"]).args(words);
    command
}

#[test]
fn one_of_two_integrations_is_signed_in() {
    let home = TempDir::new().unwrap();
    let done = run(&mut demo(&home, &["tokcore", "integrations", "--json"]));
    assert_eq!((done.status, done.stderr.as_str()), (0, ""), "{done:?}");
    let list = done.json();
    let found: Vec<_> = list["integrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["name"].as_str().unwrap(), item["authenticated"].as_bool().unwrap()))
        .collect();
    assert_eq!(found, [("demo-mail", true), ("demo-files", false)]);
}

#[test]
fn the_token_opens_the_api_and_nothing_else_does() {
    let home = TempDir::new().unwrap();
    let script = r#"
        token=$(tokcore credentials "$TOKCORE_DEMO_GUID") || exit 1
        ask() { curl -sS -w ' %{http_code}\n' "$@" "$TOKCORE_DEMO_API"; }
        ask -H "Authorization: Bearer $token"
        ask -H "Authorization: Bearer $token" -H 'Accept: text/plain'
        ask -H "Authorization: Bearer x$token"
        ask"#;
    let done = run(&mut demo(&home, &["sh", "-c", script]));
    assert_eq!(done.status, 0, "{done:?}");
    assert_eq!(
        done.stdout,
        "{\"greeting\":\"hello, demo\"} 200\nhello, demo 200\n{\"error\":\"invalid_token\"} 401\n{\"error\":\"invalid_token\"} 401\n"
    );
}

#[test]
fn tokens_are_short_and_the_other_integration_has_none() {
    let home = TempDir::new().unwrap();
    let script = r#"tokcore credentials name:demo-mail --json; tokcore credentials name:demo-files --json; exit $?"#;
    let done = run(&mut demo(&home, &["sh", "-c", script]));
    assert_eq!((done.status, &done.error()["kind"]), (4, &"not_signed_in".into()), "{done:?}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let left = done.json()["expires_at_unix_s"].as_u64().unwrap().saturating_sub(now);
    assert!((1..=60).contains(&left), "{left}");
}

#[test]
fn the_examples_of_the_shell_work() {
    let home = TempDir::new().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/shell/credentials.sh");
    let done = run(&mut demo(&home, &["sh", script]));
    assert_eq!((done.status, done.stderr.as_str()), (0, ""), "{done:?}");
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{done:?}");
    assert!(lines[0].starts_with("Shell   integration  demo-mail   signed in      "), "{done:?}");
    assert!(lines[1].starts_with("Shell   integration  demo-files  not signed in  "), "{done:?}");
    assert!(lines[2].starts_with("Shell   token expires in ") && lines[2].ends_with(" s"), "{done:?}");
    assert_eq!(lines[3], "Shell   GET /api/me → 200 (hello, demo)");
}

#[test]
fn nothing_stays_behind_and_the_status_passes() {
    let home = TempDir::new().unwrap();
    let done = run(&mut demo(&home, &["sh", "-c", r#"test -S "$TOKCORE_BROKER" && exit 7"#]));
    assert_eq!((done.status, done.stdout.as_str(), done.stderr.as_str()), (7, "", ""));
    let left: Vec<_> = home.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_signal_while_it_starts_leaves_nothing_behind_either() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let home = TempDir::new().unwrap();
        let mut starting = demo(&home, &["sleep", "20"]).stdin(Stdio::null()).spawn().unwrap();
        let is_empty = || home.path().read_dir().unwrap().next().is_none();
        let begun = Instant::now();
        while is_empty() && begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(!is_empty(), "no temporary directory: is it made elsewhere?");
        assert!(Command::new("kill").args([signal, &starting.id().to_string()]).status().unwrap().success());
        assert_eq!(starting.wait().unwrap().code(), Some(status), "{signal}");
        assert!(is_empty(), "{signal}: {:?}", home.path().read_dir().unwrap().collect::<Vec<_>>());
    }
}

#[test]
fn without_a_command_it_is_a_shell_with_a_banner() {
    let home = TempDir::new().unwrap();
    let done = run(tokcore(home.path()).env("SHELL", "/bin/true").arg("demo"));
    assert_eq!((done.status, done.stdout.as_str()), (0, ""), "{done:?}");
    for part in ["tokcore integrations", "/login#", "exit"] {
        assert!(done.stderr.contains(part), "{part}: {done:?}");
    }
}
