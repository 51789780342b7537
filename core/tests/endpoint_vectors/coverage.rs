//! Every id of the specification that can be decided without a socket or a clock has a row.

use std::collections::BTreeSet;

/// What is left out needs a driver: a replayed request, D-21 an interrupt. M-16 is beside the tables.
const ROWS: [(&str, &str, &[u32]); 6] = [
    ("challenges.json", "X", &[17, 18, 19, 20, 21, 22, 23, 26]),
    ("discovery.json", "M", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
    ("device.json", "D", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22]),
    ("par.json", "N", &[1, 2, 3, 4]),
    ("revocation.json", "V", &[1, 2, 3, 4]),
    ("introspection.json", "I", &[1, 2, 3]),
];

#[test]
fn no_row_of_the_specification_is_missing() {
    for (table, letter, numbers) in ROWS {
        let table_json = crate::table::read(table);
        let cases = table_json["cases"].as_array().expect("the table has cases");
        let ids: BTreeSet<&str> = cases.iter().filter_map(|case| case["id"].as_str()).collect();
        let missing: Vec<String> = numbers
            .iter()
            .map(|number| format!("{letter}-{number:02}"))
            .filter(|id| !ids.contains(id.as_str()))
            .collect();
        assert!(missing.is_empty(), "{table} lacks {missing:?}");
    }
}
