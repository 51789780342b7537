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

/// Nobody can drop a case of the specification unnoticed.
#[test]
fn no_id_is_missing_or_there_twice() {
    let files = ["conf.json", "permission.json", "reload.json", "guid.json", "cookie.json", "keys.json"];
    let tables = files.map(table);
    let ids: Vec<&str> =
        tables.iter().flat_map(|table| table["cases"].as_array().unwrap()).map(|c| text(c, "id")).collect();
    let unique: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len(), "an ID is there twice");
    let numbers = |letter: char, last: u32| (1..=last).map(move |number| format!("{letter}{number:02}"));
    // V23 and V24 are about headers, V33 about the session's row.
    let server = [22, 25, 26, 27, 28, 29, 30, 31, 32, 34].map(|number| format!("V{number}"));
    for id in numbers('P', 60).chain(numbers('G', 6)).chain(numbers('C', 6)).chain(server) {
        assert!(unique.contains(id.as_str()), "{id} is missing");
    }
}
