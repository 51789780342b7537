//! Programs that really run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::error::Error;
use crate::provider::google::Wish;
use crate::provider::google::external_account::open;
use crate::provider::google::fake::{Fake, answer, form};
use crate::reason::Reason;
use crate::world::World;

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

fn file(script: &str) -> Map<String, Value> {
    // As a person would write it into the file: one command, with quotes.
    let command = format!("/bin/sh -c '{script}'");
    let file = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/o",
        "subject_token_type": JWT,
        "credential_source": {"executable": {"command": command, "timeout_millis": 5000}},
    });
    file.as_object().cloned().expect("an object")
}

/// The token for what `script` prints, in real time.
fn fetch(script: &str) -> (Result<String, Error>, Arc<Fake>) {
    let fake = Fake::new().var("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    let (world, fake) = fake
        .playing(|_| Ok(answer(200, &json!({"access_token": "FED", "expires_in": 3600, "token_type": "Bearer"}))))
        .world();
    let world = World::apart(Context { programs: Context::os().programs, ..world.context });
    let provider = open(&world, file(script), "pool.json", &Wish::default()).expect("a pool");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    (runtime.block_on(provider.fetch(None)).map(|token| token.access_token().expose().to_owned()), fake)
}

fn refused(script: &str) -> Error {
    let error = fetch(script).0.expect_err("no token");
    assert_eq!(error.reason(), Some(Reason::ExecutableFailed), "{error:?}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    error
}

#[test]
fn what_it_prints_is_the_proof_and_it_knows_for_whom() {
    let answer = json!({"version": 1, "success": true, "token_type": JWT, "id_token": "for %s"}).to_string();
    let (token, fake) = fetch(&format!("printf \"$0\" \"$GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE\"' '{answer}"));
    assert_eq!(token.expect("a token"), "FED");
    let proof = &form(&fake.seen()[0])["subject_token"];
    assert_eq!(proof, "for //iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/o");
}

#[test]
fn garbage_and_failures_are_named_and_not_repeated() {
    assert!(refused("echo canary").message().contains("no JSON"));
    assert!(refused("echo canary >&2; exit 7").message().contains("the status 7"));
    assert!(refused("kill -9 $$").message().contains("a signal"));
    assert!(refused("head -c 2000000 /dev/zero").message().contains("more than 1048576 bytes"));
}

#[test]
fn one_that_hangs_is_ended_when_its_time_is_over() {
    let begun = Instant::now();
    assert!(refused("sleep 60").message().contains("did not end within 5000 ms"));
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn one_that_is_not_there_is_named() {
    let mut file = file("");
    file["credential_source"] = json!({"executable": {"command": "/nowhere/to be found"}});
    let (world, _) = Fake::new().var("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1").world();
    let world = World::apart(Context { programs: Context::os().programs, ..world.context });
    let provider = open(&world, file, "pool.json", &Wish::default()).expect("a pool");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let error = runtime.block_on(provider.fetch(None)).expect_err("no program");
    assert!(error.message().contains("the program /nowhere/to cannot be run"), "{error:?}");
}
