//! The verbs in a session whose server gives good answers.

mod support;

use std::process::Command;

use serde_json::json;
use support::{CANARY, always, cookie, run, tokcore};

fn in_session(home: &std::path::Path, body: &str) -> Command {
    let mut command = tokcore(home);
    command.env("RS_SERVER_ADDRESS", always("200 OK", "application/json", body));
    command.env("RS_SESSION_RPC_COOKIE", cookie(2035));
    command
}

const TOKEN: &str = r#"{"access_token":"at-1","expiry":"2035-01-01T00:00:00Z"}"#;
const GUID: &str = "75cc881c-25b4-53f2-bb9e-f7459f7c909e";

#[test]
fn credentials_prints_the_token_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let good = run(in_session(home.path(), TOKEN).args(["credentials", &GUID.to_uppercase()]));
    assert_eq!((good.status, good.stdout.as_str(), good.stderr.as_str()), (0, "at-1\n", ""));
}

#[test]
fn credentials_can_be_a_header_line() {
    let home = tempfile::tempdir().unwrap();
    let good = run(in_session(home.path(), TOKEN).args(["credentials", GUID, "--header"]));
    assert_eq!((good.status, good.stdout.as_str(), good.stderr.as_str()), (0, "Authorization: Bearer at-1\n", ""));
}

#[test]
fn credentials_as_json_have_everything() {
    let home = tempfile::tempdir().unwrap();
    let good = run(in_session(home.path(), TOKEN).args(["credentials", GUID, "--json"]));
    assert_eq!(
        good.json(),
        json!({
            "format": 1, "access_token": "at-1", "token_type": "Bearer", "expires_at": "2035-01-01T00:00:00Z",
            "expires_at_unix_s": 2_051_222_400_i64, "integration_id": GUID, "backend": "workbench",
        })
    );
    assert!(good.stdout.starts_with("{\n  \"format\": 1,"), "{good:?}");
}

const LIST: &str = r#"{"providers":[{"type":"custom","integrations":[
    {"uid":"75cc881c-25b4-53f2-bb9e-f7459f7c909e","type":"custom","name":"box","display_name":"Box","client_id":"c",
     "auth_url":"https://a/x","token_url":"https://a/t","scopes":["r"],"issuer":"","authenticated":true},
    {"uid":"9038f24b-fc00-50be-b702-6da95521e9ca","type":"custom","name":"custom-api","display_name":"Ünïcode API",
     "client_id":"c","auth_url":"https://a/x","token_url":"https://a/t","scopes":[],"issuer":"","authenticated":false}]}]}"#;

#[test]
fn integrations_are_a_table_or_json() {
    let home = tempfile::tempdir().unwrap();
    let table = run(in_session(home.path(), LIST).arg("integrations"));
    assert_eq!(
        table.stdout,
        "NAME        DISPLAY NAME  STATUS         GUID\n\
         box         Box           signed in      75cc881c-25b4-53f2-bb9e-f7459f7c909e\n\
         custom-api  Ünïcode API   not signed in  9038f24b-fc00-50be-b702-6da95521e9ca\n"
    );
    let list = run(in_session(home.path(), LIST).args(["integrations", "--json"])).json();
    assert_eq!(list["format"], 1);
    assert_eq!(list["integrations"][0]["scopes"], json!(["r"]));
    assert_eq!(list["integrations"][1]["guid"], "9038f24b-fc00-50be-b702-6da95521e9ca");
    assert_eq!(list["integrations"][1]["authenticated"], false);
}

#[test]
fn no_integrations_is_an_empty_stdout() {
    let home = tempfile::tempdir().unwrap();
    let none = run(in_session(home.path(), r#"{"providers":[]}"#).arg("integrations"));
    assert_eq!((none.status, none.stdout.as_str()), (0, ""));
    assert!(!none.stderr.is_empty());
}

#[test]
fn a_reader_that_goes_away_is_no_error_message() {
    let home = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_tokcore");
    let mut shell = Command::new("sh");
    shell.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    // `exec 1>&-` would be an error of another kind; a closed pipe is what `| head` leaves.
    shell.args(["-c", &format!("'{binary}' --help 2>&1 | true; '{binary}' doctor | true")]);
    let piped = run(shell.env("HOME", home.path()));
    assert_eq!((piped.status, piped.stderr.as_str()), (0, ""));
}

#[test]
fn doctor_says_why_outside_a_session() {
    let home = tempfile::tempdir().unwrap();
    let text = run(tokcore(home.path()).arg("doctor"));
    assert_eq!(text.status, 0, "nothing is wrong: {text:?}");
    for part in ["backend", "X12", "POSIT_PRODUCT: not set", "session", "next"] {
        assert!(text.stdout.contains(part), "{part}: {text:?}");
    }
    let answer = run(tokcore(home.path()).args(["doctor", "--json"])).json();
    assert_eq!((&answer["backend"], &answer["server"]), (&json!(null), &json!(null)), "{answer}");
    assert_eq!(answer["error"]["kind"], "not_in_session");
    assert!(answer["tests"].as_array().is_some_and(|tests| tests.len() > 3), "{answer}");
}

#[test]
fn doctor_ends_with_what_is_wrong_with_the_store() {
    let home = tempfile::tempdir().unwrap();
    let broken = home.path().join("broken");
    std::fs::create_dir(&broken).unwrap();
    std::fs::write(broken.join("store.json"), "no description").unwrap();
    let text = run(tokcore(home.path()).args(["doctor", "--store"]).arg(&broken));
    assert!(text.status == 5 && text.stdout.contains("store       none: "), "{text:?}");
}

#[test]
fn a_word_for_a_store_in_another_case_is_no_folder() {
    let home = tempfile::tempdir().unwrap();
    let text = run(tokcore(home.path()).arg("list").env("TOKCORE_STORE", "Memory"));
    assert!(text.status == 5 && text.stderr.contains("`memory`"), "{text:?}");
}

#[test]
fn doctor_asks_the_server_and_hides_what_is_secret() {
    let home = tempfile::tempdir().unwrap();
    let mut command = in_session(home.path(), LIST);
    command.env("https_proxy", format!("http://user:{CANARY}@proxy.example:3128"));
    let good = run(command.args(["doctor", "--json"]));
    assert_eq!(good.status, 0, "{good:?}");
    let answer = good.json();
    assert_eq!((&answer["backend"], &answer["rule"]), (&json!("workbench"), &json!("X07")), "{answer}");
    assert_eq!((&answer["server"]["reachable"], &answer["server"]["integrations"]), (&json!(true), &json!(2)));
    assert!(answer["surroundings"]["https_proxy"].as_str().unwrap().contains("proxy.example:3128"));
    assert!(!good.all().contains(CANARY), "{good:?}");
}

#[test]
fn doctor_tells_a_refusal_from_silence() {
    let home = tempfile::tempdir().unwrap();
    let mut refused = tokcore(home.path());
    refused.env("RS_SERVER_ADDRESS", always("401 Unauthorized", "application/json", r#"{"error":"revoked"}"#));
    refused.env("RS_SESSION_RPC_COOKIE", cookie(2035));
    assert_eq!(run(refused.args(["doctor", "--json"])).json()["server"]["reachable"], true);
    let mut silent = tokcore(home.path());
    silent.env("RS_SERVER_ADDRESS", "http://127.0.0.1:9").env("RS_SESSION_RPC_COOKIE", cookie(2035));
    let silent = run(silent.args(["doctor", "--json"]));
    assert_eq!((silent.status, &silent.json()["server"]["reachable"]), (7, &json!(false)));
}
