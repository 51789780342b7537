//! What other tools keep of a sign-in at Google is found by the chain, once it is in the store.

use serde_json::{Value, json};
use tokcore::{Chain, ChainRequest, Explanation, NoInterrupt, Nobody, Store};

use crate::world::{World, settings_of};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// What the chain says of a user with this client and these scopes, after `file` was taken in.
fn explained(file: &Value, told: &[&str], wanted: &str) -> Explanation {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("store").to_str().expect("text").to_owned();
    let world = World::real();
    crate::world::lock(&world.machine.variables).insert("TOKCORE_KEY".to_owned(), KEY.to_owned());
    let store = Store::with_context(world.context.clone(), settings_of(json!({"path": place}))).expect("a store");
    let told: Vec<String> = told.iter().map(|scope| (*scope).to_owned()).collect();
    store.import(file.to_string().as_bytes(), None, &told, &NoInterrupt).expect("taken in");
    let client = json!({"installed": {"client_id": "c1", "client_secret": "s"}}).to_string();
    let settings = json!({"scopes": wanted, "client": client, "store": place, "methods": ["user_oauth2"]});
    let chain = Chain::default();
    let request = ChainRequest::from_settings(settings_of(settings), &chain).expect("a request");
    chain.explain_with_context(world.context.clone(), &request, &Nobody, false).expect("an explanation")
}

fn file(changes: Value) -> Value {
    let mut file = json!({
        "type": "authorized_user", "client_id": "c1", "client_secret": "s", "refresh_token": "rt-canary",
        "account": "jane@example.com",
    });
    file.as_object_mut().expect("an object").extend(changes.as_object().cloned().unwrap_or_default());
    file
}

fn is_found(file: &Value, told: &[&str], wanted: &str) -> bool {
    let explained = explained(file, told, wanted);
    assert!(!format!("{explained:?}").contains("canary"));
    explained.findings[0].code == "found"
}

#[test]
fn the_chain_finds_what_another_tool_signed_in_to() {
    // gcloud does not write down what its user allowed.
    assert!(is_found(&file(json!({})), &["drive"], "drive"));
    assert!(is_found(&file(json!({})), &["drive bigquery"], "bigquery"));
    let scopes = ["https://www.googleapis.com/auth/drive", "https://www.googleapis.com/auth/userinfo.email"];
    assert!(is_found(&file(json!({"scopes": scopes})), &[], "drive"));
    assert!(is_found(&file(json!({"scopes": ["https://www.googleapis.com/auth/drive", "email"]})), &[], "drive"));
}

#[test]
fn it_is_good_for_what_was_allowed_and_for_its_own_client() {
    assert!(!is_found(&file(json!({})), &["drive"], "bigquery"));
    assert!(!is_found(&file(json!({"client_id": "another"})), &["drive"], "drive"));
}
