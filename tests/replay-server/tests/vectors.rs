//! Checks the vectors themselves: they parse, nothing is missing, nothing is there twice. That every kind exists is checked
//! by `conformance`, which needs the core anyway.

use std::collections::BTreeSet;

use tokcore_replay_server::vectors::{self, Case};

fn cases() -> Vec<Case> {
    vectors::load("client").expect("vectors of the client")
}

/// `W09-html` is a variant of `W09`.
fn stem(id: &str) -> &str {
    id.split('-').next().unwrap_or(id)
}

#[test]
fn every_file_follows_the_schema() {
    assert!(cases().len() > 250);
}

#[test]
fn ids_are_unique_and_fit_into_a_path() {
    let mut seen = BTreeSet::new();
    for Case { id, .. } in cases() {
        assert!(id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-'), "{id}");
        assert!(seen.insert(id.clone()), "{id} is there twice");
    }
}

#[test]
fn no_id_of_the_specification_is_missing() {
    let cases = cases();
    let present: BTreeSet<&str> = cases.iter().map(|case| stem(&case.id)).collect();
    for (letter, numbers) in [("W", 1..=45), ("V", 43..=76), ("X", 1..=12)] {
        for number in numbers {
            let id = format!("{letter}{number:02}");
            assert!(present.contains(id.as_str()), "no case for {id}");
        }
    }
}

#[test]
fn every_case_expects_exactly_one_outcome() {
    for Case { id, expect, .. } in cases() {
        let outcomes = [
            expect.ok.is_some(),
            expect.integrations.is_some(),
            expect.integration.is_some(),
            expect.found.is_some(),
            expect.detection.is_some(),
            expect.error.is_some(),
        ];
        assert_eq!(outcomes.iter().filter(|present| **present).count(), 1, "{id}");
        assert!(expect.requests.is_some() || expect.detection.is_some(), "{id} does not count its requests");
    }
}

#[test]
fn every_shim_says_one_thing() {
    for Case { id, python_shim, r_shim, .. } in cases() {
        for (shim, python) in [(python_shim, true), (r_shim, false)] {
            let Some(shim) = shim else { continue };
            let says = [shim.returns.is_some(), shim.raises.is_some(), shim.error.is_some()];
            assert_eq!(says.iter().filter(|present| **present).count(), 1, "{id}");
            assert!(if python { shim.error.is_none() } else { shim.raises.is_none() }, "{id}: shims mixed up");
            assert!(shim.differs.is_none_or(|reason| !reason.is_empty()), "{id}: differs without a reason");
        }
    }
}

#[test]
fn no_name_is_left_unresolved() {
    let known = ["${base}", "${other_base}", "${tls_base}", "${ca}", "${other_ca}", "${dir}"];
    for case in cases() {
        let mut text = format!("{case:?}");
        for name in known {
            text = text.replace(name, "");
        }
        assert!(!text.contains("${"), "{}: unknown name", case.id);
    }
}
