//! Reading a table, and comparing what it expects.

#![allow(dead_code, reason = "every test program takes what it needs")]

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokcore::Error;

/// Reads a table of the wire logic.
pub fn read(table: &str) -> Value {
    read_from("oauth", table)
}

/// Reads a table of some folder of vectors.
pub fn read_from(folder: &str, table: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(folder).join(table);
    let text = fs::read_to_string(&path).expect("the table is readable");
    serde_json::from_str(&text).expect("the table is JSON")
}

/// Reads a table and runs `run` on each of its cases; a case fails by giving back what differs.
pub fn each<Case: DeserializeOwned>(table: &str, run: impl Fn(&Case) -> Result<(), String>) {
    each_of(&read(table), |case| run(&case));
}

/// The same for a table that was read, and for a `run` that uses its case up.
pub fn each_of<Case: DeserializeOwned>(table: &Value, run: impl Fn(Case) -> Result<(), String>) {
    let cases = table["cases"].as_array().expect("the table has cases");
    assert!(!cases.is_empty(), "no case, no test");
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let typed = Case::deserialize(case).map_err(|error| error.to_string());
            let problem = typed.and_then(&run).err()?;
            Some(format!("{} ({}): {problem}", case["id"], case["why"]))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

pub fn same(what: &str, got: &Value, expected: &Value) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what}: got {got}, expected {expected}")) }
}

/// The error as far as the case describes it.
pub fn same_error(error: &Error, expected: &Value) -> Result<(), String> {
    let all = json!({
        "kind": error.kind().slug(),
        "reason": error.reason().map(|reason| reason.slug()),
        "oauth_error": error.oauth_error(),
        "message": error.message(),
        "hint": error.hint(),
        "http_status": error.http_status(),
        "retry_after_ms": error.retry_after_ms(),
        "detail": error.detail(),
    });
    for (name, expected) in expected.as_object().ok_or("the expected error is no object")? {
        match name.strip_suffix("_contains") {
            Some(name) => {
                let text = all[name].as_str().unwrap_or_default();
                if !text.contains(expected.as_str().ok_or("no text to look for")?) {
                    return Err(format!("{name}: got {text:?}, expected it to contain {expected}"));
                }
            }
            None => same(name, &all[name], expected)?,
        }
    }
    Ok(())
}
