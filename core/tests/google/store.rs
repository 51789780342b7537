//! A store that the program brings serves the chain too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokcore::{
    Chain, ChainRequest, CustomStore, Error, Fetched, Kind, NoInterrupt, Nobody, Secret, Store, TokenSource,
};

use crate::world::{World, lock, settings_of};

const CLIENT: &str = r#"{"installed": {"client_id": "1-a.apps.googleusercontent.com", "client_secret": "s"}}"#;

/// The program's own, in its memory.
#[derive(Default)]
struct Kept(Mutex<HashMap<String, Secret>>);

impl CustomStore for Kept {
    fn load(&self, key: &str) -> Result<Option<Secret>, Error> {
        Ok(lock(&self.0).get(key).cloned())
    }

    fn store(&self, key: &str, content: &Secret) -> Result<(), Error> {
        lock(&self.0).insert(key.to_owned(), content.clone());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        lock(&self.0).remove(key);
        Ok(())
    }

    fn keys(&self) -> Result<Option<Vec<String>>, Error> {
        Ok(Some(lock(&self.0).keys().cloned().collect()))
    }
}

fn asked(world: &World, store: &Store) -> Result<TokenSource, Error> {
    let chain = Chain::default();
    let settings = settings_of(json!({"scopes": "https://www.googleapis.com/auth/drive", "client": CLIENT}));
    let request = ChainRequest::from_settings(settings, &chain)?.kept_in(store);
    match chain.fetch_with_context(world.context.clone(), &request, &(), &Nobody, &NoInterrupt)? {
        Fetched::Source(source) => Ok(source),
        _ => Err(Error::new(Kind::Internal, "the chain gave something else")),
    }
}

#[test]
fn a_login_in_the_programs_own_store_is_found_there_and_nowhere_else() {
    let world = World::virtual_time();
    let store = || Store::custom(Arc::new(Kept::default())).in_context(&world.context);
    let (with_login, without) = (store(), store());
    let grant = settings_of(json!({
        "client_id": "1-a.apps.googleusercontent.com", "issuer": "https://accounts.google.com",
        "token_endpoint": "https://oauth2.googleapis.com/token",
        "scopes": ["https://www.googleapis.com/auth/drive", "https://www.googleapis.com/auth/userinfo.email"],
        "account": "jane@example.com", "access_token": "kept", "refresh_token": "r", "expires_at": 4_000_000_000_i64,
    }));
    with_login.adopt(grant).unwrap();

    let source = asked(&world, &with_login).unwrap();
    assert_eq!(source.current().unwrap().access_token().expose(), "kept");
    assert_eq!(source.about().principal.as_deref(), Some("jane@example.com"));
    assert_eq!(asked(&world, &without).unwrap_err().kind(), Kind::InteractionRequired);
}
