//! Reading a table, and comparing what it expects.

#[path = "../table/reader.rs"]
mod reader;

use std::collections::BTreeSet;

use reader::each_of;
pub use reader::{cases, folder, read_from, same};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokcore::oauth::Dialect;
use tokcore::profile::Profiles;
use tokcore::{Error, Secret};

/// Runs `run` on each case of a table; a case fails by giving back what differs.
pub fn each<Case: DeserializeOwned>(table: &str, run: impl Fn(&Case) -> Result<(), String>) {
    each_of(&read_from("oauth", table), |case| run(&case));
}

/// Refuses a table in which an id of the specification has no row.
pub fn complete(table: &str, prefix: &str, numbers: impl Iterator<Item = u32>) {
    let read = read_from("oauth", table);
    let ids: BTreeSet<&str> = cases(&read).iter().filter_map(|case| case["id"].as_str()).collect();
    let missing: Vec<String> =
        numbers.map(|number| format!("{prefix}{number:02}")).filter(|id| !ids.contains(id.as_str())).collect();
    assert!(missing.is_empty(), "{table} lacks {missing:?}");
}

/// What the case names is compared, the rest is not its business.
pub fn same_members(got: &Value, expected: &Value) -> Result<(), String> {
    for (name, expected) in expected.as_object().ok_or("expect is no object")? {
        same(name, &got[name], expected)?;
    }
    Ok(())
}

/// An error as the tables write it.
pub fn refused(error: &Error) -> Value {
    match error.reason() {
        Some(reason) => json!({ "error": error.kind().slug(), "reason": reason.slug() }),
        None => json!({ "error": error.kind().slug() }),
    }
}

pub fn secret(text: &Option<String>) -> Secret {
    Secret::new(text.clone().unwrap_or_default())
}

/// A profile by name, and what the case puts in place of its fields.
pub fn dialect(profile: &Option<String>, overrides: &Map<String, Value>) -> Result<Dialect, String> {
    let profile = Profiles::builtin().choose(profile.as_deref(), None).map_err(|error| error.to_string())?;
    profile.with(overrides).map_err(|error| error.to_string())
}

/// A long text.
#[derive(Clone, Deserialize)]
pub struct Fill {
    prefix: String,
    fill: String,
    count: usize,
    #[serde(default)]
    suffix: String,
}

impl Fill {
    pub fn text(&self) -> String {
        format!("{}{}{}", self.prefix, self.fill.repeat(self.count), self.suffix)
    }
}

pub fn unhex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("hexadecimal"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}
