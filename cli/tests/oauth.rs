//! The OAuth verbs against canned answers: what they print, where, with which status, and that no secret is in it.

mod support;

use std::path::Path;

use serde_json::json;
use support::{CANARY, Run, always, run, tokcore, with_input, write_private};

const TOKEN: &str =
    r#"{"access_token":"at-1","token_type":"Bearer","scope":"read","refresh_token":"rt-1","team":"blue"}"#;

/// A client file for a server whose every answer is `body`.
fn client(home: &Path, status: &str, body: &str) -> String {
    let address = always(status, "application/json", body);
    let file = home.join("client.toml");
    let text = format!(
        "client_id = \"c\"\nclient_secret = \"{CANARY}\"\ntoken_endpoint = \"{address}/token\"\n\
         revocation_endpoint = \"{address}/revoke\"\nintrospection_endpoint = \"{address}/introspect\"\n"
    );
    write_private(&file, &text);
    file.display().to_string()
}

fn by_itself(home: &Path, client: &str, more: &[&str]) -> Run {
    run(tokcore(home).args(["token", "--grant", "client_credentials", "--client", client]).args(more))
}

#[test]
fn token_prints_the_token_the_header_or_everything() {
    let home = tempfile::tempdir().unwrap();
    let client = client(home.path(), "200 OK", TOKEN);
    let plain = by_itself(home.path(), &client, &[]);
    assert_eq!((plain.status, plain.stdout.as_str(), plain.stderr.as_str()), (0, "at-1\n", ""));
    let header = by_itself(home.path(), &client, &["--header"]);
    assert_eq!((header.status, header.stdout.as_str()), (0, "Authorization: Bearer at-1\n"));
    let all = by_itself(home.path(), &client, &["--json", "--scope", "read write"]).json();
    assert_eq!(
        (&all["format"], &all["access_token"], &all["refresh_token"]),
        (&1.into(), &"at-1".into(), &"rt-1".into())
    );
    assert_eq!(
        (&all["scopes"], &all["extra"], &all["expires_at"]),
        (&json!(["read"]), &json!({"team": "blue"}), &json!(null))
    );
}

#[test]
fn a_refusal_has_its_status_and_shows_no_secret() {
    let home = tempfile::tempdir().unwrap();
    for (status, body, exit, kind) in [
        ("401 Unauthorized", r#"{"error":"invalid_client"}"#, 6, "denied"),
        ("503 Service Unavailable", "", 7, "server"),
        ("200 OK", "<html>sign in</html>", 1, "protocol"),
    ] {
        let client = client(home.path(), status, body);
        let failed = by_itself(home.path(), &client, &["--json"]);
        assert_eq!((failed.status, failed.error()["kind"].as_str()), (exit, Some(kind)), "{failed:?}");
        assert!(failed.stdout.is_empty() && !failed.all().contains(CANARY), "{failed:?}");
    }
}

#[test]
fn what_is_wrong_with_the_call_is_said_before_anything_is_sent() {
    let home = tempfile::tempdir().unwrap();
    let client = client(home.path(), "200 OK", TOKEN);
    for (words, status, told) in [
        (&["token"][..], 2, "--client"),
        (&["token", "--client", &client, "--issuer", "https://as.example"], 2, "--issuer"),
        (&["token", "--client", "no-such-file.toml"], 5, "no-such-file.toml"),
        (&["token", "--client", &client, "--set", "scopez=x"], 5, "scopes"),
        (&["token", "--client", &client, "--set", "password=canary5ecret"], 2, "--set-file"),
        (&["token", "--client", &client, "--password-file", "-", "--set-file", "assertion=-"], 2, "two secrets"),
        (&["token", "--client", &client, "--set-env", "assertion=NO_SUCH_VARIABLE"], 5, "NO_SUCH_VARIABLE"),
        (&["token", "--client", &client, "--grant", "client_credential"], 5, "did you mean client_credentials"),
        (&["login", "--grant", "device"], 2, "--client"),
        (&["login", "--client", &client, "--grant", "client_credentials"], 2, "nobody to sign in"),
    ] {
        let failed = run(tokcore(home.path()).args(words));
        assert_eq!((failed.status, failed.stdout.as_str()), (status, ""), "{words:?}: {failed:?}");
        assert!(failed.stderr.contains(told) && !failed.stderr.contains(CANARY), "{words:?}: {failed:?}");
    }
}

#[test]
fn revoke_takes_a_token_or_what_token_printed() {
    let home = tempfile::tempdir().unwrap();
    let client = client(home.path(), "200 OK", "");
    let grant = r#"{"format": 1, "access_token": "at-1", "refresh_token": "rt-1"}"#;
    for input in ["at-1\n", grant] {
        let done = with_input(tokcore(home.path()).args(["revoke", "--client", &client]), input);
        assert_eq!((done.status, done.stdout.as_str()), (0, "revoked\n"), "{done:?}");
    }
    let nothing = with_input(tokcore(home.path()).args(["revoke", "--client", &client]), "{\"format\": 1}");
    assert_eq!((nothing.status, nothing.stdout.as_str()), (5, ""), "{nothing:?}");
}

#[test]
fn inspect_shows_what_the_server_says_and_lets_nothing_move_the_cursor() {
    let home = tempfile::tempdir().unwrap();
    let body = "{\"active\":true,\"username\":\"a\\u001b[2Jb\",\"scope\":\"read\",\"exp\":4102444800}";
    let client = client(home.path(), "200 OK", body);
    let words = with_input(tokcore(home.path()).args(["inspect", "--client", &client]), "at-1");
    assert!(words.status == 0 && words.stdout.starts_with("active\n") && !words.stdout.contains('\u{1b}'), "{words:?}");
    let json = with_input(tokcore(home.path()).args(["inspect", "--json", "--client", &client]), "at-1").json();
    assert_eq!((&json["active"], &json["expires_at"]), (&true.into(), &"2100-01-01T00:00:00Z".into()));
}

#[test]
fn inspect_reads_a_jwt_without_believing_it() {
    let home = tempfile::tempdir().unwrap();
    // {"alg":"none","typ":"JWT"} . {"sub":"ann","nonce":"n","exp":1}
    let token = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhbm4iLCJub25jZSI6Im4iLCJleHAiOjF9.";
    let seen = with_input(tokcore(home.path()).args(["inspect", "--json"]), token).json();
    assert_eq!((&seen["form"], &seen["verified"], &seen["expired"]), (&"jwt".into(), &false.into(), &true.into()));
    assert_eq!((&seen["meaning"], &seen["claims"]["sub"]), (&"an ID token (JWT)".into(), &"ann".into()));
    for (text, form) in [("just-a-text", "opaque"), ("a.b.c.d.e", "jwe"), ("a.b.c", "opaque")] {
        let seen = with_input(tokcore(home.path()).args(["inspect", "--json"]), text).json();
        assert_eq!(seen["form"], form, "{text}");
    }
}

#[test]
fn inspect_takes_nothing_that_is_no_token_and_tells_the_status_of_one_that_is_over() {
    let home = tempfile::tempdir().unwrap();
    for garbage in ["", "<html>sign in</html> canary5ecret", "two words", "ünïcode", "eyJhbGci.cut-off.canary5ecret"]
    {
        let failed = with_input(tokcore(home.path()).args(["inspect"]), garbage);
        assert!(failed.status == 5 && failed.stdout.is_empty() && !failed.all().contains(CANARY), "{failed:?}");
    }
    let client = client(home.path(), "200 OK", r#"{"active":false}"#);
    let over = with_input(tokcore(home.path()).args(["inspect", "--client", &client, "--json"]), "at-1");
    assert_eq!((over.status, &over.json()["active"]), (1, &false.into()), "{over:?}");
}

#[test]
fn a_setting_beside_a_client_file_comes_in_place_of_what_that_says() {
    let home = tempfile::tempdir().unwrap();
    let client = client(home.path(), "503 Service Unavailable", "");
    let endpoint = format!("token_endpoint={}/token", always("200 OK", "application/json", TOKEN));
    let elsewhere = by_itself(home.path(), &client, &["--client-set", &endpoint]);
    assert_eq!((elsewhere.status, elsewhere.stdout.as_str()), (0, "at-1\n"), "{elsewhere:?}");
    let unknown = by_itself(home.path(), &client, &["--client-set", "no_such_setting=1"]);
    assert!(unknown.status == 5 && unknown.stderr.contains("no_such_setting"), "{unknown:?}");
}

#[test]
fn doctor_tells_of_a_client_first_and_ends_with_what_is_wrong_with_it() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("client.toml");
    let text = "client_id = \"c\"\nclient_secret_env = \"C_SECRET\"\ntoken_endpoint = \"http://127.0.0.1:9/token\"\n";
    write_private(&file, text);
    let doctor = |secret: &str| {
        let mut command = tokcore(home.path());
        run(command.args(["doctor", "--client"]).arg(&file).env("C_SECRET", secret).env("BROWSER", "true"))
    };
    let unset = doctor("");
    assert_eq!(unset.status, 5, "{unset:?}");
    assert!(unset.stdout.contains("problem") && unset.stdout.contains("C_SECRET is not set"), "{unset:?}");
    let good = doctor(CANARY);
    assert!(good.status == 0 && !good.all().contains(CANARY), "{good:?}");
    let lines: Vec<_> = good.stdout.lines().collect();
    assert!(lines[1].starts_with("client ") && !good.stdout.contains("RS_SERVER_ADDRESS"), "{good:?}");
    let browser = lines.iter().find(|line| line.trim_start().starts_with("browser")).expect("a line about the browser");
    assert!(browser.contains("is opened") || browser.contains("open_browser=true"), "{browser}");
}

#[test]
fn discover_takes_plain_http_from_elsewhere_only_when_told() {
    let home = tempfile::tempdir().unwrap();
    let words = ["discover", "http://as.invalid", "--json"];
    let refused = run(tokcore(home.path()).args(words));
    assert!(refused.status == 5 && refused.stderr.contains("allow_insecure_http"), "{refused:?}");
    let told = run(tokcore(home.path()).args(words).arg("--allow-insecure-http"));
    assert_eq!((told.status, told.error()["kind"].as_str()), (7, Some("transport")), "{told:?}");
}
