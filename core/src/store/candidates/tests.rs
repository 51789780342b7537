//! Runs the rows about accounts and about scopes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::cache::key::CredentialKey;
use crate::oauth::Dialect;
use crate::store::record::Ended;

const NOW: i64 = 1_800_000_000;
const OURS: [u8; 8] = [1; 8];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "why")]
    _why: String,
    account: Option<String>,
    #[serde(rename = "r")]
    _r: Option<String>,
    stored: Vec<String>,
    #[serde(default)]
    elsewhere: Vec<String>,
    default: Option<String>,
    own: Outcome,
    gargle: Option<Outcome>,
    own_person: Option<Outcome>,
    gargle_person: Option<Outcome>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Outcome {
    Nothing(Nothing),
    One {
        one: String,
        #[serde(default)]
        notice: bool,
    },
    Ambiguous {
        ambiguous: Vec<String>,
        #[serde(default)]
        picks: BTreeMap<String, String>,
        #[serde(default)]
        says: Vec<String>,
    },
    Error {
        error: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Nothing {
    None,
}

/// What rows about scopes say; the others are described by the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeRow {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "why")]
    _why: String,
    grant: Option<String>,
    stored: Stored,
    wanted: Vec<String>,
    #[serde(default)]
    exact_scopes: bool,
    #[serde(default)]
    dpop: bool,
    partition: Option<String>,
    #[serde(default)]
    audience: Vec<String>,
    is_used: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Stored {
    grant: String,
    requested: Vec<String>,
    granted: Option<Vec<String>>,
    partition: Option<String>,
    audience: Vec<String>,
    token_type: String,
    expires_in_s: Option<i64>,
    refresh_expires_in_s: Option<i64>,
    has_refresh_token: bool,
    is_ended: bool,
}

impl Default for Stored {
    fn default() -> Self {
        Self {
            grant: "authorization_code".into(),
            requested: Vec::new(),
            granted: None,
            partition: None,
            audience: Vec::new(),
            token_type: "Bearer".into(),
            expires_in_s: Some(3600),
            refresh_expires_in_s: None,
            has_refresh_token: true,
            is_ended: false,
        }
    }
}

#[test]
fn accounts_are_chosen_as_the_table_says() {
    let is_meant = |case: &Value| case["where"] != "r";
    crate::table::each_that(&crate::table::read_from("store", "accounts.json"), is_meant, |row: Row| {
        row.holds(Manner::Own, false, &row.own)?;
        row.holds(Manner::Own, true, row.own_person.as_ref().unwrap_or(&row.own))?;
        if let Some(gargle) = &row.gargle {
            row.holds(Manner::Gargle, false, gargle)?;
            row.holds(Manner::Gargle, true, row.gargle_person.as_ref().unwrap_or(gargle))?;
        }
        Ok(())
    });
}

#[test]
fn scopes_are_covered_as_the_table_says() {
    let is_meant = |case: &Value| case["id"].as_str().is_some_and(|id| id.starts_with("H26"));
    crate::table::each_that(&crate::table::read_from("store", "cache.json"), is_meant, |row: ScopeRow| {
        let grant = GrantKind::from(row.grant.clone().unwrap_or_else(|| "authorization_code".into()));
        let request = Request {
            grant: &grant,
            scopes: &row.wanted,
            exact_scopes: row.exact_scopes,
            dpop: row.dpop,
            partition: row.partition.as_deref(),
            audience: &row.audience,
            ..request(&Wanted::Any)
        };
        let is_used = choose(&[row.stored.listed()], &request) != Choice::None;
        if is_used == row.is_used { Ok(()) } else { Err(format!("used: {is_used}")) }
    });
}

#[test]
fn of_one_accounts_grants_the_closest_is_taken() {
    let grant = |number, scopes: &[&str], requested_at| {
        let mut listed = listed(OURS, number, Some("a@example.com"));
        let facts = listed.facts.as_mut().expect("readable");
        facts.scopes_requested = words(scopes);
        facts.requested_at = requested_at;
        listed
    };
    let all = [
        grant(1, &["drive", "mail", "sheets"], NOW),
        grant(2, &["drive", "mail"], NOW - 10),
        grant(3, &["drive", "sheets"], NOW - 5),
    ];
    let scopes = words(&["drive"]);
    let request = Request { scopes: &scopes, ..request(&Wanted::Unset) };
    assert!(matches!(choose(&all, &request), Choice::One { address, .. } if address == all[2].address));
    let scopes = words(&["sheets", "mail", "drive"]);
    let request = Request { scopes: &scopes, ..request };
    assert!(matches!(choose(&all, &request), Choice::One { address, .. } if address == all[0].address));
}

#[test]
fn a_scope_is_covered_by_whatever_name_the_provider_grants_it() {
    let mut stored = listed(OURS, 1, Some("a@example.com"));
    stored.facts.as_mut().expect("readable").scopes_requested = words(&["drive", "https://as.example/email"]);
    let scopes = words(&["email"]);
    let plain = Request { scopes: &scopes, ..request(&Wanted::Unset) };
    assert_eq!(choose(std::slice::from_ref(&stored), &plain), Choice::None);
    let mut names = Dialect::rfc().response.clone();
    names.scope_aliases.insert("email".into(), "https://as.example/email".into());
    let known = Request { names: &names, ..plain };
    assert!(matches!(choose(&[stored], &known), Choice::One { .. }));
}

#[test]
fn one_subject_is_one_account_whatever_it_is_called_now() {
    let mut renamed = [listed(OURS, 1, Some("jane@example.com")), listed(OURS, 2, Some("jane.doe@example.com"))];
    for listed in &mut renamed {
        listed.facts.as_mut().expect("readable").account.subject = Some("1234".into());
    }
    assert!(matches!(choose(&renamed, &request(&Wanted::Any)), Choice::One { .. }));
    renamed[1].facts.as_mut().expect("readable").account.subject = Some("5678".into());
    assert!(matches!(choose(&renamed, &request(&Wanted::Any)), Choice::Ambiguous(_)));
}

#[test]
fn two_default_marks_and_unreadable_records_are_passed_over() {
    let mut all = [listed(OURS, 1, Some("a@example.com")), listed(OURS, 2, Some("b@example.com"))];
    for listed in &mut all {
        listed.facts.as_mut().expect("readable").is_default = true;
    }
    assert!(matches!(choose(&all, &request(&Wanted::Unset)), Choice::Ambiguous(_)));
    all[1].facts = Err("damaged".into());
    assert!(matches!(choose(&all, &request(&Wanted::Unset)), Choice::One { notice: None, .. }));
}

#[test]
fn a_long_list_of_accounts_stays_readable() {
    let all: Vec<Listed> =
        (0..30).map(|number| listed(OURS, number, Some(&format!("user{number:02}@example.com")))).collect();
    let Choice::Ambiguous(candidates) = choose(&all, &request(&Wanted::Any)) else { panic!("thirty accounts") };
    let error = ambiguous(&candidates);
    assert!(error.message().contains("user09@") && error.message().ends_with("and 20 more"), "{error}");
}

impl Row {
    fn holds(&self, manner: Manner, has_person: bool, expected: &Outcome) -> Result<(), String> {
        let wanted = match (Wanted::parse(self.account.as_deref(), manner), expected) {
            (Ok(wanted), _) => wanted,
            (Err(error), Outcome::Error { error: part }) if format!("{error:?}").contains(part) => return Ok(()),
            (Err(error), _) => return Err(format!("{manner:?}: {error:?}, expected {expected:?}")),
        };
        let listed = self.listed();
        let choice = choose(&listed, &Request { manner, has_person, ..request(&wanted) });
        let name = |address: &Address| {
            let found = listed.iter().find(|listed| listed.address == *address).expect("one of those that were given");
            found.facts.as_ref().expect("readable").account.label.clone().expect("a label")
        };
        let is_as_expected = match (&choice, expected) {
            (Choice::None, Outcome::Nothing(Nothing::None)) => true,
            (Choice::One { address, notice }, Outcome::One { one, notice: has_notice }) => {
                name(address) == *one && notice.is_some() == *has_notice
            }
            (Choice::Ambiguous(candidates), Outcome::Ambiguous { ambiguous: names, picks, says }) => {
                let error = ambiguous(candidates);
                let labels: Vec<&String> = candidates.iter().map(|candidate| &candidate.label).collect();
                let picked = |line: &str| match picked(candidates, line.parse::<usize>().expect("a number") - 1) {
                    Some(Picked::New) => "new".to_owned(),
                    Some(Picked::This(address)) => name(&address),
                    None => "again".to_owned(),
                };
                labels.into_iter().eq(names)
                    && menu(candidates).len() == names.len() + 1
                    && picks.iter().all(|(line, what)| picked(line) == *what)
                    && error.kind() == Kind::AmbiguousAccount
                    && says.iter().all(|part| error.message().contains(part.as_str()))
            }
            _ => false,
        };
        if is_as_expected { Ok(()) } else { Err(format!("{manner:?}: {choice:?}, expected {expected:?}")) }
    }

    /// The default account, where it has no grant that would do, has an ended one.
    fn listed(&self) -> Vec<Listed> {
        let mut all: Vec<Listed> =
            (1..).zip(&self.stored).map(|(number, label)| listed(OURS, number, Some(label))).collect();
        all.extend((100..).zip(&self.elsewhere).map(|(number, label)| listed([2; 8], number, Some(label))));
        if let Some(default) = self.default.as_deref().filter(|default| !self.stored.iter().any(|one| one == default)) {
            let mut ended = listed(OURS, 200, Some(default));
            ended.facts.as_mut().expect("readable").ended = Some(Ended::default());
            all.push(ended);
        }
        for facts in all.iter_mut().filter_map(|listed| listed.facts.as_mut().ok()) {
            facts.is_default = self.default.is_some() && facts.account.label == self.default;
        }
        all
    }
}

impl Stored {
    fn listed(&self) -> Listed {
        let mut listed = listed(OURS, 1, None);
        listed.facts = Ok(Facts {
            grant: self.grant.clone(),
            scopes_requested: self.requested.clone(),
            scopes_granted: self.granted.clone(),
            partition: self.partition.clone(),
            audience: self.audience.clone(),
            token_type: self.token_type.clone(),
            expires_at: self.expires_in_s.map(|seconds| NOW + seconds),
            refresh_expires_at: self.refresh_expires_in_s.map(|seconds| NOW + seconds),
            has_refresh_token: self.has_refresh_token,
            ended: self.is_ended.then(Ended::default),
            ..Facts::new()
        });
        listed
    }
}

fn request(wanted: &Wanted) -> Request<'_> {
    Request {
        group: OURS,
        partition: None,
        cache_key: None,
        grant: &GrantKind::AuthorizationCode,
        scopes: &[],
        names: &Dialect::rfc().response,
        exact_scopes: false,
        resource: &[],
        audience: &[],
        dpop: false,
        wanted,
        manner: Manner::Own,
        has_person: false,
        now_unix_s: NOW,
    }
}

fn listed(group: [u8; 8], number: u8, label: Option<&str>) -> Listed {
    let account = Account { label: label.map(str::to_owned), ..Account::default() };
    let facts = Facts {
        grant: "authorization_code".into(),
        token_type: "Bearer".into(),
        has_refresh_token: true,
        account,
        ..Facts::new()
    };
    let address = Address { group, key: CredentialKey([number; 32]) };
    Listed { address, facts: Ok(facts), last_used_at_unix_s: None, path: None }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
