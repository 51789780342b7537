//! Which stored grant a request is served with, through the public door. A source is a process of its own.

use std::cell::RefCell;

use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::{
    Entry, Error, Interactivity, Kind, NoInterrupt, Nobody, Notice, Person, Selection, SharedToken, Store, TokenSource,
};

use crate::table::{each_of, read_from, same_error};
use crate::world::{World, request, settings_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[allow(dead_code, reason = "the reader of tables names it")]
    id: String,
    #[allow(dead_code, reason = "the reader of tables names it")]
    why: String,
    /// Grants in the order in which they come.
    stored: Vec<Value>,
    /// Key of the grant to be marked as the default one, by its account.
    #[serde(default)]
    default: Option<String>,
    #[serde(default)]
    client: Value,
    request: Value,
    /// The access token that is used, or the error.
    token: Option<String>,
    error: Option<Value>,
}

/// The grant with what all of these tests have in common.
fn grant(changes: &Value) -> tokcore::Settings {
    let mut grant = json!({
        "client_id": "c1", "token_endpoint": "https://as.example/token", "refresh_token": "RT", "expires_at": 1_700_003_600,
    });
    let all = grant.as_object_mut().expect("an object");
    all.extend(changes.as_object().cloned().unwrap_or_default());
    settings_of(grant)
}

fn source(world: &World, store: &Store, client: &Value, wanted: &Value) -> Result<TokenSource, Error> {
    world.client(client.clone()).expect("a client").with_store(store).source(request(wanted.clone()))
}

fn token(world: &World, store: &Store, client: &Value, wanted: &Value) -> Result<SharedToken, Error> {
    source(world, store, client, wanted)?.token(&Nobody, &NoInterrupt)
}

fn accounts(store: &Store) -> Vec<(String, Entry)> {
    let entries = store.list(&Selection::default()).expect("a list");
    entries.into_iter().map(|entry| (entry.account.clone().unwrap_or_default(), entry)).collect()
}

#[test]
fn grants_are_shared_as_the_table_says() {
    each_of(&read_from("store", "sharing.json"), |case: Case| {
        let world = World::real();
        let store = Store::memory().in_context(&world.context);
        for stored in &case.stored {
            store.adopt(grant(stored)).map_err(|error| format!("{error:?}"))?;
        }
        if let Some(default) = &case.default {
            let marked =
                accounts(&store).into_iter().find(|(account, _)| account == default).ok_or("no such account")?;
            store.set_default_account(&marked.1.key, &NoInterrupt).map_err(|error| format!("{error:?}"))?;
        }
        match (token(&world, &store, &case.client, &case.request), &case.token, &case.error) {
            (Ok(token), Some(wanted), None) if token.access_token().expose() == wanted => Ok(()),
            (Err(error), None, Some(wanted)) => same_error(&error, wanted),
            (outcome, ..) => Err(format!("got {outcome:?}")),
        }
    });
}

#[test]
fn the_first_account_gets_its_own_key_when_a_second_one_comes() {
    let world = World::real();
    let store = Store::memory().in_context(&world.context);
    let wanted = json!({"scopes": "a"});
    let first = source(&world, &store, &json!({}), &wanted).expect("a source");
    let alone =
        store.adopt(grant(&json!({"access_token": "A", "account": "a@example.com", "scopes": "a"}))).expect("kept");
    assert_eq!(first.token(&Nobody, &NoInterrupt).expect("the only one").access_token().expose(), "A");
    assert_eq!(alone, first.key(), "the only account has the key that names none");
    let second =
        store.adopt(grant(&json!({"access_token": "B", "account": "b@example.com", "scopes": "a"}))).expect("kept");
    let now = accounts(&store);
    assert_eq!(now.iter().map(|(account, _)| account.as_str()).collect::<Vec<_>>(), ["a@example.com", "b@example.com"]);
    assert!(now.iter().all(|(_, entry)| entry.key != alone) && second != alone);
    // Who held the first one goes on with it, where it is now.
    world.clock.advance_ms(31_000);
    assert_eq!(first.token(&Nobody, &NoInterrupt).expect("still the same").access_token().expose(), "A");
    assert_eq!(
        store.adopt(grant(&json!({"access_token": "B2", "account": "B@example.com", "scopes": "a"}))).expect("kept"),
        second
    );
}

/// C-05.
#[test]
fn exchanges_of_two_subjects_are_two_credentials() {
    let world = World::real();
    world.network.plays(|seen| {
        let answer = json!({"access_token": seen.form()["subject_token"], "token_type": "Bearer", "expires_in": 60,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"});
        (std::time::Duration::ZERO, crate::world::Reply::json(200, answer))
    });
    let store = Store::memory().in_context(&world.context);
    for subject in ["S1", "S2", "S1"] {
        let wanted = json!({"grant": "token_exchange", "subject_token": subject, "subject_token_type": "access_token"});
        let token = token(&world, &store, &json!({}), &wanted).expect("a token");
        assert_eq!(token.access_token().expose(), subject);
    }
    assert_eq!((world.network.count(), accounts(&store).len()), (2, 2));
}

/// Chooses one line of every menu.
struct Chooser(Option<usize>, RefCell<Vec<String>>);

impl Person for Chooser {
    fn interactivity(&self) -> Interactivity {
        Interactivity::Yes
    }

    fn tell(&self, _: &Notice<'_>) {}

    fn choose(&self, _: &str, options: &[String]) -> Result<Option<usize>, Error> {
        *self.1.borrow_mut() = options.to_vec();
        Ok(self.0)
    }
}

#[test]
fn a_person_chooses_among_several_accounts() {
    let world = World::real();
    let store = Store::memory().in_context(&world.context);
    for account in ["a@example.com", "b@example.com"] {
        store.adopt(grant(&json!({"access_token": account, "account": account, "scopes": "a"}))).expect("kept");
    }
    let source = source(&world, &store, &json!({}), &json!({"scopes": "a"})).expect("a source");
    let unwilling = Chooser(None, RefCell::default());
    assert_eq!(source.token(&unwilling, &NoInterrupt).expect_err("no choice").kind(), Kind::AmbiguousAccount);
    let chooser = Chooser(Some(2), RefCell::default());
    let token = source.token(&chooser, &NoInterrupt).expect("a token");
    assert_eq!(token.access_token().expose(), "b@example.com");
    assert_eq!(chooser.1.borrow()[1..], ["a@example.com", "b@example.com"]);
    assert!(Person::choose(&Nobody, "", &[]).expect("nobody").is_none());
}

#[test]
fn signing_out_is_noticed_by_other_processes() {
    let world = World::real();
    world.network.plays(|seen| {
        assert_eq!(seen.endpoint(), "revoke");
        (std::time::Duration::ZERO, crate::world::Reply::json(200, json!({})))
    });
    let store = Store::memory().in_context(&world.context);
    store.adopt(grant(&json!({"access_token": "A", "scopes": "a"}))).expect("kept");
    let wanted = json!({"scopes": "a"});
    let (here, there) = (
        source(&world, &store, &json!({}), &wanted).expect("a source"),
        source(&world, &store, &json!({}), &wanted).expect("a source"),
    );
    assert!(there.token(&Nobody, &NoInterrupt).is_ok() && here.token(&Nobody, &NoInterrupt).is_ok());
    let gone = here.logout(true, &NoInterrupt).expect("signed out");
    assert!(gone.found && gone.revocation.expect("asked").slug() == "revoked");
    assert!(here.current().is_none() && accounts(&store).is_empty());
    world.clock.advance_ms(31_000);
    assert_eq!(there.token(&Nobody, &NoInterrupt).expect_err("gone").kind(), Kind::InteractionRequired);
    assert!(!here.logout(true, &NoInterrupt).expect("nothing left").found);
}

#[test]
fn grants_move_to_another_machine_and_the_newer_one_stays() {
    let world = World::real();
    let (here, there) = (Store::memory().in_context(&world.context), Store::memory().in_context(&world.context));
    let passphrase = tokcore::Secret::new("correct horse battery");
    let everything = Selection::default();
    assert_eq!(here.export(&everything, &passphrase).expect_err("nothing").kind(), Kind::NotFound);
    here.adopt(grant(&json!({"access_token": "A", "scopes": "a", "account": "a@example.com"}))).expect("kept");
    let file = here.export(&everything, &passphrase).expect("a file");
    let slugs = |store: &Store| {
        let arrivals = store.import(&file, Some(&passphrase), &[], &NoInterrupt).expect("opened");
        arrivals.into_iter().map(|(entry, arrival)| (entry.account, arrival.slug())).collect::<Vec<_>>()
    };
    assert_eq!(slugs(&there), [(Some("a@example.com".to_owned()), "added")]);
    assert_eq!(slugs(&there), [(Some("a@example.com".to_owned()), "kept")]);
    let moved = token(&world, &there, &json!({}), &json!({"scopes": "a"})).expect("a token");
    assert_eq!(moved.access_token().expose(), "A");
    let wrong =
        there.import(&file, Some(&tokcore::Secret::new("another passphrase")), &[], &NoInterrupt).expect_err("wrong");
    assert_eq!(wrong.reason(), Some(tokcore::Reason::StoreKey));
}

#[test]
fn entries_are_removed_by_the_beginning_of_their_key() {
    let world = World::real();
    let store = Store::memory().in_context(&world.context);
    let key = store.adopt(grant(&json!({"access_token": "A", "scopes": "a"}))).expect("kept");
    store.adopt(grant(&json!({"access_token": "B", "scopes": "b"}))).expect("kept");
    assert_eq!(store.remove("ffffffffffff", &NoInterrupt).expect_err("no such key").kind(), Kind::NotFound);
    let gone = store.logout(&key[..12], false, &NoInterrupt).expect("removed");
    assert!(gone.found && gone.revocation.is_none());
    let scope_b = Selection { scope: Some("b".into()), ..Selection::default() };
    assert_eq!(store.clear(&scope_b, &NoInterrupt).expect("cleared"), 1);
    assert_eq!(store.prune(None, &NoInterrupt).expect("nothing left"), 0);
    assert!(accounts(&store).is_empty());
}

/// Says what it is told, and never signs in.
struct Patient(std::sync::mpsc::Sender<String>);

impl Person for Patient {
    fn interactivity(&self) -> Interactivity {
        Interactivity::Yes
    }

    fn tell(&self, notice: &Notice<'_>) {
        let _ = self.0.send(notice.to_string());
    }
}

#[test]
fn a_person_is_asked_by_one_program_at_a_time() {
    let world = World::real();
    let store = Store::memory().in_context(&world.context);
    let wanted = json!({"scopes": "a"});
    let (first, second) = (
        source(&world, &store, &json!({}), &wanted).expect("a source"),
        source(&world, &store, &json!({}), &wanted).expect("a source"),
    );
    let (hers, told) = std::sync::mpsc::channel();
    let (his, told_too) = std::sync::mpsc::channel();
    struct Until(std::sync::Arc<std::sync::atomic::AtomicBool>);
    impl tokcore::Interrupt for Until {
        fn is_interrupted(&self) -> bool {
            self.0.load(std::sync::atomic::Ordering::SeqCst)
        }
    }
    let over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let ends = Until(over.clone());
    let asking = std::thread::spawn(move || first.token(&Patient(hers), &ends).map(drop));
    assert!(told.recv().expect("asked").contains("sign in"));
    let waiting = std::thread::spawn(move || second.token(&Patient(his), &NoInterrupt));
    assert!(told_too.recv().expect("told").contains("Another program of yours"));
    // The sign-in is finished elsewhere, and the first one gives up.
    store.adopt(grant(&json!({"access_token": "A", "scopes": "a"}))).expect("kept");
    over.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(asking.join().expect("no panic").expect_err("interrupted").kind(), Kind::Cancelled);
    assert_eq!(waiting.join().expect("no panic").expect("a token").access_token().expose(), "A");
}
