//! `tokcore_entries`: a list of stored credentials.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use tokcore::{Arrival, Entry};

use crate::call;
use crate::entry::{EntryValue, tokcore_entry};
use crate::handle::{self, Cell, Handle, Shared};
use crate::strings::text;

/// Stored credentials, sorted for people. Immutable; holds no secret.
pub struct tokcore_entries {
    _opaque: (),
}

impl Handle for tokcore_entries {
    type Value = EntriesValue;
    type Ownership = Shared;
    const NAME: &'static str = "entries";
}

pub(crate) struct EntriesValue {
    entries: Vec<Arc<Cell<tokcore_entry>>>,
    json: CString,
}

impl EntriesValue {
    pub(crate) fn listed(entries: &[Entry]) -> Self {
        Self::new(entries, entries.iter().map(|entry| EntryValue::new(entry, None)))
    }

    pub(crate) fn arrived(arrivals: Vec<(Entry, Arrival)>) -> Self {
        let (entries, arrivals): (Vec<Entry>, Vec<Arrival>) = arrivals.into_iter().unzip();
        let each = entries.iter().zip(arrivals);
        Self::new(&entries, each.map(|(entry, arrival)| EntryValue::new(entry, Some(arrival.slug()))))
    }

    fn new(entries: &[Entry], shaped: impl Iterator<Item = EntryValue>) -> Self {
        Self {
            entries: shaped.map(|entry| Arc::new(Cell::new(entry))).collect(),
            json: text(&Entry::list_to_json(entries)),
        }
    }
}

/// How many entries there are.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entries_count(entries: *const tokcore_entries) -> usize {
    unsafe { call::accessor(entries, 0, |value| value.entries.len()) }
}

/// One of the entries; NULL past the last one.
///
/// Ownership: lent, valid until `entries` is freed; `tokcore_entry_clone` keeps it longer. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entries_at(entries: *const tokcore_entries, index: usize) -> *const tokcore_entry {
    unsafe { call::accessor(entries, None, |value| value.entries.get(index)) }.map_or(ptr::null(), handle::lend)
}

/// The list as JSON, as `tokcore list --json` prints it. NULL for NULL.
///
/// Ownership: valid until `entries` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entries_json(entries: *const tokcore_entries) -> *const c_char {
    unsafe { call::accessor(entries, ptr::null(), |value| value.json.as_ptr()) }
}

/// Frees the list. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_entries_free(entries: *mut tokcore_entries) {
    unsafe { call::free(entries) }
}
