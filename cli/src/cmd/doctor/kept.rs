//! Where credentials are kept here, how, and how many.

use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::{Entry, EntryState, Error, Selection, Store};

use crate::output::{self, ErrorJson};

const STATES: [EntryState; 5] =
    [EntryState::Ok, EntryState::Stale, EntryState::Expired, EntryState::Revoked, EntryState::Unreadable];

/// The store as it was found.
pub struct Kept {
    /// Whether that there is none is somebody's wish.
    is_nowhere: bool,
    report: Vec<(String, String)>,
    entries: Result<Vec<Entry>, Error>,
}

impl Kept {
    /// Looks, and tries to write beside what is there. Effects: `[disk]`.
    pub fn look(store: &Store) -> Self {
        let report = store.report(true);
        let entries = report.and_then(|report| Ok((report, store.list(&Selection::default())?)));
        match entries {
            Ok((report, entries)) => Self { is_nowhere: false, report, entries: Ok(entries) },
            Err(error) => Self { is_nowhere: store.is_nowhere(), report: Vec::new(), entries: Err(error) },
        }
    }

    /// Names and values, in the order of the report.
    pub fn lines(&self) -> Vec<(&str, String)> {
        let mut lines = Vec::new();
        match &self.entries {
            Ok(entries) => lines.push(("store", in_words(entries))),
            Err(error) => lines.extend([("store", format!("none: {error}")), ("  next", error.hint().to_owned())]),
        }
        lines.extend(self.report.iter().map(|(name, value)| ("  keeps", format!("{name}: {value}"))));
        lines
    }

    /// Why it cannot be used, if so.
    pub fn problem(&self) -> Option<&Error> {
        self.entries.as_ref().err().filter(|_| !self.is_nowhere)
    }

    /// The same as JSON.
    pub fn json(&self) -> KeptJson<'_> {
        let entries = self.entries.as_ref();
        KeptJson {
            report: self.report.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect(),
            credentials: entries.ok().map(Vec::len),
            states: entries.map_or_else(|_| Map::new(), |entries| counts(entries)),
            error: entries.err().map(ErrorJson::of),
        }
    }
}

fn in_words(entries: &[Entry]) -> String {
    let states = counts(entries).into_iter().map(|(state, count)| format!("{count} {state}")).collect::<Vec<_>>();
    match states.is_empty() {
        true => "empty".to_owned(),
        false => format!("{}: {}", output::counted(entries.len(), "credential"), states.join(", ")),
    }
}

/// How many are in each state that occurs.
fn counts(entries: &[Entry]) -> Map<String, Value> {
    let count = |state: EntryState| entries.iter().filter(|entry| entry.state == state).count();
    let counts = STATES.into_iter().map(|state| (state.slug().to_owned(), count(state)));
    counts.filter(|(_, count)| *count > 0).map(|(state, count)| (state, count.into())).collect()
}

/// The member `store` of the report.
#[derive(Serialize)]
pub struct KeptJson<'a> {
    report: Map<String, Value>,
    credentials: Option<usize>,
    states: Map<String, Value>,
    error: Option<ErrorJson<'a>>,
}
