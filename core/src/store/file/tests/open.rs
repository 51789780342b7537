//! How a store is found, made and opened.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::atomic::Ordering;

use super::world::{World, address, files, now_unix_ms, record, token, write};
use crate::reason::Reason;
use crate::secret::Secret;
use crate::store::file::directory::{NamedBy, choose};
use crate::store::shelf::Shelf;

#[test]
fn a_store_is_where_somebody_said_or_where_state_belongs() {
    let mut world = World::new();
    let home = world.home.display().to_string();
    let at = |world: &World, setting: Option<&str>| {
        let place = choose(&world.context(), setting).expect("a place")?;
        Some((place.folder.display().to_string(), place.named_by))
    };
    if cfg!(target_os = "linux") {
        assert_eq!(at(&world, None), Some((format!("{home}/.local/state/tokcore"), NamedBy::Platform)));
        world.variables.insert("XDG_STATE_HOME".into(), "relative".into());
        assert_eq!(at(&world, None), Some((format!("{home}/.local/state/tokcore"), NamedBy::Platform)));
        world.variables.insert("XDG_STATE_HOME".into(), "/state".into());
        assert_eq!(at(&world, Some("user")), Some(("/state/tokcore".into(), NamedBy::Setting)));
    }
    world.variables.insert("TOKCORE_STORE".into(), "/elsewhere".into());
    assert_eq!(at(&world, None), Some(("/elsewhere".into(), NamedBy::Environment)));
    assert_eq!(at(&world, Some("~/mine")), Some((format!("{home}/mine"), NamedBy::Setting)));
    assert_eq!(at(&world, Some("memory")), None);
    assert!(choose(&world.context(), Some("")).is_err());
    world.variables.clear();
    let error = choose(&world.context(), None).expect_err("no home");
    assert!(error.hint().contains("TOKCORE_STORE"), "{error:?}");
}

#[test]
fn whoever_only_reads_creates_nothing() {
    let world = World::new();
    let store = world.store();
    assert!(store.read(&address(1)).expect("a miss").is_none());
    assert!(store.facts(None).expect("a list").is_empty());
    assert!(store.version(&address(1)).is_none());
    assert!(store.describe(true).iter().any(|(name, _)| name == "folder"));
    assert!(files(&world.home).is_empty(), "{:?}", files(&world.home));
}

#[test]
fn two_processes_that_make_a_store_at_once_have_one() {
    for _ in 0..10 {
        let world = World::new();
        std::thread::scope(|scope| {
            for number in 1..=4 {
                let store = world.store();
                scope.spawn(move || write(&store, number, &record(0, "a")).expect("written"));
            }
        });
        let store = world.store();
        for number in 1..=4 {
            assert_eq!(store.read(&address(number)).expect("a record").as_ref().map(token).as_deref(), Some("a"));
        }
        assert_eq!(world.quarantined(), 0);
    }
}

#[test]
fn a_store_opens_with_the_key_it_was_made_with_and_no_other() {
    let (one, other) = (Secret::new("A".repeat(43)), Secret::new("B".repeat(42) + "A"));
    let mut world = World::new();
    world.key = Some(one.clone());
    write(&world.store(), 1, &record(0, "a")).expect("written");
    let reads = |world: &World| world.store().read(&address(1)).map(|found| found.is_some());
    assert_eq!(reads(&world).ok(), Some(true));

    world.key = Some(other);
    let error = reads(&world).expect_err("another key");
    assert_eq!(error.reason(), Some(Reason::StoreKey));
    world.key = None;
    let error = reads(&world).expect_err("no key");
    assert_eq!(error.reason(), Some(Reason::StoreKey));
    assert!(error.hint().contains("TOKCORE_KEY"), "{error:?}");
    world.variables.insert("TOKCORE_KEY".into(), one.expose().into());
    assert_eq!(reads(&world).ok(), Some(true));
    world.variables.insert("TOKCORE_KEY".into(), "nonsense".into());
    assert!(reads(&world).is_err());
    assert_eq!(world.quarantined(), 0, "a wrong key is nobody's damage");
}

#[test]
fn a_missing_or_damaged_key_file_is_an_error_and_never_replaced() {
    let world = World::new();
    write(&world.store(), 1, &record(0, "a")).expect("written");
    let key = super::super::key_file::path(&world.context()).expect("a place");
    assert_eq!(key.metadata().expect("a key file").mode() & 0o7777, 0o600);
    let content = std::fs::read(&key).expect("a key");
    for damaged in [None, Some(&content[..20]), Some(&b"x".repeat(5000)[..])] {
        match damaged {
            Some(damaged) => std::fs::write(&key, damaged).expect("written"),
            None => std::fs::remove_file(&key).expect("removed"),
        }
        assert!(world.store().read(&address(1)).is_err());
        assert!(write(&world.store(), 1, &record(1, "b")).is_err());
        let now = std::fs::read(&key).unwrap_or_default();
        assert_eq!(now, damaged.unwrap_or_default(), "it is left as it was found");
    }
    std::fs::write(&key, &content).expect("restored");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("our own file");
    assert_eq!(world.store().read(&address(1)).expect("a record").as_ref().map(token).as_deref(), Some("a"));
}

#[test]
fn a_damaged_description_is_an_error_and_touches_no_record() {
    let world = World::new();
    write(&world.store(), 1, &record(0, "a")).expect("written");
    let store = world.store();
    assert!(store.read(&address(1)).expect("a record").is_some());
    let about = world.folder.join("store.json");
    std::fs::write(&about, b"{").expect("written");
    let error = world.store().read(&address(1)).expect_err("nothing opens");
    assert!(error.hint().contains("backup"), "{error:?}");
    assert!(write(&world.store(), 1, &record(1, "b")).is_err());
    // One that is gone is no reason to make another store over these records.
    std::fs::remove_file(&about).expect("removed");
    assert!(world.store().read(&address(1)).is_err());
    assert!(write(&world.store(), 1, &record(1, "b")).is_err() && !about.exists());
    assert!(store.read(&address(1)).expect("opened before").is_some());
    assert_eq!(world.quarantined(), 0);
}

#[test]
fn a_store_that_was_made_anew_does_not_cost_the_records_of_the_new_one() {
    let world = World::new();
    write(&world.store(), 1, &record(0, "old")).expect("written");
    let stale = world.store();
    assert!(stale.read(&address(1)).expect("a record").is_some());
    std::fs::remove_dir_all(&world.folder).expect("removed");
    write(&world.store(), 1, &record(0, "new")).expect("written");
    let error = stale.read(&address(1)).expect_err("another store");
    assert_eq!(error.reason(), Some(Reason::StoreKey));
    assert_eq!(world.store().read(&address(1)).expect("a record").as_ref().map(token).as_deref(), Some("new"));
    assert_eq!(world.quarantined(), 0);
}

#[test]
fn a_later_format_stays_for_whoever_can_read_it() {
    let world = World::new();
    write(&world.store(), 1, &record(0, "a")).expect("written");
    let path = world.record_path(1);
    let mut content = std::fs::read(&path).expect("a record");
    content[4] = 2;
    std::fs::write(&path, content).expect("written");
    let error = world.store().read(&address(1)).expect_err("of a later version");
    assert_eq!((error.hint(), world.quarantined()), ("update tokcore", 0));
}

#[test]
fn last_use_is_marked_once_a_day() {
    let world = World::new();
    let store = world.store();
    write(&store, 1, &record(0, "a")).expect("written");
    let used = || store.facts(None).expect("a list")[0].last_used_at_unix_s.expect("a time");
    let written = used();
    world.clock.0.store(now_unix_ms() + 23 * 3600 * 1000, Ordering::Relaxed);
    store.read(&address(1)).expect("a record");
    assert_eq!(used(), written);
    world.clock.0.store(now_unix_ms() + 25 * 3600 * 1000, Ordering::Relaxed);
    store.read(&address(1)).expect("a record");
    assert!(used() >= written + 24 * 3600);
}

#[test]
fn an_empty_folder_made_by_hand_is_made_private() {
    let world = World::new();
    std::fs::create_dir(&world.folder).expect("a folder");
    std::fs::set_permissions(&world.folder, std::fs::Permissions::from_mode(0o755)).expect("our own");
    write(&world.store(), 1, &record(0, "a")).expect("written");
    assert_eq!(world.folder.metadata().expect("a folder").mode() & 0o777, 0o700);
}

#[test]
fn a_store_that_could_not_be_made_is_an_error_before_anything_is_asked_for() {
    let world = World::new();
    let folder = world.folder.display().to_string();
    let opens =
        |folder: &str| crate::store::file::open(&world.context(), Some(folder), None).map(|shelf| shelf.is_some());
    assert_eq!(opens(&folder).ok(), Some(true));
    assert_eq!(opens("memory").ok(), Some(false));
    // Nobody can write there, root neither.
    let error = opens("/proc/1/store").expect_err("no place for a store");
    assert_eq!(error.reason(), Some(Reason::StoreUnwritable), "{error:?}");
    std::fs::write(&world.folder, b"a file").expect("written");
    let error = opens(&folder).expect_err("no folder");
    assert_eq!(error.reason(), Some(Reason::StorePermissions), "{error:?}");
    assert!(files(&world.home).len() == 1, "nothing was created");
}

#[tokio::test]
async fn a_turn_writes_and_removes_what_everybody_reads() {
    let world = World::new();
    let (store, other, address) = (world.store(), world.store(), address(1));
    let turn = store.lock(&address, std::time::Duration::from_secs(1)).await.expect("a turn");
    assert!(turn.read().expect("a miss").is_none());
    turn.write(&record(0, "a")).expect("written");
    assert_eq!(other.read(&address).expect("a record").as_ref().map(token).as_deref(), Some("a"));
    assert_eq!(other.version(&address), store.version(&address));
    turn.remove().expect("removed");
    assert!(other.read(&address).expect("a miss").is_none());
}
