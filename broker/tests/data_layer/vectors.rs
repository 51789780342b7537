//! Reading vector files.

use std::path::Path;

use serde_json::Value;

/// One table of `tests/vectors/broker`.
pub fn table(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/broker").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cases of a table that have the member `with`, with their IDs; at least one.
pub fn cases<'a>(table: &'a Value, with: &'a str) -> Vec<(&'a str, &'a Value)> {
    let cases = table["cases"].as_array().expect("cases");
    let found: Vec<_> = cases
        .iter()
        .filter(|case| case.get(with).is_some())
        .map(|case| (case["id"].as_str().expect("id"), case))
        .collect();
    assert!(!found.is_empty(), "no case has {with}");
    found
}

/// A member that must be text.
pub fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} is not text in {value}"))
}

/// A list of texts.
pub fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|item| item.as_str().expect("text")).collect()
}

/// Bytes from hexadecimal.
pub fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")).collect()
}
