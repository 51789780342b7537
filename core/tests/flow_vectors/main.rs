//! Runs the tables of the interactive sign-in in `tests/vectors/oauth/` against `tokcore::flow`.

#![allow(clippy::disallowed_methods, reason = "the tables are files")]

mod clean_env;
mod environment;
mod paste;
mod redirect;
#[path = "../table/mod.rs"]
mod table;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokcore::Context;
use tokcore::Interactivity;
use tokcore::context::{Env, Files};

/// The whole of a machine: its variables, its files, and whether it has a terminal.
#[derive(Clone, Default)]
struct Machine {
    variables: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    terminal: bool,
}

impl Env for Machine {
    fn var(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn has_terminal(&self) -> bool {
        self.terminal
    }
}

impl Files for Machine {
    fn read(&self, path: &Path, _limit: usize) -> io::Result<Vec<u8>> {
        let content = self.files.get(path.to_str().expect("a path of a table"));
        content.map(|content| content.clone().into_bytes()).ok_or(io::ErrorKind::NotFound.into())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(path.to_str().expect("a path of a table"))
    }

    fn is_socket(&self, _path: &Path, _owner: Option<u32>) -> bool {
        false
    }
}

impl Machine {
    fn context(self) -> Context {
        let machine = Arc::new(self);
        Context { env: machine.clone(), files: machine, ..Context::default() }
    }
}

fn interactivity(named: &Option<String>) -> Interactivity {
    match named.as_deref() {
        None => Interactivity::Yes,
        Some("no") => Interactivity::No,
        Some("unknown") => Interactivity::Unknown,
        Some(other) => panic!("{other} is no interactivity"),
    }
}

/// Each text contains the expected part, one by one.
fn parts(what: &str, texts: &[String], expected: &Value) -> Result<(), String> {
    let expected: Vec<&str> = expected.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let fits = |(text, part): (&String, &&str)| text.contains(part);
    match texts.len() == expected.len() && texts.iter().zip(&expected).all(fits) {
        true => Ok(()),
        false => Err(format!("{what}: got {texts:?}, expected {expected:?}")),
    }
}
