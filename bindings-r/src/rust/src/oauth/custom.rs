//! Stores that R code keeps: `tok_store(custom = ...)`.
//!
//! R runs on one thread. What the engine does elsewhere, such as to finish an exchange that the user interrupted, is put
//! into a queue, which the end of a call on R's thread works off; whoever reads sees the queue first.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, ThreadId};

use extendr_api::prelude::*;
use tokcore::{CustomStore, Error, Kind, Secret};

use super::talk::talk;

/// The numbers of callbacks that nobody uses any more, until R's thread comes by.
static LEFT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The stores with a queue.
static QUEUED: Mutex<Vec<Weak<HostStore>>> = Mutex::new(Vec::new());

/// Callbacks that R/store-custom.R knows by their number.
pub struct HostStore {
    /// Itself, for whoever works off its queue.
    this: Weak<Self>,
    number: String,
    /// R's thread.
    home: ThreadId,
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
        forget(std::mem::take(&mut *locked(&LEFT)));
        Arc::new_cyclic(|this| Self {
            this: this.clone(),
            number,
            home: thread::current().id(),
            contents: Mutex::default(),
        })
    }

    fn is_home(&self) -> bool {
        thread::current().id() == self.home
    }

    /// Asks R, whose answer is a list of the value, or the words of an error.
    fn ask(&self, function: &CStr, texts: &[&str]) -> Result<Robj, Error> {
        let mut all = vec![self.number.as_str()];
        all.extend(texts);
        let answer = talk(function, &all, false).ok_or_else(|| Error::new(Kind::Cancelled, "its callback was left"))?;
        match answer.as_list() {
            Some(list) => Ok(list.elt(0).unwrap_or_default()),
            None => Err(Error::new(Kind::Store, answer.as_str().unwrap_or("its callback failed"))),
        }
    }

    /// Gives R one content, or has it delete one, and notes that it knows.
    fn give(&self, key: &str, content: Option<&Secret>) -> Result<(), Error> {
        match content {
            Some(content) => self.ask(c"host_store", &[key, content.expose()])?,
            None => self.ask(c"host_delete", &[key])?,
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
        if !self.is_home() {
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
        if self.is_home() {
            self.flush();
        }
        let (waiting, known) = {
            let contents = locked(&self.contents);
            (contents.queue.get(key).cloned(), contents.known.get(key).cloned())
        };
        match waiting {
            Some(content) => Ok(content),
            None if self.is_home() => {
                let answer = self.ask(c"host_load", &[key])?;
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
        let mut keys = if self.is_home() {
            self.flush();
            let answer = self.ask(c"host_keys", &[])?;
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

impl Drop for HostStore {
    fn drop(&mut self) {
        let number = std::mem::take(&mut self.number);
        if self.is_home() { forget(vec![number]) } else { locked(&LEFT).push(number) }
    }
}

/// Gives R what waits for it; called on R's thread at the end of every call.
pub fn hand_over() {
    let queued = std::mem::take(&mut *locked(&QUEUED));
    for store in queued.iter().filter_map(Weak::upgrade) {
        store.flush();
    }
}

/// Lets R collect the callbacks.
fn forget(numbers: Vec<String>) {
    for number in numbers {
        talk(c"forget_host", &[&number], false);
    }
}

/// A panic of another thread leaves whole contents: each change is one step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
