//! Every id of the specification has one row, in whichever table it fits.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

/// Which ids each table answers for.
const ROWS: [(&str, &str, &[u32]); 3] = [
    ("accounts.json", "E", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
    ("cache.json", "H", &[1, 2, 3, 4, 6, 7, 8, 9, 12, 13, 14, 20, 21, 22, 23, 24, 25, 26]),
    ("cache.json", "C-", &[12, 13]),
];

#[test]
fn no_row_of_the_specification_is_missing() {
    for (table, prefix, numbers) in ROWS {
        let table_json = super::table::read_from("store", table);
        let cases = table_json["cases"].as_array().expect("the table has cases");
        let ids: BTreeSet<&str> = cases.iter().filter_map(|case| case["id"].as_str()).map(stem).collect();
        let wanted = numbers.iter().map(|number| format!("{prefix}{number:02}"));
        let missing: Vec<String> = wanted.filter(|id| !ids.contains(id.as_str())).collect();
        assert!(missing.is_empty(), "{table} lacks {missing:?}");
    }
}

#[test]
fn no_id_is_there_twice_and_every_row_says_why() {
    let folder = super::table::folder("store");
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let name = entry.expect("a file").file_name().into_string().expect("a name in UTF-8");
        let table: Value = super::table::read_from("store", &name);
        assert!(table["about"].is_string() && table["source"].is_string(), "{name} does not say what it is");
        for case in table["cases"].as_array().expect("the table has cases") {
            let id = case["id"].as_str().expect("an id");
            assert!(case["why"].is_string(), "{id} does not say why");
            assert!(seen.insert(id.to_owned()), "{id} is there twice");
        }
    }
}

/// `E02-own` is a variant of `E02`, and `C-12-listing` of `C-12`.
fn stem(id: &str) -> &str {
    let start = id.find(|letter: char| letter.is_ascii_digit()).unwrap_or(0);
    id[start..].find('-').map_or(id, |end| &id[..start + end])
}
