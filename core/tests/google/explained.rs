//! What the chain would come to, and what somebody is told who is unattended.

use std::any::Any;
use std::sync::Arc;

use serde_json::{Value, json};
use tokcore::{
    Chain, ChainRequest, CustomMethod, Error, Explanation, Fetched, Given, Interactivity, Kind, Method, NoInterrupt,
    Nobody, Notice, Person, Store, Verdict,
};

use crate::world::{World, lock, settings_of};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const CLIENT: &str = r#"{"installed": {"client_id": "c1", "client_secret": "secret-canary"}}"#;
const USER: &str = "credentials_user_oauth2";

struct Somebody;

impl Person for Somebody {
    fn interactivity(&self) -> Interactivity {
        Interactivity::Yes
    }

    fn tell(&self, _: &Notice<'_>) {
        panic!("nobody is asked by an explanation");
    }
}

struct Own;

impl CustomMethod for Own {
    fn token(&self, _: &ChainRequest, _: &dyn Any) -> Result<Option<Given>, Error> {
        panic!("a method is not asked by an explanation");
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn world() -> World {
    let world = World::real();
    lock(&world.machine.variables).insert("TOKCORE_KEY".to_owned(), KEY.to_owned());
    world
}

fn explained(chain: &Chain, settings: Value, person: &dyn Person) -> Explanation {
    let request = ChainRequest::from_settings(settings_of(settings), chain).expect("a request");
    chain.explain_with_context(world().context.clone(), &request, person, false).expect("an explanation")
}

fn of_user(changes: Value) -> Value {
    let mut settings = json!({"scopes": "drive", "client": CLIENT, "store": "memory", "methods": ["user_oauth2"]});
    settings.as_object_mut().expect("a table").extend(changes.as_object().cloned().unwrap_or_default());
    settings
}

#[test]
fn it_is_told_what_it_would_come_to() {
    let standard = Chain::default();
    let own = standard.changed(vec![("own".to_owned(), Some(Method::Custom(Arc::new(Own))))]).expect("a chain");
    let stops = |method: &str, kind| Verdict::Stops(method.to_owned(), kind);
    let only = |method: &str| json!({"methods": [method]});
    for (chain, settings, person, verdict) in [
        (&standard, json!({"token": "t"}), &Nobody as &dyn Person, Verdict::Found("credentials_byo_oauth2".to_owned())),
        (&standard, of_user(json!({})), &Somebody, Verdict::SignIn(USER.to_owned())),
        (&standard, of_user(json!({})), &Nobody, stops(USER, Kind::InteractionRequired)),
        (&standard, of_user(json!({"on_error": "continue"})), &Nobody, Verdict::Nothing),
        (&own, json!({"token": "t"}), &Nobody, Verdict::Custom("own".to_owned())),
        (&standard, json!({"path": "/nowhere"}), &Nobody, stops("credentials_service_account", Kind::ConfigInvalid)),
        (&standard, only("byo_oauth2"), &Nobody, Verdict::Nothing),
        (&standard, only("gce"), &Nobody, Verdict::NotAsked),
    ] {
        let explained = explained(chain, settings.clone(), person);
        assert_eq!(explained.verdict, verdict, "{settings}: {explained:?}");
        assert!(!format!("{explained:?}").contains("canary"));
    }
}

/// What a chain with these settings says to somebody who is unattended, with this grant in the store.
fn refused(stored: &Value, told: &[&str], settings: Value) -> Error {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("logins").to_str().expect("text").to_owned();
    let world = world();
    let store = Store::with_context(world.context.clone(), settings_of(json!({"path": place}))).expect("a store");
    if stored.is_object() {
        let told: Vec<String> = told.iter().map(|scope| (*scope).to_owned()).collect();
        store.import(stored.to_string().as_bytes(), None, &told, &NoInterrupt).expect("taken in");
    }
    let chain = Chain::default();
    let mut settings = of_user(settings);
    settings["store"] = json!(place);
    let request = ChainRequest::from_settings(settings_of(settings), &chain).expect("a request");
    let fetched = chain.fetch_with_context(world.context.clone(), &request, &(), &Nobody, &NoInterrupt);
    let Err(error) = fetched.map(|fetched| matches!(fetched, Fetched::Source(_))) else { panic!("a token came") };
    assert_eq!(error.kind(), Kind::InteractionRequired, "{error:?}");
    assert!(error.message().contains(&place) && !format!("{error:?}").contains("canary"), "{error:?}");
    error
}

#[test]
fn who_is_unattended_is_told_what_was_looked_for_and_what_signs_in() {
    let stored = |client: &str| {
        json!({
            "type": "authorized_user", "client_id": client, "client_secret": "s", "refresh_token": "rt-canary",
            "account": "jane@example.com",
        })
    };
    for (stored, settings, told) in [
        (Value::Null, json!({}), "has no login at all"),
        (stored("c2"), json!({}), "has no login of the client c1, and 1 of others"),
        (
            stored("c1"),
            json!({}),
            "has jane@example.com of this client, which lacks the scope https://www.googleapis.com/auth/drive",
        ),
        (
            stored("c1"),
            json!({"scopes": "bigquery", "email": "ann@example.com"}),
            "has jane@example.com of this client, which is not ann@example.com",
        ),
        (stored("c1"), json!({"scopes": "bigquery", "partition": "p"}), "of this client, but in another partition"),
    ] {
        let error = refused(&stored, &["bigquery"], settings.clone());
        assert!(error.message().contains(told), "{settings}: {error}");
        assert!(error.hint().contains("`tokcore login --google-client FILE --scopes "), "{}", error.hint());
    }
    let named = refused(&Value::Null, &[], json!({"scopes": "drive mail", "email": "ann@example.com"}));
    assert!(named.hint().contains(" --scopes 'drive mail' --email ann@example.com --store /"), "{}", named.hint());
}
