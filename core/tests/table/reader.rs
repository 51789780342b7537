//! Reads the tables of `tests/vectors` and runs their cases. The tests beside the code share it, so it knows nothing of the
//! crate.

#![allow(dead_code, reason = "every test program takes what it needs")]
#![allow(clippy::disallowed_methods, reason = "the tables are files")]

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

/// A folder of vectors.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(name)
}

/// Reads a table of some folder of vectors.
pub fn read_from(name: &str, table: &str) -> Value {
    let text = std::fs::read_to_string(folder(name).join(table)).expect("the table is readable");
    serde_json::from_str(&text).expect("the table is JSON")
}

/// The cases of a table that was read.
pub fn cases(table: &Value) -> &[Value] {
    table["cases"].as_array().expect("the table has cases")
}

/// Runs `run` on each case of a table, which it may use up; a case fails by giving back what differs.
pub fn each_of<Case: DeserializeOwned>(table: &Value, run: impl Fn(Case) -> Result<(), String>) {
    each_that(table, |_| true, run);
}

/// The same for the cases that `is_meant`.
pub fn each_that<Case: DeserializeOwned>(
    table: &Value,
    is_meant: impl Fn(&Value) -> bool,
    run: impl Fn(Case) -> Result<(), String>,
) {
    let meant: Vec<&Value> = cases(table).iter().filter(|case| is_meant(case)).collect();
    assert!(!meant.is_empty(), "no case, no test");
    let failed: Vec<String> = meant
        .iter()
        .filter_map(|case| {
            let typed = Case::deserialize(*case).map_err(|error| error.to_string());
            let problem = typed.and_then(&run).err()?;
            Some(format!("{} ({}): {problem}", case["id"], case["why"]))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), meant.len(), failed.join("\n"));
}

pub fn same(what: &str, got: &Value, expected: &Value) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what}: got {got}, expected {expected}")) }
}
