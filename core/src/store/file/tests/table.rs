//! `tests/vectors/store/files.json`.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tracing::span::{Attributes, Id, Record as SpanRecord};
use tracing::{Event, Level, Metadata, Subscriber};

use super::world::{FakeKeyring, World, address, files, record, token, write};
use crate::error::Error;
use crate::lock::lock;
use crate::store::key::keyring::Trouble;
use crate::store::shelf::Shelf;
use crate::table;

#[test]
fn files_are_as_the_table_says() {
    let read = table::read_from("store", "files.json");
    let is_root = rustix::process::geteuid().is_root();
    for case in table::cases(&read) {
        // Nobody else can give a folder away.
        if !is_root && case["steps"].to_string().contains("folder_owner") {
            continue;
        }
        run(case, case["id"].as_str().expect("an id"));
    }
}

fn run(case: &Value, id: &str) {
    let mut world = World::new();
    let mut outcome = Ok(());
    let begun = Instant::now();
    let warnings = Warnings::count(|| {
        for step in case["steps"].as_array().expect("steps") {
            outcome = outcome.clone().and_then(|()| carry_out(&mut world, step));
        }
        outcome = outcome.clone().and_then(|()| read(&world, case, id));
    });
    assert!(begun.elapsed() < Duration::from_secs(4), "{id}: {:?}", begun.elapsed());
    match (case["error"].as_str(), outcome) {
        (None, outcome) => outcome.unwrap_or_else(|error| panic!("{id}: {error:?}")),
        (Some(reason), outcome) => {
            let error = outcome.expect_err(id);
            assert_eq!(error.reason().map(|reason| reason.slug()), Some(reason), "{id}: {error:?}");
            assert!(error.hint().contains(case["hint"].as_str().expect("a hint")), "{id}: {error:?}");
        }
    }
    check(&world, case, id, warnings);
}

fn carry_out(world: &mut World, step: &Value) -> Result<(), Error> {
    let number = |name: &str| step[name].as_u64().map(|number| number as u8);
    let mode = |name: &str| step[name].as_str().map(|mode| u32::from_str_radix(mode, 8).expect("a mode"));
    let chmod = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("our own file");
    };
    let record_of = |name: &str| number(name).map(|number| world.record_path(number));
    if let Some(to) = number("write") {
        let mut written = record(0, step["token"].as_str().expect("a token"));
        written.facts.client_name = step["client_name"].as_str().map(str::to_owned);
        return write(&world.store(), to, &written);
    } else if let Some(path) = record_of("truncate") {
        let file = std::fs::File::options().write(true).open(path).expect("a record");
        file.set_len(step["to"].as_u64().expect("a length")).expect("cut");
    } else if let Some(path) = record_of("flip") {
        let mut content = std::fs::read(&path).expect("a record");
        let at = content.len() - step["from_end"].as_u64().expect("a place") as usize;
        content[at] ^= 1;
        std::fs::write(path, content).expect("written");
    } else if let Some(path) = record_of("copy_to") {
        std::fs::copy(record_of("of").expect("a record"), path).expect("copied");
    } else if let Some(mode) = mode("mode") {
        chmod(&record_of("of").expect("a record"), mode);
    } else if let Some(path) = record_of("link") {
        std::fs::hard_link(&path, world.outside().join("second name")).expect("linked");
    } else if let Some(path) = record_of("symlink") {
        let elsewhere = world.outside().join("elsewhere");
        std::fs::rename(&path, &elsewhere).expect("moved");
        std::os::unix::fs::symlink(elsewhere, path).expect("linked");
    } else if let Some(path) = record_of("leave_temporary") {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        std::fs::write(path.with_file_name(format!(".{name}.0011223344556677.tmp")), b"half").expect("written");
    } else if let Some(name) = step["junk"].as_str() {
        std::fs::write(world.folder.join(name), b"junk").expect("written");
    } else if let Some(below) = step["below"].as_str() {
        world.folder = world.folder.join(below);
    } else if step["repository"].is_boolean() {
        std::fs::create_dir(world.folder.with_file_name(".git")).expect("a folder");
    } else if let Some(owner) = step["folder_owner"].as_u64() {
        std::os::unix::fs::chown(&world.folder, Some(owner as u32), None).expect("only root comes here");
    } else if let Some(mode) = mode("folder_mode") {
        chmod(&world.folder, mode);
    } else if let Some(mode) = mode("parent_mode") {
        chmod(world.folder.parent().expect("a parent"), mode);
    } else if let Some(how) = step["keyring"].as_str() {
        let keyring = world.keyring.get_or_insert_with(|| Arc::new(FakeKeyring::default()));
        *lock(&keyring.trouble) = match how {
            "open" => None,
            "emptied" => lock(&keyring.entry).take().and(None),
            "locked" => Some(Trouble::Locked),
            "absent" => Some(Trouble::Absent),
            "hangs" => Some(Trouble::Hangs),
            other => panic!("no keyring is {other}"),
        };
        if step["display"].is_boolean() {
            world.variables.insert("DISPLAY".to_owned(), ":0".to_owned());
        }
    } else {
        panic!("no such step: {step}");
    }
    Ok(())
}

/// Reads everything twice, and lists it.
fn read(world: &World, case: &Value, id: &str) -> Result<(), Error> {
    let store = world.store();
    store.read(&address(1))?;
    for (number, wanted) in case["found"].as_object().expect("what is found") {
        for _ in 0..2 {
            let found = store.read(&address(number.parse().expect("a number")))?;
            assert_eq!(found.as_ref().map(token).as_deref(), wanted.as_str(), "{id}: {number}");
        }
    }
    if let Some(listed) = case["listed"].as_u64() {
        let facts = store.facts(None)?;
        assert_eq!(facts.iter().filter(|one| one.facts.is_ok()).count() as u64, listed, "{id}: {facts:?}");
        assert_eq!(store.facts(Some([1; 8]))?.len(), facts.len(), "{id}");
        assert!(store.facts(Some([2; 8]))?.is_empty(), "{id}");
    }
    Ok(())
}

fn check(world: &World, case: &Value, id: &str, warnings: usize) {
    if let Some(wanted) = case["warnings"].as_u64() {
        assert_eq!(warnings as u64, wanted, "{id}: warnings");
    }
    if let Some(wanted) = case["quarantined"].as_u64() {
        assert_eq!(world.quarantined() as u64, wanted, "{id}: quarantined");
    }
    for (name, wanted) in case["modes"].as_object().into_iter().flatten() {
        let paths = match name.as_str() {
            "*" => files(world.record_path(1).parent().expect("a folder")),
            name => vec![world.folder.join(name)],
        };
        for path in paths {
            let mode = path.metadata().expect("a file").mode() & 0o7777;
            assert_eq!(format!("{mode:04o}"), wanted.as_str().expect("a mode"), "{id}: {}", path.display());
        }
    }
    for (name, wanted) in case["content"].as_object().into_iter().flatten() {
        let content = std::fs::read_to_string(world.folder.join(name)).expect("a file");
        assert_eq!(content, wanted.as_str().expect("content"), "{id}: {name}");
    }
    if let Some(wanted) = case["key"].as_str() {
        let about = std::fs::read_to_string(world.folder.join("store.json")).expect("a description");
        assert!(about.contains(&format!("\"key_source\":\"{wanted}\"")), "{id}: {about}");
    }
    if let Some(keyring) = world.keyring.as_ref().filter(|_| !world.variables.contains_key("DISPLAY")) {
        assert_eq!(keyring.prompts.load(Ordering::Relaxed), 0, "{id}: nobody would have seen the prompt");
    }
    let outside = files(world.outside()).len();
    assert!(outside <= 2, "{id}: something was written outside of the store");
}

/// Counts what a person would be warned of.
struct Warnings(Arc<AtomicUsize>);

impl Warnings {
    fn count(run: impl FnOnce()) -> usize {
        let counted = Arc::new(AtomicUsize::new(0));
        tracing::subscriber::with_default(Self(counted.clone()), run);
        counted.load(Ordering::Relaxed)
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &SpanRecord<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
