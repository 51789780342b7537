//! The credential chain at the shell: what is printed, where, with which status, and that no secret is in it.

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use support::{CANARY, Run, always, run, tokcore, with_input, write_private};

/// An authorized user's file, whose token comes from a server of the test.
fn user_file(home: &Path, answer: &str) -> String {
    let address = always("200 OK", "application/json", answer);
    let file = home.join("user.json");
    let content = json!({"type": "authorized_user", "client_id": "c", "client_secret": CANARY, "refresh_token": CANARY,
        "token_uri": format!("{address}/token"), "quota_project_id": "billed"});
    write_private(&file, &content.to_string());
    file.display().to_string()
}

/// The binary on a machine that is none of Google's.
fn chain(home: &Path, words: &[&str]) -> Command {
    let mut command = tokcore(home);
    command.env("NO_GCE_CHECK", "true").args(words);
    command
}

fn asked(home: &Path, words: &[&str]) -> Run {
    run(&mut chain(home, words))
}

const ANSWER: &str = r#"{"access_token": "at-1", "expires_in": 3600, "token_type": "Bearer"}"#;
const CUSTOM: [&str; 2] = ["--set", "trust=custom"];

#[test]
fn token_of_the_chain_is_printed_alone_as_header_or_with_how_it_was_found() {
    let home = tempfile::tempdir().unwrap();
    let file = user_file(home.path(), ANSWER);
    for flag in ["--path", "--service-account"] {
        let plain = asked(home.path(), &["token", "--scopes", "drive", flag, &file, CUSTOM[0], CUSTOM[1]]);
        assert_eq!((plain.status, plain.stdout.as_str(), plain.stderr.as_str()), (0, "at-1\n", ""), "{plain:?}");
    }
    let words = ["token", "--scopes", "drive", "--path", &file, CUSTOM[0], CUSTOM[1]];
    let header = asked(home.path(), &[&words[..], &["--header"]].concat());
    assert_eq!(header.stdout.to_lowercase(), "authorization: bearer at-1\nx-goog-user-project: billed\n", "{header:?}");
    let all = asked(home.path(), &[&words[..], &["--json"]].concat()).json();
    assert_eq!((&all["format"], &all["access_token"]), (&json!(1), &json!("at-1")));
    assert_eq!((&all["about"]["kind"], &all["about"]["source"]), (&json!("authorized_user"), &json!(file)));
    let codes: Vec<_> = all["attempts"].as_array().unwrap().iter().map(|tried| &tried["code"]).collect();
    assert_eq!(codes, ["not_applicable", "token"]);
}

#[test]
fn a_file_comes_on_standard_input_and_is_found_by_the_variable() {
    let home = tempfile::tempdir().unwrap();
    let file = user_file(home.path(), ANSWER);
    let content = std::fs::read_to_string(&file).unwrap();
    let piped = with_input(
        &mut chain(home.path(), &["token", "--scopes", "drive", "--path", "-", CUSTOM[0], CUSTOM[1]]),
        &content,
    );
    assert_eq!((piped.status, piped.stdout.as_str()), (0, "at-1\n"), "{piped:?}");
    let mut named = chain(home.path(), &["token", "--scopes", "drive", CUSTOM[0], CUSTOM[1]]);
    let named = run(named.env("GOOGLE_APPLICATION_CREDENTIALS", &file));
    assert_eq!((named.status, named.stdout.as_str()), (0, "at-1\n"), "{named:?}");
    assert!(!named.all().contains(CANARY));
}

#[test]
fn a_failure_tells_what_each_method_said_one_line_each() {
    let home = tempfile::tempdir().unwrap();
    let failed = asked(home.path(), &["token", "--scopes", "drive"]);
    assert_eq!((failed.status, failed.stdout.as_str()), (3, ""), "{failed:?}");
    let lines: Vec<_> = failed.stderr.lines().collect();
    assert_eq!(lines[0], "error: no method of the chain has a credential");
    assert_eq!(lines[1], "  credentials_byo_oauth2: no token is given");
    assert!(lines.len() == 8 && lines[7].starts_with("next: "), "{failed:?}");
    let error = asked(home.path(), &["token", "--scopes", "drive", "--json"]).error();
    assert_eq!(error["attempts"][0]["code"], "not_applicable");
    assert!(error["attempts"][0]["elapsed_ms"].is_number());
}

#[test]
fn what_the_caller_gave_and_fails_ends_the_chain_with_its_error() {
    let home = tempfile::tempdir().unwrap();
    let file = user_file(home.path(), ANSWER);
    for (name, content, told) in [
        (
            "client.json",
            format!(r#"{{"installed": {{"client_id": "c", "client_secret": "{CANARY}"}}}}"#),
            "OAuth client",
        ),
        ("broken.json", format!(r#"{{"type": "service_account", "private_key": "{CANARY}"#), "broken.json"),
        ("other.json", format!(r#"{{"type": "{CANARY}"}}"#), "other.json"),
    ] {
        let given = home.path().join(name);
        write_private(&given, &content);
        let mut command = chain(home.path(), &["token", "--scopes", "drive", "--path", given.to_str().unwrap()]);
        let failed = run(command.env("GOOGLE_APPLICATION_CREDENTIALS", &file));
        assert_eq!((failed.status, failed.stdout.as_str()), (5, ""), "{name}: {failed:?}");
        assert!(failed.stderr.contains(told) && failed.stderr.contains("\nnext: "), "{name}: {failed:?}");
        assert!(!failed.all().contains("private_key\": \"canary"), "{name}: {failed:?}");
    }
}

#[test]
fn what_is_wrong_with_the_call_is_said_before_anything_is_asked() {
    let home = tempfile::tempdir().unwrap();
    let key = format!(r#"{{"private_key": "{CANARY}"}}"#);
    for (words, status, told) in [
        (&["token", "--scopes", "drive", "--path", &key][..], 2, "other users can see"),
        (&["token", "--scopes", "drive", "--set", "token=canary5ecret"], 2, "--set-file"),
        (&["token", "--scopes", "drive", "--set", "emial=x"], 5, "did you mean email"),
        (&["token", "--scopes", "drive", "--client", "c.toml"], 2, "leave one of them out"),
        (&["token", "--scopes", "drive", "--grant", "device"], 2, "--client FILE"),
        (&["token", "--scopes", "drive", "--audience", "https://a.example"], 2, "--id-token"),
        (&["token", "--id-token"], 2, "--audience"),
        (&["token", "--scopes", "drive", "--methods", "gcee"], 2, "gcee"),
        (&["token", "--scopes", "drive", "--path", "-", "--google-client", "-"], 2, "two secrets"),
        (&["token", "--scopes", "drive", "--store", "user", "--no-store"], 2, "--no-store"),
        (&["token", "--scopes", "drive", "--path", "no-such-file.json"], 5, "no-such-file.json"),
        (&["token"], 2, "--scopes"),
    ] {
        let failed = asked(home.path(), words);
        assert_eq!((failed.status, failed.stdout.as_str()), (status, ""), "{words:?}: {failed:?}");
        assert!(failed.stderr.contains(told) && !failed.stderr.contains(CANARY), "{words:?}: {failed:?}");
    }
}

#[test]
fn explain_tells_what_would_be_used_and_asks_nobody() {
    let home = tempfile::tempdir().unwrap();
    // Nobody answers there: who asked would fail.
    let file = home.path().join("user.json");
    let content =
        json!({"type": "authorized_user", "client_id": "c", "client_secret": CANARY, "refresh_token": CANARY});
    write_private(&file, &content.to_string());
    let mut command = chain(home.path(), &["explain", "--scopes", "drive"]);
    let found = run(command.env("GOOGLE_APPLICATION_CREDENTIALS", &file));
    assert!(found.status == 0 && !found.all().contains(CANARY), "{found:?}");
    let lines: Vec<_> = found.stdout.lines().collect();
    assert_eq!(lines[0], "byo_oauth2        no token is given");
    assert!(lines.iter().any(|line| line.starts_with("app_default       found: authorized_user")), "{found:?}");
    assert_eq!(lines.last(), Some(&"answer            app_default would be asked for a token"), "{found:?}");

    let nothing = asked(home.path(), &["explain", "--scopes", "drive", "--json"]);
    assert_eq!((nothing.status, nothing.json()["first"].clone()), (3, Value::Null), "{nothing:?}");
    assert_eq!(nothing.json()["methods"].as_array().map(Vec::len), Some(6));
    let words = asked(home.path(), &["explain", "--scopes", "drive"]);
    assert!(
        words.stdout.contains("no client of its own") && words.stdout.contains("TOKCORE_GOOGLE_CLIENT"),
        "{words:?}"
    );
}

#[test]
fn doctor_tells_of_the_chain_first_where_scopes_are_named() {
    let home = tempfile::tempdir().unwrap();
    let report = asked(home.path(), &["doctor", "--scopes", "drive"]);
    let lines: Vec<_> = report.stdout.lines().collect();
    assert!(lines[1].starts_with("chain       no method"), "{report:?}");
    assert_eq!(lines[2], "  asks      byo_oauth2: no token is given");
    let json = asked(home.path(), &["doctor", "--scopes", "drive", "--json"]).json();
    assert_eq!((&json["chain"]["first"], json["chain"]["methods"].as_array().map(Vec::len)), (&Value::Null, Some(6)));
    assert_eq!(asked(home.path(), &["doctor", "--json"]).json()["chain"], Value::Null);
    let unprobed = asked(home.path(), &["doctor", "--json"]).json();
    assert!(unprobed.get("machine").is_some_and(Value::is_null), "nobody asked the network");
    let probed = asked(home.path(), &["doctor", "--probe"]);
    assert!(probed.stdout.contains("machine     none of Google's"), "{probed:?}");
}

#[test]
fn the_place_of_the_default_credentials_is_told_whether_they_are_there_or_not() {
    let home = tempfile::tempdir().unwrap();
    let usual = home.path().join(".config/gcloud/application_default_credentials.json");
    let there = asked(home.path(), &["adc", "print-path"]);
    assert_eq!((there.status, there.stdout.trim_end()), (3, usual.to_str().unwrap()), "{there:?}");
    assert!(
        there.stderr.contains("GOOGLE_APPLICATION_CREDENTIALS") && there.stderr.contains("gcloud auth"),
        "{there:?}"
    );
    std::fs::create_dir_all(usual.parent().unwrap()).unwrap();
    write_private(&usual, "{}");
    let found = asked(home.path(), &["adc", "print-path", "--json"]);
    assert_eq!(
        (found.status, &found.json()["exists"], &found.json()["named_by_variable"]),
        (0, &json!(true), &json!(false))
    );
    let mut named = chain(home.path(), &["adc", "print-path"]);
    let named = run(named.env("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json"));
    assert_eq!((named.status, named.stdout.as_str()), (3, "/nowhere/key.json\n"));
    assert!(named.stderr.contains("GOOGLE_APPLICATION_CREDENTIALS names it"), "{named:?}");
}
