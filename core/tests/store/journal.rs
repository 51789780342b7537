//! A journal that cannot be tidied up.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tokcore::{NoInterrupt, Nobody, Store, Token};

use crate::world::{Reply, World, request, settings_of};

/// What the server said is what the caller has to act on; the store's trouble is told beside it.
#[test]
fn a_refusal_is_not_hidden_by_a_store_that_cannot_forget() {
    let world = World::real();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let settings = settings_of(json!({"path": path, "key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}));
    let store = Store::with_context(world.context.clone(), settings).expect("a store");
    let client = world.client(json!({})).expect("a client").with_store(&store);
    let source = client.source(request(json!({}))).expect("a source");
    let now = world.context.clock.now_unix_ms() / 1000;
    let token = json!({"access_token": "AT0", "refresh_token": "RT0", "expires_in": 3600});
    source.adopt(Token::from_settings(settings_of(token), now).expect("a token"));
    world.clock.advance_ms(3_601_000);
    world.network.plays(move |_| {
        let intent = intents(&path).pop().expect("a renewal is written down before it is sent");
        fs::remove_file(&intent).expect("removed");
        fs::create_dir_all(intent.join("in the way")).expect("a folder that is not empty");
        (Duration::ZERO, Reply::json(400, json!({"error": "unauthorized_client"})))
    });
    let error = source.token(&Nobody, &NoInterrupt).expect_err("a refusal");
    assert_eq!(error.oauth_error(), Some("unauthorized_client"), "{error:?}");
}

fn intents(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| if path.is_dir() { intents(&path) } else { Vec::from_iter(is_intent(&path).then_some(path)) })
        .collect()
}

fn is_intent(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "intent")
}
