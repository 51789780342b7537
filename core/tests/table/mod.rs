//! Reading a table, and comparing what it expects.

#![allow(dead_code, reason = "every test program takes what it needs")]
#![allow(unused_imports, reason = "every test program takes what it needs")]

mod reader;

pub use reader::{each_of, folder, read_from, same};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokcore::Error;

/// Reads a table of the wire logic.
pub fn read(table: &str) -> Value {
    read_from("oauth", table)
}

/// Reads a table of the wire logic and runs `run` on each of its cases; a case fails by giving back what differs.
pub fn each<Case: DeserializeOwned>(table: &str, run: impl Fn(&Case) -> Result<(), String>) {
    each_of(&read(table), |case| run(&case));
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
