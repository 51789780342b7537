//! A store that the program keeps itself: in a database, a vault, a session.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use tokcore::{CustomStore, Error, Kind, Secret, Store};

use crate::answer::{ask, tokcore_answer};
use crate::call;
use crate::error::tokcore_error;
use crate::status::tokcore_status;
use crate::store::tokcore_store;
use crate::strings::{secret, text};
use crate::user_data::{UserData, tokcore_destroy};

/// Gives back the content under `key`, one text, with `tokcore_answer_add`; none when there is none. The result is false
/// when it cannot be read. It must return: no `longjmp`, no C++ exception. It may not call functions that wait.
pub type tokcore_load =
    Option<unsafe extern "C" fn(key: *const c_char, answer: *mut tokcore_answer, user_data: *mut c_void) -> bool>;

/// Keeps `content` under `key`, in place of what is there; it is durable when this returns true. The content holds tokens:
/// it is the program's to protect, and belongs in no log. `answer` takes the words for a failure. It must return: no
/// `longjmp`, no C++ exception. It may not call functions that wait.
pub type tokcore_save = Option<
    unsafe extern "C" fn(
        key: *const c_char,
        content: *const c_char,
        answer: *mut tokcore_answer,
        user_data: *mut c_void,
    ) -> bool,
>;

/// Forgets what is under `key`; nothing there is no failure. `answer` takes the words for a failure. It must return: no
/// `longjmp`, no C++ exception. It may not call functions that wait.
pub type tokcore_drop =
    Option<unsafe extern "C" fn(key: *const c_char, answer: *mut tokcore_answer, user_data: *mut c_void) -> bool>;

/// Gives back all keys, each with `tokcore_answer_add`. The result is false when they cannot be read. It must return: no
/// `longjmp`, no C++ exception. It may not call functions that wait.
pub type tokcore_keys = Option<unsafe extern "C" fn(answer: *mut tokcore_answer, user_data: *mut c_void) -> bool>;

type Load = unsafe extern "C" fn(*const c_char, *mut tokcore_answer, *mut c_void) -> bool;
type Save = unsafe extern "C" fn(*const c_char, *const c_char, *mut tokcore_answer, *mut c_void) -> bool;

/// The program's own store.
struct Host {
    load: Load,
    save: Save,
    forget: Load,
    keys: tokcore_keys,
    data: UserData,
}

impl CustomStore for Host {
    fn load(&self, key: &str) -> Result<Option<Secret>, Error> {
        let key = text(key);
        // SAFETY: the caller gave both together.
        let given = ask(|answer| unsafe { (self.load)(key.as_ptr(), answer, self.data.pointer()) })?;
        match given.as_slice() {
            [] => Ok(None),
            [content] => Ok(Some(Secret::new(content.as_str()))),
            _ => Err(Error::new(Kind::Store, "its callback gave several contents for one key")),
        }
    }

    fn store(&self, key: &str, content: &Secret) -> Result<(), Error> {
        let (key, content) = (text(key), secret(content)?);
        // SAFETY: as above.
        ask(|answer| unsafe { (self.save)(key.as_ptr(), content.as_ptr(), answer, self.data.pointer()) }).map(drop)
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        let key = text(key);
        // SAFETY: as above.
        ask(|answer| unsafe { (self.forget)(key.as_ptr(), answer, self.data.pointer()) }).map(drop)
    }

    fn keys(&self) -> Result<Option<Vec<String>>, Error> {
        let Some(keys) = self.keys else { return Ok(None) };
        // SAFETY: as above.
        let given = ask(|answer| unsafe { keys(answer, self.data.pointer()) })?;
        Ok(Some(given.iter().map(|key| key.to_string()).collect()))
    }
}

/// Makes a store that the program keeps itself. Threads of this process take turns; against another process that renews
/// at the same moment only a store of files protects.
///
/// Shape: a key is a short text of hexadecimal digits and one `-`, a content is one text. `keys` may be NULL where the
/// program cannot list them: then only what is asked for by its own key is found. Ownership: free `*store` with
/// `tokcore_store_free`; `destroy` may be NULL, else it is called once: when the store and the last client that uses it are
/// freed, or before this function returns if it fails. Threads: any; the functions are called from any, also at the same
/// time for different keys. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_store_custom(
    load: tokcore_load,
    save: tokcore_save,
    forget: tokcore_drop,
    keys: tokcore_keys,
    destroy: tokcore_destroy,
    user_data: *mut c_void,
    store: *mut *mut tokcore_store,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    // Made first, so that whatever fails below destroys the data.
    let data = UserData::new(user_data, destroy);
    unsafe {
        call::giving(store, "store", err, || {
            let missing = |name: &str| Error::new(Kind::InvalidArgument, format!("`{name}` is NULL"));
            let host = Host {
                load: load.ok_or_else(|| missing("load"))?,
                save: save.ok_or_else(|| missing("save"))?,
                forget: forget.ok_or_else(|| missing("forget"))?,
                keys,
                data,
            };
            Ok(Store::custom(Arc::new(host)))
        })
    }
}
