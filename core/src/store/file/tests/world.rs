//! A user with a folder, an environment, a clock and perhaps a keyring.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::cache::key::CredentialKey;
use crate::context::{Clock, Context, Env, Rng};
use crate::crypto;
use crate::error::Error;
use crate::lock::lock;
use crate::secret::Secret;
use crate::store::file::directory::{NamedBy, Place};
use crate::store::file::room::Room;
use crate::store::file::{FileStore, disk};
use crate::store::key::keyring::{Keyring, Trouble};
use crate::store::record::{Facts, Record, Secrets};
use crate::store::shelf::Address;

pub(super) struct World {
    /// Shape: `None` in a folder of somebody else's, who removes it.
    temporary: Option<tempfile::TempDir>,
    pub(super) home: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) variables: HashMap<String, String>,
    pub(super) keyring: Option<Arc<FakeKeyring>>,
    pub(super) key: Option<Secret>,
    pub(super) clock: Arc<FakeClock>,
}

impl World {
    pub(super) fn new() -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        let home = temporary.path().join("home");
        std::fs::create_dir(&home).expect("a home");
        Self { temporary: Some(temporary), ..Self::at(home) }
    }

    /// The world of a user whose home is there.
    pub(super) fn at(home: PathBuf) -> Self {
        let variables = HashMap::from([("HOME".to_owned(), home.display().to_string())]);
        let clock = Arc::new(FakeClock(AtomicI64::new(now_unix_ms())));
        Self { folder: home.join("store"), temporary: None, home, variables, keyring: None, key: None, clock }
    }

    /// A folder beside the home.
    pub(super) fn outside(&self) -> &Path {
        self.temporary.as_ref().expect("a world of our own").path()
    }

    pub(super) fn context(&self) -> Context {
        let env = Arc::new(FakeEnv(self.variables.clone()));
        Context { env, clock: self.clock.clone(), rng: Arc::new(SystemRng), ..Context::default() }
    }

    /// The store as a process finds it that has just been started.
    pub(super) fn store(&self) -> FileStore {
        let place = Place { folder: self.folder.clone(), named_by: NamedBy::Setting };
        let keyring = self.keyring.clone().map(|keyring| keyring as Arc<dyn Keyring>);
        FileStore::at(&self.context(), place, self.key.as_ref(), keyring)
    }

    pub(super) fn record_path(&self, number: u8) -> PathBuf {
        Room::path(&self.store(), &address(number))
    }

    pub(super) fn quarantined(&self) -> usize {
        files(&self.folder.join("quarantine")).len()
    }
}

pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect()
}

pub(super) fn address(number: u8) -> Address {
    Address { group: [1; 8], key: CredentialKey([number; 32]) }
}

pub(super) fn record(generation: u64, token: &str) -> Record {
    let facts = Facts { generation, client_id: "s6BhdRkqt3".into(), ..Facts::new() };
    let mut secrets = Secrets::default();
    secrets.refresh_token = Some(Secret::new(token));
    Record { facts, secrets }
}

/// Writes as a turn does.
pub(super) fn write(store: &FileStore, number: u8, record: &Record) -> Result<(), Error> {
    let address = address(number);
    store.prepare(&address)?;
    let (path, file) = (Room::path(store, &address), store.file_of(&address, record)?);
    disk::replace(&SystemRng, &path, &file, &disk::RECORD).map_err(|cause| disk::unwritable(&path, cause))
}

pub(super) fn token(record: &Record) -> String {
    record.secrets.refresh_token.as_ref().expect("a token").expose().to_owned()
}

pub(super) fn now_unix_ms() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis() as i64
}

struct FakeEnv(HashMap<String, String>);

impl Env for FakeEnv {
    fn var(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

pub(super) struct FakeClock(pub(super) AtomicI64);

impl Clock for FakeClock {
    fn now_unix_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        crypto::fill_random(out)
    }
}

/// A keyring that does as it is told.
#[derive(Default)]
pub(super) struct FakeKeyring {
    pub(super) entry: Mutex<Option<Secret>>,
    pub(super) trouble: Mutex<Option<Trouble>>,
    /// How often it would have asked somebody something.
    pub(super) prompts: AtomicUsize,
}

impl FakeKeyring {
    fn asked(&self, may_prompt: bool) -> Result<(), Trouble> {
        match *lock(&self.trouble) {
            Some(Trouble::Hangs) => std::thread::sleep(Duration::from_secs(5)),
            Some(trouble) => {
                if trouble == Trouble::Locked && may_prompt {
                    self.prompts.fetch_add(1, Ordering::Relaxed);
                }
                return Err(trouble);
            }
            None => {}
        }
        Ok(())
    }
}

impl Keyring for FakeKeyring {
    fn get(&self, may_prompt: bool) -> Result<Option<Secret>, Trouble> {
        self.asked(may_prompt)?;
        Ok(lock(&self.entry).clone())
    }

    fn set(&self, secret: &Secret, may_prompt: bool) -> Result<(), Trouble> {
        self.asked(may_prompt)?;
        *lock(&self.entry) = Some(secret.clone());
        Ok(())
    }
}
