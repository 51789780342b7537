//! A shelf in the memory of this process. A forked child begins with an empty one: two processes with one rotating grant
//! and no way to take turns would end it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::record::Record;
use super::shelf::{Address, Listed, Shelf, Turn, Unfinished, Version};
use super::turns::{Held, Turns};
use crate::error::Error;
use crate::fork::PerProcess;
use crate::lock::lock;
use crate::oauth::rotation::Rotation;
use crate::server::witness::{RawAnswer, Witness};
use crate::transport::BoxFuture;

/// Records that end with the process.
#[derive(Clone, Default)]
pub(crate) struct MemoryShelf(Arc<Inner>);

#[derive(Default)]
struct Inner {
    turns: Turns,
    content: PerProcess<Mutex<Content>>,
}

#[derive(Default)]
struct Content {
    records: HashMap<Address, (Record, Version)>,
    /// Counts the changes, so that no two versions are equal.
    changes: u64,
}

impl Inner {
    fn content(&self) -> Arc<Mutex<Content>> {
        self.content.get_or_init(Mutex::default)
    }

    fn read(&self, address: &Address) -> Option<Record> {
        lock(&self.content()).records.get(address).map(|(record, _)| record.clone())
    }
}

impl Shelf for MemoryShelf {
    fn read(&self, address: &Address) -> Result<Option<Record>, Error> {
        Ok(self.0.read(address))
    }

    fn version(&self, address: &Address) -> Option<Version> {
        lock(&self.0.content()).records.get(address).map(|(_, version)| *version)
    }

    fn lock<'a>(&'a self, address: &'a Address, patience: Duration) -> BoxFuture<'a, Result<Box<dyn Turn>, Error>> {
        Box::pin(async move {
            let held = self.0.turns.take(address, patience).await?;
            Ok(Box::new(MemoryTurn { inner: self.0.clone(), address: *address, _held: held }) as Box<dyn Turn>)
        })
    }

    fn facts(&self, group: Option<[u8; 8]>) -> Result<Vec<Listed>, Error> {
        let content = self.0.content();
        let content = lock(&content);
        let wanted = content.records.iter().filter(|(address, _)| group.is_none_or(|group| address.group == group));
        Ok(wanted
            .map(|(address, (record, _))| Listed {
                address: *address,
                facts: Ok(record.facts.clone()),
                last_used_at_unix_s: None,
                path: None,
            })
            .collect())
    }

    fn describe(&self, _probe: bool) -> Vec<(String, String)> {
        vec![("store".into(), "memory of this process".into()), ("turns".into(), "between threads".into())]
    }
}

struct MemoryTurn {
    inner: Arc<Inner>,
    address: Address,
    _held: Held,
}

impl Turn for MemoryTurn {
    fn read(&self) -> Result<Option<Record>, Error> {
        Ok(self.inner.read(&self.address))
    }

    /// Whatever was unfinished ended with its process.
    fn unfinished(&self) -> Result<Option<Unfinished>, Error> {
        Ok(None)
    }

    fn intend(&self, _generation: u64, _rotation: Rotation, _now: i64) -> Result<Box<dyn Witness>, Error> {
        Ok(Box::new(Unmoved))
    }

    fn write(&self, record: &Record) -> Result<(), Error> {
        let content = self.inner.content();
        let mut content = lock(&content);
        content.changes += 1;
        let version = Version([content.changes, 0, 0]);
        content.records.insert(self.address, (record.clone(), version));
        Ok(())
    }

    fn settle(&self) -> Result<(), Error> {
        Ok(())
    }

    fn remove(&self) -> Result<(), Error> {
        lock(&self.inner.content()).records.remove(&self.address);
        Ok(())
    }
}

/// The witness where there is nothing to be written down.
pub(super) struct Unmoved;

impl Witness for Unmoved {
    fn sending(&self) {}

    fn not_sent(&self) {}

    fn answered(&self, _answer: &RawAnswer) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::key::CredentialKey;
    use crate::reason::Reason;
    use crate::store::record::{Facts, Secrets};

    const ADDRESS: Address = Address { group: [1; 8], key: CredentialKey([2; 32]) };

    fn record(generation: u64) -> Record {
        Record { facts: Facts { generation, ..Facts::new() }, secrets: Secrets::default() }
    }

    #[tokio::test]
    async fn what_is_written_is_read_until_it_is_removed() {
        let shelf = MemoryShelf::default();
        assert!(shelf.read(&ADDRESS).unwrap().is_none() && shelf.version(&ADDRESS).is_none());
        let turn = shelf.lock(&ADDRESS, Duration::ZERO).await.unwrap();
        turn.write(&record(1)).unwrap();
        let first = shelf.version(&ADDRESS).unwrap();
        turn.write(&record(1)).unwrap();
        assert_ne!(shelf.version(&ADDRESS).unwrap(), first, "a rewrite was not noticed");
        assert_eq!(shelf.read(&ADDRESS).unwrap().unwrap().facts.generation, 1);
        assert_eq!(shelf.facts(Some([1; 8])).unwrap().len(), 1);
        assert!(shelf.facts(Some([9; 8])).unwrap().is_empty());
        turn.remove().unwrap();
        assert!(shelf.read(&ADDRESS).unwrap().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_is_waited_for_and_not_for_ever() {
        let shelf = MemoryShelf::default();
        let held = shelf.lock(&ADDRESS, Duration::ZERO).await.unwrap();
        let late = shelf.lock(&ADDRESS, Duration::from_secs(35)).await.err().unwrap();
        assert_eq!(late.reason(), Some(Reason::BusyElsewhere));
        let other = Address { group: [3; 8], ..ADDRESS };
        assert!(shelf.lock(&other, Duration::ZERO).await.is_ok(), "another record was locked too");
        drop(held);
        assert!(shelf.lock(&ADDRESS, Duration::ZERO).await.is_ok());
    }

    #[test]
    fn threads_take_turns() {
        let shelf = MemoryShelf::default();
        let busy = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
                    for _ in 0..50 {
                        let turn = runtime.block_on(shelf.lock(&ADDRESS, Duration::from_secs(30))).unwrap();
                        assert_eq!(busy.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        let generation = turn.read().unwrap().map_or(0, |record| record.facts.generation + 1);
                        turn.write(&record(generation)).unwrap();
                        busy.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(shelf.read(&ADDRESS).unwrap().unwrap().facts.generation, 399);
    }
}
