//! Reads Google's tables for tests beside the code. The R package is built without the tables.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Runs `run` on each case of a table; a case fails by giving back what differs.
pub(crate) fn each<Case: DeserializeOwned>(table: &str, run: impl Fn(&Case) -> Result<(), String>) {
    each_of(table, |_| true, run);
}

/// The same for the cases that `is_meant`.
pub(crate) fn each_of<Case: DeserializeOwned>(
    table: &str,
    is_meant: impl Fn(&Value) -> bool,
    run: impl Fn(&Case) -> Result<(), String>,
) {
    let cases: Vec<Value> = cases(table).into_iter().filter(is_meant).collect();
    assert!(!cases.is_empty(), "no case, no test");
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let typed = Case::deserialize(case).map_err(|error| error.to_string());
            let problem = typed.and_then(|typed| run(&typed)).err()?;
            Some(format!("{} ({}): {problem}", case["id"], case["why"]))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

/// The cases as they stand in the table.
#[allow(clippy::disallowed_methods, reason = "the table is a file")]
pub(crate) fn cases(table: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/google").join(table);
    let text = std::fs::read_to_string(path).expect("a readable table");
    let mut table: Value = serde_json::from_str(&text).expect("a table");
    serde_json::from_value(table["cases"].take()).expect("cases")
}
