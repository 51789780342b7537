//! Stores that R code keeps: `tok_store(custom = ...)`.
//!
//! R runs on one thread. What the engine does elsewhere, such as to finish an exchange that the user interrupted, is put
//! into a queue, which the end of a call on R's thread works off; whoever reads sees the queue first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};

use tokcore::{CustomStore, Error, Kind, Secret};

use super::host::{HostFunctions, locked};

/// The stores with a queue.
static QUEUED: Mutex<Vec<Weak<HostStore>>> = Mutex::new(Vec::new());

/// What R/store-custom.R calls.
pub struct HostStore {
    /// Itself, for whoever works off its queue.
    this: Weak<Self>,
    functions: HostFunctions,
    contents: Mutex<Contents>,
}

/// Shape of a content: `None` where there is nothing.
#[derive(Default)]
struct Contents {
    /// What R has not been given yet.
    queue: BTreeMap<String, Option<Secret>>,
    /// What R has been given, or gave: all that another thread can know.
    known: BTreeMap<String, Option<Secret>>,
}

impl HostStore {
    /// Made on R's thread.
    pub fn new(number: String) -> Arc<Self> {
        let functions = HostFunctions::new(number);
        Arc::new_cyclic(|this| Self { this: this.clone(), functions, contents: Mutex::default() })
    }

    /// Gives R one content, or has it delete one, and notes that it knows.
    fn give(&self, key: &str, content: Option<&Secret>) -> Result<(), Error> {
        match content {
            Some(content) => self.functions.ask(c"host_store", &[key, content.expose()], Kind::Store)?,
            None => self.functions.ask(c"host_delete", &[key], Kind::Store)?,
        };
        self.learn(key, content.cloned());
        Ok(())
    }

    /// Works off the queue. What R refuses stays in it.
    fn flush(&self) {
        let waiting: Vec<_> = locked(&self.contents).queue.iter().map(|(key, is)| (key.clone(), is.clone())).collect();
        for (key, content) in waiting {
            if self.give(&key, content.as_ref()).is_err() {
                return self.queue_up();
            }
        }
    }

    fn queue_up(&self) {
        let mut queued = locked(&QUEUED);
        if !queued.iter().any(|other| other.ptr_eq(&self.this)) {
            queued.push(self.this.clone());
        }
    }

    /// R has the content, or has nothing: what waited for it under this key is settled.
    fn learn(&self, key: &str, content: Option<Secret>) {
        let mut contents = locked(&self.contents);
        contents.queue.remove(key);
        contents.known.insert(key.to_owned(), content);
    }

    fn put(&self, key: &str, content: Option<&Secret>) -> Result<(), Error> {
        if !self.functions.is_home() {
            locked(&self.contents).queue.insert(key.to_owned(), content.cloned());
            self.queue_up();
            return Ok(());
        }
        self.flush();
        self.give(key, content)
    }
}

impl CustomStore for HostStore {
    fn load(&self, key: &str) -> Result<Option<Secret>, Error> {
        if self.functions.is_home() {
            self.flush();
        }
        let (waiting, known) = {
            let contents = locked(&self.contents);
            (contents.queue.get(key).cloned(), contents.known.get(key).cloned())
        };
        match waiting {
            Some(content) => Ok(content),
            None if self.functions.is_home() => {
                let answer = self.functions.ask(c"host_load", &[key], Kind::Store)?;
                let content = answer.as_str().map(Secret::new);
                self.learn(key, content.clone());
                Ok(content)
            }
            None => known.ok_or_else(|| Error::new(Kind::Store, "only R's own thread can call it")),
        }
    }

    fn store(&self, key: &str, content: &Secret) -> Result<(), Error> {
        self.put(key, Some(content))
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.put(key, None)
    }

    fn keys(&self) -> Result<Option<Vec<String>>, Error> {
        let mut keys = if self.functions.is_home() {
            self.flush();
            let answer = self.functions.ask(c"host_keys", &[], Kind::Store)?;
            match answer.as_string_vector() {
                Some(keys) => keys,
                None => return Ok(None),
            }
        } else {
            let contents = locked(&self.contents);
            contents.known.iter().filter(|(_, content)| content.is_some()).map(|(key, _)| key.clone()).collect()
        };
        for (key, content) in &locked(&self.contents).queue {
            keys.retain(|known| known != key);
            if content.is_some() {
                keys.push(key.clone());
            }
        }
        Ok(Some(keys))
    }
}

/// Gives R what waits for it; called on R's thread at the end of every call.
pub fn hand_over() {
    let queued = std::mem::take(&mut *locked(&QUEUED));
    for store in queued.iter().filter_map(Weak::upgrade) {
        store.flush();
    }
}
