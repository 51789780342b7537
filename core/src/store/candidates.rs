//! Which stored grant a request may use when none has its very key. Pure. Source: specs/google.md §3.8, specs/oauth.md §6.2.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::account::{Manner, Wanted};
use super::record::{Account, Facts};
use super::shelf::{Address, Listed};
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::dialect::ResponseDialect;
use crate::settings::GrantKind;

/// More names than these help nobody to read an error.
pub(super) const NAMES_SHOWN: usize = 10;
/// The first line of a menu.
const ANOTHER: &str = "sign in with another account";

/// What a request says about the grants that may serve it.
pub(crate) struct Request<'a> {
    /// What the credentials of this client have in common; see [`Address`].
    pub(crate) group: [u8; 8],
    pub(crate) partition: Option<&'a str>,
    pub(crate) cache_key: Option<&'a str>,
    pub(crate) grant: &'a GrantKind,
    pub(crate) scopes: &'a [String],
    /// How the provider names scopes.
    pub(crate) names: &'a ResponseDialect,
    /// Whether a grant of more scopes than these is passed over.
    pub(crate) exact_scopes: bool,
    pub(crate) resource: &'a [String],
    pub(crate) audience: &'a [String],
    /// Whether the token is to be bound to a key.
    pub(crate) dpop: bool,
    pub(crate) wanted: &'a Wanted,
    pub(crate) manner: Manner,
    /// Whether somebody is there who could be asked.
    pub(crate) has_person: bool,
    pub(crate) now_unix_s: i64,
}

impl Request<'_> {
    /// Whether the scopes of this grant are those of the request. What was asked for in the same words counts as covered, as
    /// it does under the same key: a server that granted less then would grant less again. Where no person consents, a
    /// wider token is not what was asked for.
    pub(super) fn covers(&self, facts: &Facts) -> bool {
        let granted: BTreeSet<&str> = facts.scopes().iter().map(|scope| self.names.meaning(scope)).collect();
        let may_be_wider = self.grant.is_interactive() && !self.exact_scopes;
        same_set(&facts.scopes_requested, self.scopes)
            || (may_be_wider && self.scopes.iter().all(|scope| granted.contains(self.names.meaning(scope))))
    }
}

/// Which grant it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// This one; `notice` is a line for the user, who named no account.
    One { address: Address, notice: Option<String> },
    /// None: somebody has to sign in.
    None,
    /// That is for the user to say: [`menu`] asks, [`ambiguous`] gives up. In the order of the names.
    Ambiguous(Vec<Candidate>),
}

/// A grant that would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) address: Address,
    /// How people call the account.
    pub(crate) label: String,
}

/// What a menu's answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picked {
    /// Another sign-in.
    New,
    /// This grant.
    This(Address),
}

/// Which of the `listed` grants serves `request`.
pub(crate) fn choose(listed: &[Listed], request: &Request<'_>) -> Choice {
    let related: Vec<(Address, &Facts)> = listed.iter().filter_map(|listed| related(listed, request)).collect();
    let mut candidates = usable(&related, request);
    let default = default_account(&related, request);
    if let Some(default) = default {
        candidates.retain(|(_, facts)| are_same(&facts.account, default));
    }
    let Some((address, facts)) = candidates.first() else { return Choice::None };
    let one = |notice| Choice::One { address: *address, notice };
    let only = || one(Some(only_account(&facts.account)));
    match (request.manner, request.wanted, candidates.len()) {
        (Manner::Own, Wanted::Unset, 1) if default.is_none() => only(),
        (Manner::Own, _, 1) | (Manner::Gargle, Wanted::Named(_), _) => one(None),
        (Manner::Own, ..) => Choice::Ambiguous(named(&candidates)),
        (Manner::Gargle, Wanted::Any | Wanted::Pattern { .. }, 1) => only(),
        (Manner::Gargle, ..) if request.has_person => Choice::Ambiguous(named(&candidates)),
        (Manner::Gargle, _, 1) => only(),
        (Manner::Gargle, ..) => one(Some(format!("{}; the first one is used", several(&named(&candidates))))),
    }
}

/// The failure of a choice that nobody is there to make.
pub(crate) fn ambiguous(candidates: &[Candidate]) -> Error {
    let example = candidates.iter().find(|candidate| !candidate.label.contains(' '));
    let example = example.map_or("jane@example.com", |candidate| &candidate.label);
    Error::new(Kind::AmbiguousAccount, several(candidates))
        .with_hint(format!("name one of them as the account, such as {example}, or make one the default account"))
}

/// The lines of a menu: another sign-in first, then the accounts.
pub(crate) fn menu(candidates: &[Candidate]) -> Vec<String> {
    std::iter::once(ANOTHER.to_owned()).chain(candidates.iter().map(|candidate| candidate.label.clone())).collect()
}

/// What the line `index` of the [`menu`] means, counted from 0. Shape: `None` for a line that is not there.
pub(crate) fn picked(candidates: &[Candidate], index: usize) -> Option<Picked> {
    match index.checked_sub(1) {
        None => Some(Picked::New),
        Some(index) => candidates.get(index).map(|candidate| Picked::This(candidate.address)),
    }
}

/// The readable grants of this client, partition and distinction. The group alone is too short a hash to keep users apart.
pub(super) fn related<'a>(listed: &'a Listed, request: &Request<'_>) -> Option<(Address, &'a Facts)> {
    let facts = listed.facts.as_ref().ok()?;
    let is_related = listed.address.group == request.group
        && facts.partition.as_deref() == request.partition
        && facts.cache_key.as_deref() == request.cache_key;
    is_related.then_some((listed.address, facts))
}

/// The best grant of each account that is meant, in the order of the names.
fn usable<'a>(related: &[(Address, &'a Facts)], request: &Request<'_>) -> Vec<(Address, &'a Facts)> {
    let fits = |facts: &Facts| request.wanted.fits(&facts.account, request.manner) && serves(facts, request);
    let mut grants: Vec<_> = related.iter().copied().filter(|(_, facts)| fits(facts)).collect();
    grants.sort_by_key(|(address, facts)| {
        let is_wider = !same_set(&facts.scopes_requested, request.scopes);
        (is_wider, facts.scopes().len(), Reverse(facts.requested_at), address.key.0)
    });
    let mut best: Vec<(Address, &Facts)> = Vec::new();
    for grant in grants {
        if !best.iter().any(|(_, facts)| are_same(&facts.account, &grant.1.account)) {
            best.push(grant);
        }
    }
    best.sort_by_cached_key(|(address, facts)| (label(&facts.account).to_ascii_lowercase(), address.key.0));
    best
}

/// Whether a token of this grant is one that the request asks for, and can still be had without a person.
fn serves(facts: &Facts, request: &Request<'_>) -> bool {
    facts.grant == request.grant.name()
        && request.covers(facts)
        && same_set(&facts.resource, request.resource)
        && same_set(&facts.audience, request.audience)
        && facts.token_type.eq_ignore_ascii_case("DPoP") == request.dpop
        && facts.gives_tokens_at(request.now_unix_s)
}

pub(super) fn same_set(some: &[String], others: &[String]) -> bool {
    some.iter().collect::<BTreeSet<_>>() == others.iter().collect::<BTreeSet<_>>()
}

/// The account that is meant when none is named. Two marks, which two processes may have left, are none.
fn default_account<'a>(related: &[(Address, &'a Facts)], request: &Request<'_>) -> Option<&'a Account> {
    if (request.wanted, request.manner) != (&Wanted::Unset, Manner::Own) {
        return None;
    }
    let mut marked = related.iter().filter(|(_, facts)| facts.is_default).map(|(_, facts)| &facts.account);
    let first = marked.next()?;
    marked.all(|other| are_same(first, other)).then_some(first)
}

/// Whether two records speak of one account: by the subject, else by a name. Those without any name cannot be told apart.
pub(super) fn are_same(some: &Account, other: &Account) -> bool {
    if let (Some(some), Some(other)) = (&some.subject, &other.subject) {
        return some == other;
    }
    label(some).eq_ignore_ascii_case(label(other))
}

/// How people call the account.
pub(super) fn label(account: &Account) -> &str {
    let Account { label, email, subject, .. } = account;
    [label, email, subject].into_iter().flatten().next().map_or("an account without a name", String::as_str)
}

fn named(grants: &[(Address, &Facts)]) -> Vec<Candidate> {
    let candidate =
        |(address, facts): &(Address, &Facts)| Candidate { address: *address, label: label(&facts.account).to_owned() };
    grants.iter().map(candidate).collect()
}

fn only_account(account: &Account) -> String {
    let label = label(account);
    format!("the stored sign-in of {label} is used; the account `new` asks for another one")
}

fn several(candidates: &[Candidate]) -> String {
    let shown: Vec<&str> = candidates.iter().take(NAMES_SHOWN).map(|candidate| candidate.label.as_str()).collect();
    let more = match candidates.len().saturating_sub(NAMES_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("several stored accounts fit: {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests;
