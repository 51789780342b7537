//! Why no stored grant serves a request, in words. Pure. Source: specs/google.md §8, works on my machine.

use std::collections::BTreeSet;

use super::account::Wanted;
use super::candidates::{NAMES_SHOWN, Request, label, related, same_set};
use super::record::Facts;
use super::shelf::{Address, Listed};
use crate::settings::GrantKind;

/// Whose grants are looked for.
pub(crate) struct Client<'a> {
    pub(crate) id: &'a str,
    pub(crate) issuer: Option<&'a str>,
}

/// What a store with these records has instead of a grant that serves `request`: a part of a sentence.
pub(crate) fn missed(listed: &[Listed], request: &Request<'_>, client: &Client<'_>) -> String {
    if *request.wanted == Wanted::New {
        return "is not asked: another sign-in is wanted".to_owned();
    }
    let ours: Vec<(Address, &Facts)> = listed.iter().filter_map(|listed| related(listed, request)).collect();
    let readable = || listed.iter().filter_map(|listed| listed.facts.as_ref().ok());
    let same_id: Vec<&Facts> = readable().filter(|facts| facts.client_id == client.id).collect();
    match (&ours[..], &same_id[..], readable().count()) {
        ([], [], 0) => "has no login at all".to_owned(),
        ([], [], count) => format!("has no login of the client {}, and {count} of others", client.id),
        ([], [nearest, ..], _) => {
            let others = names(&same_id);
            format!("has {others} of this client, but {}", elsewhere(nearest, request, client))
        }
        (ours, ..) => {
            let all: Vec<&Facts> = ours.iter().map(|(_, facts)| *facts).collect();
            let differing = all.iter().map(|facts| (differences(facts, request), *facts));
            let nearest = differing.min_by_key(|(differences, _)| differences.len());
            let (differences, facts) = nearest.unwrap_or_else(|| (Vec::new(), all[0]));
            let of = if all.len() > 1 { format!(", of which {}", label(&facts.account)) } else { ", which".to_owned() };
            format!("has {} of this client{of} {}", names(&all), differences.join(" and "))
        }
    }
}

/// The accounts, each once.
fn names(all: &[&Facts]) -> String {
    let names: BTreeSet<&str> = all.iter().map(|facts| label(&facts.account)).collect();
    let more = names.len().saturating_sub(NAMES_SHOWN);
    let shown: Vec<&str> = names.into_iter().take(NAMES_SHOWN).collect();
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// In which respect this is not a grant of the same client in the same place.
fn elsewhere(facts: &Facts, request: &Request<'_>, client: &Client<'_>) -> String {
    let said = |text: Option<&str>| text.map_or("none".to_owned(), str::to_owned);
    let issuer = facts.issuer.as_deref();
    if issuer != client.issuer {
        return format!("at the issuer {} instead of {}", said(issuer), said(client.issuer));
    }
    if facts.partition.as_deref() != request.partition {
        return "in another partition".to_owned();
    }
    if facts.cache_key.as_deref() != request.cache_key {
        return "under another cache_key, or for other parameters".to_owned();
    }
    format!("at the token endpoint {}", facts.token_endpoint)
}

/// In which respects this grant of the client does not serve the request.
fn differences(facts: &Facts, request: &Request<'_>) -> Vec<String> {
    let mut differences = Vec::new();
    if !request.wanted.fits(&facts.account, request.manner) {
        differences.push(format!("is not {}", wanted_words(request.wanted)));
    }
    if facts.grant != request.grant.name() {
        differences.push(format!("was given by {} and not by {}", facts.grant, request.grant.name()));
    }
    if !request.covers(facts) {
        differences.push(scopes_words(facts, request));
    }
    if !(same_set(&facts.resource, request.resource) && same_set(&facts.audience, request.audience)) {
        differences.push("is for another resource or audience".to_owned());
    }
    if facts.token_type.eq_ignore_ascii_case("DPoP") != request.dpop {
        differences.push("differs in whether it is bound to a key (DPoP)".to_owned());
    }
    if !facts.gives_tokens_at(request.now_unix_s) {
        differences.push("is over".to_owned());
    }
    differences
}

fn wanted_words(wanted: &Wanted) -> String {
    match wanted {
        Wanted::Named(name) => name.clone(),
        Wanted::Pattern { local, domain } => format!("{local}@{domain}"),
        Wanted::Unset | Wanted::Any | Wanted::New => "the one that is meant".to_owned(),
    }
}

fn scopes_words(facts: &Facts, request: &Request<'_>) -> String {
    let granted: BTreeSet<&str> = facts.scopes().iter().map(|scope| request.names.meaning(scope)).collect();
    let lacks = |scope: &&String| !granted.contains(request.names.meaning(scope));
    let lacking: Vec<&str> = request.scopes.iter().filter(lacks).map(String::as_str).collect();
    match (&lacking[..], request.grant) {
        ([], GrantKind::AuthorizationCode | GrantKind::DeviceCode) => "has more scopes than these".to_owned(),
        ([], _) => "has other scopes".to_owned(),
        ([one], _) => format!("lacks the scope {one}"),
        (several, _) => format!("lacks the scopes {}", several.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::key::CredentialKey;
    use crate::oauth::Dialect;
    use crate::store::account::Manner;
    use crate::store::record::{Account, Ended};

    const OURS: [u8; 8] = [1; 8];

    fn stored(group: [u8; 8], name: &str, scopes: &[&str]) -> Listed {
        let facts = Facts {
            client_id: "c1".into(),
            issuer: Some("https://as.example".into()),
            grant: "authorization_code".into(),
            token_type: "Bearer".into(),
            has_refresh_token: true,
            scopes_requested: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            account: Account { label: Some(name.into()), ..Account::default() },
            ..Facts::new()
        };
        let address = Address { group, key: CredentialKey([0; 32]) };
        Listed { address, facts: Ok(facts), last_used_at_unix_s: None, path: None }
    }

    fn changed(mut listed: Listed, change: impl FnOnce(&mut Facts)) -> Listed {
        change(listed.facts.as_mut().expect("readable"));
        listed
    }

    fn words(listed: &[Listed], wanted: &Wanted) -> String {
        let scopes = ["drive".to_owned(), "mail".to_owned()];
        let request = Request {
            group: OURS,
            partition: None,
            cache_key: None,
            grant: &GrantKind::AuthorizationCode,
            scopes: &scopes,
            names: &Dialect::rfc().response,
            exact_scopes: false,
            resource: &[],
            audience: &[],
            dpop: false,
            wanted,
            manner: Manner::Own,
            has_person: false,
            now_unix_s: 1_800_000_000,
        };
        missed(listed, &request, &Client { id: "c1", issuer: Some("https://as.example") })
    }

    #[test]
    fn what_is_there_is_told_and_in_what_it_differs() {
        let jane = || stored(OURS, "jane@example.com", &["drive", "mail"]);
        let bob = || stored(OURS, "bob@example.com", &["drive"]);
        let named = Wanted::Named("ann@example.com".into());
        for (listed, wanted, told) in [
            (vec![], &Wanted::Unset, "has no login at all"),
            (vec![bob()], &Wanted::Unset, "has bob@example.com of this client, which lacks the scope mail"),
            (vec![jane()], &named, "has jane@example.com of this client, which is not ann@example.com"),
            (
                vec![bob(), jane()],
                &named,
                "has bob@example.com, jane@example.com of this client, of which jane@example.com is not ann@example.com",
            ),
            (
                vec![changed(jane(), |facts| facts.ended = Some(Ended::default()))],
                &Wanted::Any,
                "has jane@example.com of this client, which is over",
            ),
            (
                vec![stored([2; 8], "jane@example.com", &[])],
                &Wanted::Unset,
                "has jane@example.com of this client, but at the token endpoint ",
            ),
            (
                vec![changed(stored([2; 8], "jane@example.com", &[]), |facts| facts.issuer = None)],
                &Wanted::Unset,
                "has jane@example.com of this client, but at the issuer none instead of https://as.example",
            ),
            (
                vec![changed(stored([2; 8], "jane@example.com", &[]), |facts| facts.partition = Some("p".into()))],
                &Wanted::Unset,
                "has jane@example.com of this client, but in another partition",
            ),
            (
                vec![changed(stored([2; 8], "jane@example.com", &[]), |facts| facts.client_id = "c2".into())],
                &Wanted::Unset,
                "has no login of the client c1, and 1 of others",
            ),
            (vec![jane()], &Wanted::New, "is not asked: another sign-in is wanted"),
        ] {
            assert_eq!(words(&listed, wanted), told);
        }
    }
}
