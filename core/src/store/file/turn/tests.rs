//! A turn from its beginning to its end, in a folder that is nothing but a folder.

use std::sync::atomic::{AtomicU8, Ordering};

use zeroize::Zeroizing;

use super::*;
use crate::cache::key::CredentialKey;
use crate::context::Context;
use crate::crypto::sealed;
use crate::reason::Reason;
use crate::server::witness::RawAnswer;
use crate::store::file::format::{self, Sealed};
use crate::store::key::{KeySource, StoreKey};
use crate::store::record::{Facts, Secrets};

pub(in crate::store::file) const ADDRESS: Address = Address { group: [1; 8], key: CredentialKey([2; 32]) };

/// A store that is a folder with a key.
pub(in crate::store::file) struct Bare {
    pub(in crate::store::file) folder: tempfile::TempDir,
    context: Context,
    key: StoreKey,
    mode: Mode,
}

impl Bare {
    pub(in crate::store::file) fn new(mode: Mode) -> Arc<Self> {
        let key = StoreKey::new(Zeroizing::new([7; 32]), KeySource::Explicit, [3; 16]);
        Arc::new(Self { folder: tempfile::tempdir().unwrap(), context: Context::os(), key, mode })
    }

    pub(in crate::store::file) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Room for Bare {
    fn context(&self) -> &Context {
        &self.context
    }

    fn path(&self, _address: &Address) -> PathBuf {
        self.folder.path().join("a.tok")
    }

    fn prepare(&self, _address: &Address) -> Result<(), Error> {
        Ok(())
    }

    fn mode(&self) -> Result<Mode, Error> {
        Ok(self.mode)
    }

    fn read(&self, address: &Address) -> Result<Option<Record>, Error> {
        let found = disk::read(&self.path(address), 1 << 20).unwrap();
        Ok(found.map(|found| Sealed::parse(&found.bytes).unwrap().record(&self.key, address).unwrap()))
    }

    fn file_of(&self, address: &Address, record: &Record) -> Result<Vec<u8>, Error> {
        format::seal(&self.key, address, record, None, &*self.context.rng)
    }

    fn seal(&self, address: &Address, purpose: &str, associated: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
        let key = self.key.sub_key(address, purpose);
        sealed::seal(&key, associated, text, |nonce| self.context.rng.fill(nonce))
    }

    fn open(
        &self,
        address: &Address,
        purpose: &str,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        Ok(sealed::open(&self.key.sub_key(address, purpose), associated, sealed))
    }
}

fn record(generation: u64) -> Record {
    Record { facts: Facts { generation, ..Facts::new() }, secrets: Secrets::default() }
}

pub(in crate::store::file) fn answer(body: &[u8]) -> RawAnswer {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    RawAnswer { sent_at_unix_s: 7, status: 200, headers, body: Zeroizing::new(body.to_vec()) }
}

async fn turn(room: &Arc<Bare>) -> FileTurn {
    begin(room.clone(), ADDRESS, Duration::from_secs(1)).await.unwrap()
}

#[tokio::test]
async fn a_renewal_that_ends_well_leaves_the_record_and_the_lock() {
    let room = Bare::new(Mode::Lock);
    let turn = turn(&room).await;
    assert!(turn.read().unwrap().is_none() && turn.unfinished().unwrap().is_none());
    turn.write(&record(0)).unwrap();
    let witness = turn.intend(1, Rotation::Strict, 5).unwrap();
    assert_eq!(room.names(), [".swept", "a.g1.stage", "a.intent", "a.lock", "a.tok"]);
    witness.sending();
    witness.answered(&answer(b"{}"));
    turn.write(&record(1)).unwrap();
    drop(turn);
    assert_eq!(room.names(), [".swept", "a.lock", "a.tok"]);
    assert_eq!(room.read(&ADDRESS).unwrap().unwrap().facts.generation, 1);
}

#[tokio::test]
async fn what_does_not_rotate_is_not_written_down() {
    let room = Bare::new(Mode::Lock);
    for rotation in [Rotation::Static, Rotation::Keep] {
        turn(&room).await.intend(1, rotation, 5).unwrap().sending();
    }
    assert_eq!(room.names(), ["a.lock"]);
}

#[tokio::test]
async fn the_next_process_finds_how_far_an_exchange_came() {
    fn answered(witness: &dyn Witness) {
        witness.sending();
        witness.answered(&answer(b"{\"access_token\":\"canary\"}"));
    }
    fn not_sent_after_all(witness: &dyn Witness) {
        witness.sending();
        witness.not_sent();
    }
    type Step = fn(&dyn Witness);
    let steps: [(&str, Step, bool, bool); 4] = [
        ("nothing", |_| {}, false, false),
        ("sending", |witness| witness.sending(), true, false),
        ("not sent after all", not_sent_after_all, false, false),
        ("answered", answered, true, true),
    ];
    for (name, step, sending, answered) in steps {
        let room = Bare::new(Mode::Lock);
        step(&*turn(&room).await.intend(4, Rotation::Unknown, 5).unwrap());
        let left = turn(&room).await.unfinished().unwrap().expect(name);
        assert_eq!((left.generation, left.began_at_unix_ms, left.sending), (4, 5, sending), "{name}");
        assert_eq!(left.answer.is_some(), answered, "{name}");
        if let Some(left) = left.answer {
            assert_eq!((left.status, left.headers.len(), left.sent_at_unix_s), (200, 1, 7));
            assert_eq!(left.body.as_slice(), b"{\"access_token\":\"canary\"}");
        }
        assert!(!left.host.is_empty());
        let turn = turn(&room).await;
        turn.settle().unwrap();
        assert!(turn.unfinished().unwrap().is_none());
    }
}

#[tokio::test]
async fn an_exchange_whose_record_was_written_is_finished() {
    let room = Bare::new(Mode::Lock);
    let first = turn(&room).await;
    first.intend(1, Rotation::Strict, 5).unwrap().sending();
    // As if the process had died between the two.
    let file = room.file_of(&ADDRESS, &record(1)).unwrap();
    disk::replace(&*room.context().rng, &room.path(&ADDRESS), &file, &disk::RECORD).unwrap();
    drop(first);
    assert!(turn(&room).await.unfinished().unwrap().is_none());
    assert_eq!(room.names(), [".swept", "a.lock", "a.tok"]);
}

#[tokio::test]
async fn where_nothing_can_be_written_nothing_is_begun() {
    let room = Bare::new(Mode::Lock);
    let turn = turn(&room).await;
    // In the places of the journal are folders with something in them, which no file can replace.
    for (blocked, left) in [("a.intent", vec!["a.intent", "a.lock"]), ("a.g1.stage", vec!["a.g1.stage", "a.lock"])] {
        std::fs::create_dir_all(room.folder.path().join(blocked).join("x")).unwrap();
        let error = turn.intend(1, Rotation::Strict, 5).err().unwrap();
        assert_eq!(error.reason(), Some(Reason::StoreUnwritable), "{blocked}");
        assert_eq!(room.names(), left);
        std::fs::remove_dir_all(room.folder.path().join(blocked)).unwrap();
    }
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn on_a_full_disk_nothing_is_sent_and_the_record_stays() {
    let room = Bare::new(Mode::Lock);
    let Some(disk) = disk::tests::tiny_disk(room.folder.path()) else { return };
    let turn = turn(&room).await;
    turn.write(&record(0)).unwrap();
    // What is left is less than an answer may need.
    let error = turn.intend(1, Rotation::Unknown, 5).err().unwrap();
    assert_eq!(error.reason(), Some(Reason::StoreUnwritable));
    assert!(error.message().ends_with("the disk is full"), "{error}");
    assert_eq!(turn.read().unwrap().unwrap().facts.generation, 0);
    assert_eq!(room.names(), [".swept", "a.lock", "a.tok"]);
    drop((turn, disk));
}

#[tokio::test]
async fn a_removed_record_leaves_nothing_but_the_lock() {
    let room = Bare::new(Mode::Lock);
    let turn = turn(&room).await;
    turn.write(&record(0)).unwrap();
    turn.intend(1, Rotation::Strict, 5).unwrap();
    turn.remove().unwrap();
    assert_eq!(room.names(), [".swept", "a.lock"]);
    assert!(turn.read().unwrap().is_none());
}

#[tokio::test]
async fn whoever_lost_the_lease_overwrites_nothing() {
    let room = Bare::new(Mode::Lease);
    let robbed = turn(&room).await;
    robbed.write(&record(0)).unwrap();
    std::fs::rename(room.folder.path().join("a.lease"), room.folder.path().join("taken")).unwrap();
    let new = turn(&room).await;
    new.read().unwrap();
    new.write(&record(1)).unwrap();
    assert!(robbed.intend(1, Rotation::Strict, 5).is_err(), "it would have sent");
    assert_eq!(robbed.write(&record(1)).unwrap_err().reason(), Some(Reason::BusyElsewhere));
    drop(robbed);
    new.write(&record(2)).unwrap();
}

#[tokio::test]
async fn a_panic_ends_the_turn() {
    let room = Bare::new(Mode::Lock);
    let held = turn(&room).await;
    let entered = AtomicU8::new(0);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _held = held;
        entered.store(1, Ordering::Relaxed);
        panic!("on purpose");
    }));
    assert!(outcome.is_err() && entered.into_inner() == 1);
    turn(&room).await.write(&record(0)).unwrap();
}
