//! Keeping what a sign-in brought, before anybody sees it, beside the accounts that are there already.

use std::sync::Arc;

use super::keeper::Keeper;
use super::kept_token::{account_of, record_of};
use super::outcome;
use crate::error::Error;
use crate::settings;
use crate::store::PATIENCE;
use crate::store::record::{Facts, Record};
use crate::store::shelf::{Address, Shelf, Turn};
use crate::token::Token;

/// Keeps `token`, the first of a new grant, and gives it back; one that could not be written says so.
///
/// While it is the only account of its kind it has the key that names none, so that whoever names none finds it at once.
/// Effects: `[disk]`.
pub(crate) async fn keep_first(keeper: Option<Arc<Keeper>>, mut token: Token) -> Token {
    let Some(keeper) = keeper else { return token };
    match keep(&keeper, &mut token, None).await {
        Ok(()) => token,
        Err(failure) => {
            let Failure { at, before, why } = *failure;
            outcome::hold(&keeper, at, before.as_ref(), token, &why)
        }
    }
}

/// Keeps `token` of a grant that comes from elsewhere. Effects: `[disk]`.
///
/// Errors: `Store`; nothing is remembered then.
pub(crate) async fn keep_adopted(keeper: Arc<Keeper>, mut token: Token) -> Result<(), Error> {
    keep(&keeper, &mut token, Some("adopted")).await.map_err(|failure| failure.why)
}

/// What could not be written, and what is there.
struct Failure {
    at: Address,
    before: Option<Record>,
    why: Error,
}

async fn keep(keeper: &Keeper, token: &mut Token, source: Option<&str>) -> Result<(), Box<Failure>> {
    let nowhere = |why| Box::new(Failure { at: keeper.own_address(), before: None, why });
    let Some(shelf) = keeper.shelf().map_err(nowhere)? else { return Ok(()) };
    let (at, turn) = place(keeper, &*shelf, token).await.map_err(nowhere)?;
    write(keeper, &*shelf, &*turn, at, token, source)
}

/// Where the token belongs, and the turn there. Whoever was there under no name, and is somebody else, gets a key of its
/// own first.
async fn place(keeper: &Keeper, shelf: &dyn Shelf, token: &Token) -> Result<(Address, Box<dyn Turn>), Error> {
    let unnamed = keeper.unnamed_address();
    let turn = shelf.lock(&unnamed, PATIENCE).await?;
    let label = account_of(token).label.filter(|_| settings::is_told_by_account(&keeper.request));
    let Some(label) = label else { return Ok((unnamed, turn)) };
    let own = account_address(keeper, &label);
    let is_other =
        |facts: &Facts| facts.account.label.as_ref().is_some_and(|other| !other.eq_ignore_ascii_case(&label));
    let is_rival = |facts: &Facts| is_other(facts) && alike(facts, keeper);
    // Whoever has a key of its own keeps it; only a newcomer's neighbours are looked through.
    let has_own_key = shelf.version(&own).is_some();
    if !has_own_key && !shelf.facts(Some(unnamed.group))?.iter().any(|one| one.facts.as_ref().is_ok_and(is_rival)) {
        return Ok((unnamed, turn));
    }
    if let Some(first) = turn.read()?.filter(|first| is_other(&first.facts)) {
        give_own_key(keeper, shelf, &*turn, first).await?;
    }
    // Turns are taken in this order everywhere: the key without a name, then one with a name.
    let own_turn = shelf.lock(&own, PATIENCE).await?;
    Ok((own, own_turn))
}

/// Moves the record that had no name in its key.
async fn give_own_key(keeper: &Keeper, shelf: &dyn Shelf, turn: &dyn Turn, mut record: Record) -> Result<(), Error> {
    let Some(label) = record.facts.account.label.clone() else { return Ok(()) };
    let own = account_address(keeper, &label);
    let target = shelf.lock(&own, PATIENCE).await?;
    record.facts.key = own.key.hex();
    if let Some(there) = target.read()? {
        record.facts.generation = record.facts.generation.max(there.facts.generation) + 1;
    }
    target.write(&record)?;
    turn.remove()
}

fn write(
    keeper: &Keeper,
    shelf: &dyn Shelf,
    turn: &dyn Turn,
    at: Address,
    token: &mut Token,
    source: Option<&str>,
) -> Result<(), Box<Failure>> {
    let before = turn.read().unwrap_or_default();
    token.generation = before.as_ref().map_or(0, |before| before.facts.generation + 1);
    let mut record = record_of(token, before.as_ref(), &at, &keeper.server, &keeper.request);
    record.facts.created_at = token.requested_at_unix_s;
    record.facts.same_refresh_token = 0;
    record.facts.source = source.map(str::to_owned);
    turn.write(&record).map_err(|why| Box::new(Failure { at, before, why }))?;
    keeper.set_unsaved(None);
    keeper.saw(at, shelf.version(&at), Some(&record));
    Ok(())
}

/// Whether these facts are of a credential that only the account tells from the wanted one.
fn alike(facts: &Facts, keeper: &Keeper) -> bool {
    let request = &keeper.request;
    facts.grant == request.grant.name()
        && same_set(&facts.scopes_requested, &request.scopes)
        && same_set(&facts.resource, &request.resource)
        && same_set(&facts.audience, &request.audience)
}

fn same_set(left: &[String], right: &[String]) -> bool {
    left.iter().all(|one| right.contains(one)) && right.iter().all(|one| left.contains(one))
}

fn account_address(keeper: &Keeper, label: &str) -> Address {
    settings::account_address(&keeper.server.settings, &keeper.request, label)
}
