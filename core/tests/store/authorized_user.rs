//! Google's grants as the file that gcloud and its like read and write.

use serde_json::{Value, json};
use tokcore::{Arrival, Error, Kind, NoInterrupt, Secret, Selection, Store};

use crate::world::{World, settings_of};

fn file(changes: Value) -> Vec<u8> {
    let mut file = json!({
        "type": "authorized_user", "client_id": "c1", "client_secret": "secret-canary",
        "refresh_token": "RT0", "account": "jane@example.com", "universe_domain": "googleapis.com",
    });
    file.as_object_mut().expect("an object").extend(changes.as_object().cloned().unwrap_or_default());
    file.to_string().into_bytes()
}

fn store(folder: &tempfile::TempDir) -> Store {
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let settings = settings_of(json!({"path": folder.path().join("store"), "key": key}));
    Store::with_context(World::real().context, settings).expect("a store")
}

/// The key of the one grant in the file.
fn import(store: &Store, file: &[u8], scopes: &[&str]) -> Result<(String, Arrival), Error> {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let mut imported = store.import(file, None, &scopes, &NoInterrupt)?;
    let (entry, arrival) = imported.pop().expect("one grant");
    assert!(imported.is_empty());
    Ok((entry.key, arrival))
}

#[test]
fn what_came_in_goes_out_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let key = import(&store, &file(json!({"scopes": ["a", "b"]})), &[]).expect("taken over").0;
    let entries = store.list(&Selection::default()).expect("a list");
    let [entry] = &entries[..] else { panic!("one entry, not {entries:?}") };
    assert_eq!((entry.key.as_str(), entry.client_id.as_str()), (key.as_str(), "c1"));
    assert_eq!((entry.account.as_deref(), entry.has_refresh_token), (Some("jane@example.com"), true));
    let written = store.export_authorized_user(&key, &Secret::new("s2")).expect("written");
    let written: Value = serde_json::from_str(written.expose()).expect("JSON");
    let wanted = json!({
        "type": "authorized_user", "client_id": "c1", "client_secret": "s2", "refresh_token": "RT0",
        "account": "jane@example.com", "scopes": ["a", "b"],
    });
    assert_eq!(written, wanted);
}

#[test]
fn the_same_account_again_takes_the_place_of_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let scopes = json!({"scopes": "a b"});
    let (first, arrival) = import(&store, &file(scopes), &["other"]).expect("taken over");
    assert_eq!(arrival, Arrival::Added);
    let again = json!({"scopes": ["a", "b"], "refresh_token": "RT1"});
    assert_eq!(import(&store, &file(again), &[]).expect("taken over"), (first.clone(), Arrival::Replaced));
    let written = store.export_authorized_user(&first, &Secret::new("s")).expect("written");
    let written: Value = serde_json::from_str(written.expose()).expect("JSON");
    assert_eq!((&written["refresh_token"], &written["scopes"]), (&json!("RT1"), &json!(["a", "b"])));
}

#[test]
fn another_file_and_another_providers_grant_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let error = import(&store, &file(json!({"type": "service_account"})), &[]).expect_err("a key");
    assert_eq!(error.kind(), Kind::ConfigInvalid);
    assert!(error.message().contains("service_account"), "{error}");
    assert!(!format!("{error:?}").contains("canary"));
    assert!(store.list(&Selection::default()).expect("a list").is_empty());
    let grant = json!({"client_id": "c1", "token_endpoint": "https://as.example/token", "refresh_token": "RT0"});
    let key = store.adopt(settings_of(grant)).expect("kept");
    let error = store.export_authorized_user(&key, &Secret::new("secret-canary")).expect_err("not Google's");
    assert_eq!(error.kind(), Kind::InvalidArgument);
    assert!(error.message().contains("as.example") && !format!("{error:?}").contains("canary"), "{error:?}");
}
