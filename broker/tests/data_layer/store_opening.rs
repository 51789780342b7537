//! Opening a database: one broker, the right key, a schema we know; and nothing readable in the file.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokcore::Secret;
use tokcore_broker::Error;
use tokcore_broker::store::{KeyUse, NewFlow, Reason, Reencrypted, ReturnTo, Store, TokenState, sealed_columns};

use crate::store_access::{NOW, key, open, tokens};

fn paths(dir: &Path) -> (PathBuf, PathBuf) {
    (dir.join("tokcore.db"), dir.join("master.key"))
}

/// A connection beside the store, for what a store would never do.
async fn raw(database: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", database.display())).await.unwrap()
}

#[tokio::test]
async fn sign_in_survives_reopening_and_so_does_the_name() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let instance = store.instance().to_owned();
    let row = store.sign_in(&key(1), "fp", &tokens("a", Some("r")), NOW).await.unwrap();
    store.close().await;
    drop(store);
    let store = open(&dir).await;
    assert_eq!(store.all_tokens(NOW).await.unwrap(), [row]);
    assert_eq!((store.instance(), instance.len()), (instance.as_str(), 8));
    store.ping().await.unwrap();
}

#[tokio::test]
async fn second_broker_is_refused_with_the_first_one_s_number() {
    let dir = tempfile::tempdir().unwrap();
    let (database, key_file) = paths(dir.path());
    let store = open(&dir).await;
    let error = Store::open(&database, &key_file).await.unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, Error::Locked { .. }), "{message}");
    assert!(message.contains(&std::process::id().to_string()) && message.contains("tokcore.db"), "{message}");
    store.close().await;
    drop(store);
    Store::open(&database, &key_file).await.unwrap();
}

#[tokio::test]
async fn another_key_is_refused_by_name_and_the_database_is_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let (database, key_file) = paths(dir.path());
    let store = open(&dir).await;
    let id = store.keys().active().id();
    let row = store.sign_in(&key(1), "fp", &tokens("a", Some("r")), NOW).await.unwrap();
    store.close().await;
    drop(store);

    let other = dir.path().join("other.key");
    tokcore_broker::keys::KeyRing::create(&other).unwrap();
    let error = Store::open(&database, &other).await.unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, Error::WrongKey { .. }), "{message}");
    assert!(message.contains("written with another key") && message.contains(&id[..12]), "{message}");

    let kept = dir.path().join("kept.key");
    std::fs::rename(&key_file, &kept).unwrap();
    let error = Store::open(&database, &key_file).await.unwrap_err();
    assert!(matches!(error, Error::KeyMissing { .. }) && !key_file.exists(), "{error}");

    std::fs::rename(&kept, &key_file).unwrap();
    assert_eq!(open(&dir).await.token(&key(1), NOW).await.unwrap(), Some(row));
}

#[tokio::test]
async fn rotated_key_opens_old_rows_and_writes_new_ones() {
    let dir = tempfile::tempdir().unwrap();
    let (database, key_file) = paths(dir.path());
    let store = open(&dir).await;
    store.sign_in(&key(1), "fp", &tokens("old", Some("r")), NOW).await.unwrap();
    store.close().await;
    drop(store);
    let old = std::fs::read_to_string(&key_file).unwrap();
    let added = "k2:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n";
    std::fs::write(&key_file, format!("{added}{old}")).unwrap();

    let store = open(&dir).await;
    assert_eq!(store.keys().active().kid(), "k2");
    assert_eq!(store.token(&key(1), NOW).await.unwrap().unwrap().access_token, Some(Secret::new("old")));
    store.sign_in(&key(2), "fp", &tokens("new", Some("r")), NOW).await.unwrap();
    store.close().await;
    drop(store);

    std::fs::write(&key_file, added).unwrap();
    let error = Store::open(&database, &key_file).await.unwrap_err().to_string();
    assert!(error.contains("k1") && error.contains("none"), "a key that is still needed must not be dropped: {error}");
}

#[tokio::test]
async fn after_sealing_anew_the_old_key_can_go() {
    let dir = tempfile::tempdir().unwrap();
    let (_, key_file) = paths(dir.path());
    let store = open(&dir).await;
    let mut given = tokens("old", Some("r"));
    given.id_token = Some(Secret::new("id"));
    let row = store.sign_in(&key(1), "fp", &given, NOW).await.unwrap();
    let (state, verifier) = (Secret::new("state"), Secret::new("verifier"));
    let flow = NewFlow {
        state: &state,
        principal: &key(1).principal,
        web_session_hash: "w",
        guid: key(1).guid,
        verifier: Some(&verifier),
        nonce: None,
        config_fp: "fp",
        return_to: ReturnTo::Credentials,
    };
    store.insert_flow(&flow, NOW).await.unwrap();
    store.close().await;
    drop(store);
    let old = std::fs::read_to_string(&key_file).unwrap();
    let added = "k2:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n";
    std::fs::write(&key_file, format!("{added}{old}")).unwrap();

    let store = open(&dir).await;
    let uses = |uses: Vec<KeyUse>| uses.into_iter().map(|k| (k.kid, k.active, k.cells, k.needed)).collect::<Vec<_>>();
    let (k1, k2) = ("k1".to_owned(), "k2".to_owned());
    let before = [(k2.clone(), true, 0, true), (k1.clone(), false, 4, true)];
    assert_eq!(uses(store.key_uses().await.unwrap()), before);
    assert_eq!(store.reencrypt().await.unwrap(), Reencrypted { sealed: 4, unreadable: 0 });
    assert_eq!(uses(store.key_uses().await.unwrap()), [(k2, true, 4, true), (k1, false, 0, false)]);
    assert_eq!(store.reencrypt().await.unwrap(), Reencrypted { sealed: 0, unreadable: 0 }, "nothing is left to do");
    store.close().await;
    drop(store);

    std::fs::write(&key_file, added).unwrap();
    let store = open(&dir).await;
    assert_eq!(store.token(&key(1), NOW).await.unwrap(), Some(row));
    assert_eq!(store.take_flow("state", NOW).await.unwrap().unwrap().verifier, Some(verifier));
}

/// A value that opens under no key still names one, and may yet be moved back to where it opens.
#[tokio::test]
async fn a_key_stays_needed_while_a_value_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let (database, key_file) = paths(dir.path());
    let store = open(&dir).await;
    store.sign_in(&key(1), "fp", &tokens("a", None), NOW).await.unwrap();
    store.sign_in(&key(2), "fp", &tokens("b", None), NOW).await.unwrap();
    store.close().await;
    drop(store);
    let mut connection = raw(&database).await;
    let moved = "UPDATE oauth2_tokens SET access_token_enc = (SELECT access_token_enc FROM oauth2_tokens
         WHERE principal = 'os:1') WHERE principal = 'os:2'";
    sqlx::query(moved).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let old = std::fs::read_to_string(&key_file).unwrap();
    std::fs::write(&key_file, format!("k2:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n{old}")).unwrap();
    let store = open(&dir).await;
    assert_eq!(store.reencrypt().await.unwrap(), Reencrypted { sealed: 1, unreadable: 1 });
    let k1 = store.key_uses().await.unwrap().pop().unwrap();
    assert_eq!((k1.kid.as_str(), k1.cells, k1.needed), ("k1", 1, true));
}

/// Whatever a migration adds, sealing anew must know it.
#[tokio::test]
async fn every_sealed_column_is_known_to_the_rotation() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    store.close().await;
    let mut connection = raw(&paths(dir.path()).0).await;
    let query = "SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.name LIKE '%\\_enc' ESCAPE '\\' ORDER BY 1";
    let found: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap();
    assert_eq!(found, sealed_columns());
}

#[tokio::test]
async fn newer_schema_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (database, key_file) = paths(dir.path());
    let store = open(&dir).await;
    store.close().await;
    drop(store);
    let mut connection = raw(&database).await;
    sqlx::query(
        "INSERT INTO schema_migrations (version, description, success, checksum, execution_time)
         VALUES (99, 'later', 1, x'00', 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let error = Store::open(&database, &key_file).await.unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, Error::NewerSchema { found: 99, known: 1, .. }), "{message}");
}

/// Threat T12.
#[tokio::test]
async fn files_are_private_and_hold_nothing_readable() {
    let dir = tempfile::tempdir().unwrap();
    let (database, _) = paths(dir.path());
    let store = open(&dir).await;
    let mut given = tokens("canary-access", Some("canary-refresh"));
    given.id_token = Some(Secret::new("canary-id"));
    store.sign_in(&key(1), "fp", &given, NOW).await.unwrap();
    let link = store.create_login_link(&key(1).principal, NOW).await.unwrap();
    let web = store.create_web_session(&key(1).principal, NOW).await.unwrap();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        let content = std::fs::read(&path).unwrap();
        let content = String::from_utf8_lossy(&content);
        for secret in ["canary", link.token.expose(), link.code.expose(), web.expose()] {
            assert!(!content.contains(secret), "{} holds {secret}", path.display());
        }
    }
    assert!(database.exists());
    assert!(!format!("{:?} {store:?}", store.all_tokens(NOW).await.unwrap()).contains("canary"));
}

/// Threats T05, T13.
#[tokio::test]
async fn cell_copied_to_another_person_s_row_ends_that_row() {
    let dir = tempfile::tempdir().unwrap();
    let (database, _) = paths(dir.path());
    let store = open(&dir).await;
    store.sign_in(&key(1), "fp", &tokens("alice's", Some("r")), NOW).await.unwrap();
    let bob = store.sign_in(&key(2), "fp", &tokens("bob's", Some("r")), NOW).await.unwrap();
    let mut connection = raw(&database).await;
    sqlx::query(
        "UPDATE oauth2_tokens SET access_token_enc = (SELECT access_token_enc FROM oauth2_tokens
         WHERE principal = 'os:1') WHERE principal = 'os:2'",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();

    let row = store.token(&key(2), NOW).await.unwrap().unwrap();
    assert_eq!(row.state, TokenState::ReauthRequired(Reason::Undecryptable));
    assert_eq!((&row.access_token, &row.refresh_token, row.version), (&None, &None, bob.version + 1));
    assert_eq!(store.all_tokens(NOW).await.unwrap()[1], row, "marked once");
    let again = store.sign_in(&key(2), "fp", &tokens("bob's", Some("r")), NOW).await.unwrap();
    assert_eq!((again.state, again.version), (TokenState::Active, row.version + 1));
}
