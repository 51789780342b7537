//! Whatever is wrong with the session or its server has a name, a next step and an exit status, and shows no secret.

mod support;

use std::process::Command;

use support::{CANARY, always, cookie, run, tokcore};

/// What is wrong, and how it must be called.
struct Case {
    why: &'static str,
    set: fn(&mut Command),
    kind: &'static str,
    status: i32,
}

const JSON: &str = "application/json";

fn env(command: &mut Command, name: &str, value: &str) {
    command.env(name, value);
}

fn session(command: &mut Command, address: &str) {
    command.env("POSIT_PRODUCT", "WORKBENCH").env("RS_SERVER_ADDRESS", address);
    command.env("RS_SESSION_RPC_COOKIE", cookie(2035));
}

fn answered(command: &mut Command, status: &str, content_type: &str, body: &str) {
    session(command, &always(status, content_type, body));
}

const CASES: &[Case] = &[
    Case { why: "outside a session", set: |_| (), kind: "not_in_session", status: 3 },
    Case {
        why: "no cookie",
        set: |command| env(command, "RS_SERVER_ADDRESS", "http://127.0.0.1:9"),
        kind: "no_cookie",
        status: 3,
    },
    Case {
        why: "no address",
        set: |command| env(command, "POSIT_PRODUCT", "WORKBENCH"),
        kind: "no_address",
        status: 3,
    },
    Case {
        why: "a cookie that could forge a header",
        set: |command| {
            session(command, "http://127.0.0.1:9");
            command.env("RS_SESSION_RPC_COOKIE", format!("{}\r\nX-Evil: 1\r\n", cookie(2035)));
        },
        kind: "bad_cookie",
        status: 3,
    },
    Case {
        why: "an expired cookie",
        set: |command| {
            answered(command, "401 Unauthorized", JSON, r#"{"error":"expired"}"#);
            command.env("RS_SESSION_RPC_COOKIE", cookie(2024));
        },
        kind: "expired_cookie",
        status: 3,
    },
    Case {
        why: "a rejected cookie",
        set: |command| answered(command, "401 Unauthorized", JSON, r#"{"error":"bad_signature"}"#),
        kind: "bad_cookie",
        status: 3,
    },
    Case {
        why: "an address without a scheme",
        set: |command| session(command, "127.0.0.1:8790"),
        kind: "bad_address",
        status: 3,
    },
    Case {
        why: "an address where nobody answers",
        set: |command| session(command, "http://127.0.0.1:9"),
        kind: "transport",
        status: 7,
    },
    Case {
        why: "a proxy's page",
        set: |command| answered(command, "200 OK", "text/html", "<html>canary5ecret</html>"),
        kind: "protocol",
        status: 1,
    },
    Case {
        why: "half an answer",
        set: |command| answered(command, "200 OK", JSON, r#"{"access_token": "canary5ecret"#),
        kind: "protocol",
        status: 1,
    },
    Case {
        why: "a redirect, which would carry the cookie away",
        set: |command| answered(command, "302 Found\r\nLocation: http://127.0.0.1:9/canary5ecret", JSON, ""),
        kind: "protocol",
        status: 1,
    },
    Case {
        why: "a failing server",
        set: |command| answered(command, "503 Service Unavailable", JSON, r#"{"error":"starting"}"#),
        kind: "server",
        status: 7,
    },
    Case {
        why: "too many requests",
        set: |command| answered(command, "429 Too Many Requests\r\nRetry-After: 3", JSON, "{}"),
        kind: "rate_limited",
        status: 7,
    },
    Case {
        why: "an unknown integration",
        set: |command| answered(command, "200 OK", JSON, r#"{"error":"Integration not found"}"#),
        kind: "not_found",
        status: 6,
    },
    Case {
        why: "an integration that was never signed in to",
        set: |command| answered(command, "200 OK", JSON, r#"{"result":false,"detail":"not signed in"}"#),
        kind: "not_signed_in",
        status: 4,
    },
    Case {
        why: "a lapsed sign-in",
        set: |command| {
            answered(command, "200 OK", JSON, r#"{"result":false,"oauth2_error":{"error":"invalid_grant"}}"#)
        },
        kind: "reauth_required",
        status: 4,
    },
    Case {
        why: "a server that is too old",
        set: |command| {
            session(command, "http://127.0.0.1:9");
            command.env("RSTUDIO_VERSION", "2025.09.2+418.pro4");
        },
        kind: "version",
        status: 6,
    },
    Case {
        why: "a backend that does not exist",
        set: |command| env(command, "TOKCORE_BACKEND", "posit"),
        kind: "config_invalid",
        status: 5,
    },
    Case {
        why: "a broker that is not there",
        set: |command| env(command, "TOKCORE_BROKER", "/nowhere/broker.sock"),
        kind: "broker",
        status: 7,
    },
];

const GUID: &str = "75cc881c-25b4-53f2-bb9e-f7459f7c909e";

#[test]
fn every_failure_has_a_name_a_next_step_and_a_status() {
    let home = tempfile::tempdir().unwrap();
    for Case { why, set, kind, status } in CASES {
        let mut command = tokcore(home.path());
        set(&mut command);
        let failed = run(command.args(["credentials", GUID, "--json"]));
        assert_eq!((failed.status, failed.stdout.as_str()), (*status, ""), "{why}: {failed:?}");
        let error = failed.error();
        assert_eq!(error["kind"], *kind, "{why}: {error}");
        for member in ["message", "hint"] {
            assert!(error[member].as_str().is_some_and(|text| !text.is_empty()), "{why}: {error}");
        }
        assert!(error["code"].is_number() && error["retryable"].is_boolean(), "{why}: {error}");
        assert!(!failed.all().contains(CANARY), "{why}: {failed:?}");
    }
}

#[test]
fn people_read_the_same_in_prose() {
    let home = tempfile::tempdir().unwrap();
    for Case { why, set, status, .. } in CASES {
        let mut command = tokcore(home.path());
        set(&mut command);
        let failed = run(command.args(["credentials", GUID]));
        assert_eq!((failed.status, failed.stdout.as_str()), (*status, ""), "{why}: {failed:?}");
        assert!(failed.stderr.starts_with("error: ") && failed.stderr.contains("\nnext: "), "{why}: {failed:?}");
        assert!(!failed.all().contains(CANARY), "{why}: {failed:?}");
    }
}

#[test]
fn the_servers_pause_is_passed_on() {
    let home = tempfile::tempdir().unwrap();
    let mut command = tokcore(home.path());
    answered(&mut command, "429 Too Many Requests\r\nRetry-After: 3", JSON, "{}");
    let error = run(command.args(["integrations", "--json"])).error();
    assert_eq!((&error["retry_after_ms"], &error["retryable"]), (&3000.into(), &true.into()), "{error}");
}

#[test]
fn wrong_usage_is_status_2() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [&["credentials", ""][..], &["frobnicate"], &["exec"], &["serve", "--socket-mode", "rw"], &[]] {
        let failed = run(tokcore(home.path())
            .env("RS_SERVER_ADDRESS", "http://127.0.0.1:9")
            .env("RS_SESSION_RPC_COOKIE", cookie(2035))
            .args(arguments));
        assert_eq!((failed.status, failed.stdout.as_str()), (2, ""), "{arguments:?}: {failed:?}");
    }
}
