//! `clock.json`: what a `Date` header says about a clock.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::oauth::clock::{self, ClockOffsets, Reading};

use crate::{NOW, each, same, table};

#[derive(Deserialize)]
struct ClockCase {
    #[serde(default)]
    readings: Vec<(i64, i64, i64)>,
    date: Option<String>,
    expect: BTreeMap<String, Value>,
}

#[test]
fn clocks() {
    each(&table("clock.json"), |case: &ClockCase| {
        let mut got = BTreeMap::new();
        let mut offsets = ClockOffsets::default();
        let readings = case.readings.iter().map(|&(date_unix_s, sent_at_unix_s, received_at_unix_s)| Reading {
            date_unix_s,
            sent_at_unix_s,
            received_at_unix_s,
        });
        for reading in readings {
            // Another server's clock is its own affair.
            offsets.observe("https://other.example", Reading { date_unix_s: NOW - 5000, ..reading });
            offsets.observe("https://as.example", reading);
            got.insert("offset_s".to_owned(), json!(offsets.offset_s("https://as.example")));
            got.insert("sign_again".to_owned(), json!(reading.justifies_signing_again(clock::EXPLAINS_REFUSAL_S)));
            if case.expect.contains_key("accepted_s") {
                offsets.accept("https://as.example", reading);
                got.insert("accepted_s".to_owned(), json!(offsets.offset_s("https://as.example")));
            }
        }
        if let Some(date) = &case.date {
            got.insert("date_unix_s".to_owned(), json!(clock::parse_date(date)));
        }
        same("clock", &json!(got), &json!(case.expect))
    });
}
