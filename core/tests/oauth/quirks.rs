//! `quirks.json`: one case for each provider that departs from the RFCs.

use std::collections::BTreeSet;
use std::fs;

use serde::Deserialize;
use serde_json::Value;
use tokcore::profile::Profiles;
use url::Url;

use crate::table::{cases, complete, each, folder, read_from, same, same_members};
use crate::{requests, responses};

/// What a quirk is proven by: requests, answers, fields of its profile, or cases of other tables.
#[derive(Deserialize)]
struct Case {
    profile: Option<String>,
    /// An endpoint that chooses the profile.
    chosen_by: Option<Url>,
    record: Option<Value>,
    #[serde(default)]
    requests: Vec<requests::Case>,
    #[serde(default)]
    responses: Vec<responses::Case>,
    #[serde(default)]
    covered_by: Vec<String>,
}

#[test]
fn quirks() {
    each("quirks.json", Case::run);
    complete("quirks.json", "Q", 1..=63);
}

impl Case {
    fn run(&self) -> Result<(), String> {
        if let Some(endpoint) = &self.chosen_by {
            let chosen = Profiles::builtin().of_endpoint(endpoint).map(|profile| profile.name.as_str());
            same("profile", &chosen.into(), &self.profile.as_deref().into())?;
        }
        if let Some(record) = &self.record {
            let name = self.profile.as_deref().ok_or("no profile")?;
            let profile = Profiles::builtin().named(name).map_err(|error| error.to_string())?;
            same_members(profile.record(), record)?;
        }
        self.requests.iter().try_for_each(requests::Case::run)?;
        self.responses.iter().try_for_each(responses::Case::run)?;
        let proofs = self.requests.len() + self.responses.len() + self.covered_by.len();
        if proofs > 0 || self.record.is_some() { Ok(()) } else { Err("nothing proves it".into()) }
    }
}

/// Cases that this table leaves to others must be there, as soon as anything of their kind is.
#[test]
fn what_other_tables_cover_is_there() {
    let tables = fs::read_dir(folder("oauth")).expect("the folder of the tables");
    let ids: BTreeSet<String> = tables
        .map(|table| table.expect("a table").file_name().into_string().expect("a name in UTF-8"))
        .flat_map(|table| cases(&read_from("oauth", &table)).to_vec())
        .filter_map(|case| case["id"].as_str().map(str::to_owned))
        .collect();
    let table = read_from("oauth", "quirks.json");
    let named = cases(&table).iter().flat_map(|case| case["covered_by"].as_array().into_iter().flatten());
    let family = |id: &str| id.split('-').next().unwrap_or_default().to_owned();
    let families: BTreeSet<String> = ids.iter().map(|id| family(id)).collect();
    let missing: Vec<&str> =
        named.filter_map(Value::as_str).filter(|id| families.contains(&family(id)) && !ids.contains(*id)).collect();
    assert!(missing.is_empty(), "no case {missing:?}");
}
