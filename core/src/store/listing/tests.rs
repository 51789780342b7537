use serde_json::{Value, json};

use super::super::record::Ended;
use super::super::shelf::Address;
use super::*;
use crate::cache::key::CredentialKey;

const NOW: i64 = 1_800_000_000;

fn listed(number: u8, facts: Facts) -> Listed {
    let address = Address { group: [1; 8], key: CredentialKey([number; 32]) };
    Listed { address, facts: Ok(facts), last_used_at_unix_s: Some(NOW - 60), path: Some("/s/v1/a.tok".into()) }
}

fn facts(client: &str, account: &str) -> Facts {
    Facts {
        client_id: client.into(),
        grant: "authorization_code".into(),
        account: Account { label: Some(account.into()), ..Account::default() },
        expires_at: Some(NOW + 3600),
        has_refresh_token: true,
        ..Facts::new()
    }
}

fn accounts(entries: &[Entry]) -> Vec<&str> {
    entries.iter().filter_map(|entry| entry.account.as_deref()).collect()
}

#[test]
fn the_state_says_what_the_next_use_finds() {
    let usual = facts("c", "a");
    let over = Facts { expires_at: Some(NOW - 1), ..usual.clone() };
    let ended = Ended { at: NOW, cause: "invalid_grant".into(), words: "withdrawn".into() };
    for (facts, expected) in [
        (usual.clone(), EntryState::Ok),
        (Facts { expires_at: None, ..usual.clone() }, EntryState::Ok),
        (Facts { refresh_at: Some(NOW - 1), ..usual.clone() }, EntryState::Stale),
        (Facts { refresh_at: Some(NOW - 1), has_refresh_token: false, ..usual.clone() }, EntryState::Ok),
        (over.clone(), EntryState::Stale),
        (Facts { refresh_expires_at: Some(NOW - 1), ..over.clone() }, EntryState::Expired),
        (Facts { has_refresh_token: false, ..over.clone() }, EntryState::Expired),
        (Facts { has_refresh_token: false, grant: "client_credentials".into(), ..over.clone() }, EntryState::Stale),
        (Facts { ended: Some(ended), ..usual.clone() }, EntryState::Revoked),
    ] {
        assert_eq!(Entry::of(&listed(1, facts.clone()), NOW).state, expected, "{facts:?}");
    }
}

#[test]
fn a_list_is_in_order_and_what_is_unreadable_comes_last() {
    let mut unreadable = listed(9, facts("a", "a"));
    unreadable.facts = Err("the key of the store is another one".into());
    let named = Facts { client_name: Some("Alpha".into()), ..facts("zzz", "z@example.com") };
    let all = [
        unreadable,
        listed(2, facts("beta", "b@example.com")),
        listed(1, facts("beta", "B@example.com")),
        listed(4, facts("beta", "a@example.com")),
        listed(3, named),
    ];
    let entries = entries(&all, NOW);
    assert_eq!(accounts(&entries), ["z@example.com", "a@example.com", "B@example.com", "b@example.com"]);
    assert_eq!(entries[4].state, EntryState::Unreadable);
    assert_eq!(entries[4].why.as_deref(), Some("the key of the store is another one"));
}

#[test]
fn the_json_form_has_these_members_and_no_others() {
    let account = Account {
        label: Some("a@example.com".into()),
        subject: Some("17".into()),
        email: Some("a@example.com".into()),
        hosted_domain: None,
    };
    let facts = Facts {
        client_name: Some("../../x".into()),
        issuer: Some("https://as.example".into()),
        token_endpoint: "https://as.example/token".into(),
        scopes_requested: vec!["a".into(), "b".into()],
        scopes_granted: Some(vec!["a".into()]),
        account,
        created_at: NOW - 900,
        requested_at: NOW - 600,
        refresh_expires_at: Some(NOW + 7200),
        generation: 3,
        is_default: true,
        ..facts("c", "")
    };
    let text = Entry::list_to_json(&entries(&[listed(171, facts)], NOW));
    let form: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        form,
        json!({"format": 1, "entries": [{
            "key": "ab".repeat(32), "account": "a@example.com", "email": "a@example.com", "subject": "17",
            "client_id": "c", "client_name": "../../x", "issuer": "https://as.example",
            "token_endpoint": "https://as.example/token", "scopes": ["a"], "cache_key": null,
            "grant": "authorization_code",
            "created_at_unix_s": NOW - 900, "refreshed_at_unix_s": NOW - 600, "last_used_at_unix_s": NOW - 60,
            "expires_at_unix_s": NOW + 3600, "refresh_expires_at_unix_s": NOW + 7200, "has_refresh_token": true,
            "generation": 3, "state": "ok", "why": null, "is_default": true, "source": null, "path": "/s/v1/a.tok",
        }]})
    );
}

#[test]
fn a_selection_is_what_all_its_members_mean() {
    let scoped = Facts { scopes_requested: vec!["mail".into()], ..facts("c", "a@example.com") };
    let issued = Facts {
        issuer: Some("https://as.example".into()),
        scopes_requested: vec!["https://as.example/auth/drive.readonly".into()],
        ..facts("d", "b@example.com")
    };
    let all = entries(&[listed(1, scoped), listed(2, issued), listed(3, facts("c", "c@other.org"))], NOW);
    let some = |text: &str| Some(text.to_owned());
    let none = Selection::default();
    assert!(none.is_everything());
    for (selection, expected) in [
        (none.clone(), &["a@example.com", "c@other.org", "b@example.com"][..]),
        (Selection { client_id: some("c"), ..none.clone() }, &["a@example.com", "c@other.org"]),
        (Selection { account: some("*@EXAMPLE.com"), ..none.clone() }, &["a@example.com", "b@example.com"]),
        (Selection { account: some("any"), client_id: some("d"), ..none.clone() }, &["b@example.com"]),
        (Selection { scope: some("mail"), ..none.clone() }, &["a@example.com"]),
        (Selection { scope: some("drive.readonly"), ..none.clone() }, &["b@example.com"]),
        (Selection { scope: some("drive"), ..none.clone() }, &[]),
        (Selection { issuer: some("https://as.example"), ..none.clone() }, &["b@example.com"]),
        (Selection { key: some("0303…"), ..none.clone() }, &["c@other.org"]),
        (Selection { key: some("0303"), client_id: some("d"), ..none.clone() }, &[]),
    ] {
        assert_eq!(accounts(&selection.of(all.clone()).expect("readable")), expected, "{selection:?}");
    }
    for wrong in [
        Selection { key: some("../../x"), ..none.clone() },
        Selection { key: some("03"), ..none.clone() },
        Selection { account: some(""), ..none.clone() },
    ] {
        assert!(wrong.of(all.clone()).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_shortened_key_means_one_entry_or_none() {
    let mut all = [listed(1, facts("c", "a")), listed(1, facts("c", "b")), listed(2, facts("c", "c"))];
    all[1].address.key.0[31] = 7;
    let all = entries(&all, NOW);
    assert_eq!(one_of(&all, "0202...").expect("the only one").account.as_deref(), Some("c"));
    assert_eq!(one_of(&all, "0101").expect_err("two").kind(), Kind::InvalidArgument);
    assert_eq!(one_of(&all, "ffff").expect_err("none").kind(), Kind::NotFound);
}
