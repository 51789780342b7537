//! What is written when an exchange has ended: the new record, or that the grant is over.

use jiff::Timestamp;

use super::keeper::Keeper;
use super::kept_token::record_of;
use crate::cache::graves;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::Warning;
use crate::oauth::rotation::Rotation;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::server::Server;
use crate::store::record::{Ended, Facts, Record};
use crate::store::shelf::{Address, Shelf, Turn, Unfinished};
use crate::token::Token;

/// So often in a row the same refresh token must come back before the server is taken for one that does not rotate.
const STATIC_AFTER: u32 = 2;
/// As many dead refresh tokens are remembered; older ones belong to nobody any more.
const MAX_DEAD: usize = 16;

/// An exchange whose answer never came.
pub(super) struct Lost {
    host: String,
    at_unix_ms: i64,
}

impl Lost {
    pub(super) fn of(left: &Unfinished) -> Self {
        Self { host: left.host.clone(), at_unix_ms: left.began_at_unix_ms }
    }

    /// When and where, for people.
    fn words(&self) -> String {
        let second = Timestamp::from_second(self.at_unix_ms.div_euclid(1000));
        let at = second.map_or_else(|_| "an unknown time".to_owned(), |at| at.to_string());
        format!("the refresh that {} began at {at}", self.host)
    }
}

/// Keeps `token` in place of `before`, and gives it back; one that could not be written says so.
pub(super) fn keep(
    keeper: &Keeper,
    shelf: &dyn Shelf,
    turn: &dyn Turn,
    at: Address,
    before: Option<&Record>,
    token: Token,
) -> Token {
    let record = successor(keeper, &at, before, &token);
    match turn.write(&record) {
        Ok(()) => {
            tracing::debug!("the token is stored (generation {})", record.facts.generation);
            keeper.set_unsaved(None);
            keeper.saw(at, shelf.version(&at), Some(&record));
            token
        }
        Err(error) => held_back(keeper, at, before, record, token, &error),
    }
}

/// Keeps `token` in this process alone, because the store cannot be written to.
pub(super) fn hold(keeper: &Keeper, at: Address, before: Option<&Record>, token: Token, why: &Error) -> Token {
    let record = successor(keeper, &at, before, &token);
    held_back(keeper, at, before, record, token, why)
}

fn held_back(
    keeper: &Keeper,
    at: Address,
    before: Option<&Record>,
    record: Record,
    mut token: Token,
    why: &Error,
) -> Token {
    let known = before.and_then(|before| before.secrets.refresh_token.as_ref());
    if token.refresh_token.is_some() && token.refresh_token.as_ref() != known {
        tracing::warn!("{}: {}; {}", Warning::RefreshTokenNotPersisted, why, why.hint());
        token.warnings.push(Warning::RefreshTokenNotPersisted);
    } else {
        tracing::info!("the new token is not stored: {why}");
    }
    keep_in_memory(keeper, at, record);
    token
}

fn keep_in_memory(keeper: &Keeper, at: Address, record: Record) {
    keeper.saw(at, None, Some(&record));
    keeper.set_unsaved(Some(record.into()));
}

/// Keeps the refresh token of an answer that is handed to nobody: the one before it may be dead by now. What was stored
/// otherwise stays.
pub(super) fn keep_grant(
    keeper: &Keeper,
    shelf: &dyn Shelf,
    turn: &dyn Turn,
    at: Address,
    before: Option<&Record>,
    answer: Token,
) {
    let next = successor(keeper, &at, before, &answer);
    let record = match before {
        Some(before) => {
            let mut record = before.clone();
            record.facts.generation = next.facts.generation;
            record.facts.rotation = next.facts.rotation;
            record.facts.same_refresh_token = next.facts.same_refresh_token;
            (record.facts.has_refresh_token, record.facts.ended) = (true, None);
            record.secrets.refresh_token.clone_from(&next.secrets.refresh_token);
            record.secrets.previous_refresh_token.clone_from(&next.secrets.previous_refresh_token);
            record
        }
        None => {
            let nobodys = Token { access_token: Secret::new(""), id_token: None, id_claims: None, ..answer };
            record_of(&nobodys, None, &at, &keeper.server, &keeper.request)
        }
    };
    match turn.write(&record) {
        Ok(()) => {
            keeper.set_unsaved(None);
            keeper.saw(at, shelf.version(&at), Some(&record));
        }
        Err(error) => {
            tracing::warn!("{}: {error}; {}", Warning::RefreshTokenNotPersisted, error.hint());
            keep_in_memory(keeper, at, record);
        }
    }
}

/// The record of `token` after `before`, with what this exchange teaches about the server.
fn successor(keeper: &Keeper, at: &Address, before: Option<&Record>, token: &Token) -> Record {
    let mut record = record_of(token, before, at, &keeper.server, &keeper.request);
    if let Some(before) = before {
        let old = before.secrets.refresh_token.as_ref();
        learn(&mut record.facts, old.is_some() && old == record.secrets.refresh_token.as_ref());
        record.secrets.previous_refresh_token = old.filter(|old| Some(*old) != token.refresh_token.as_ref()).cloned();
    }
    record
}

/// What one refresh shows of the server's habit.
fn learn(facts: &mut Facts, same: bool) {
    facts.same_refresh_token = if same { facts.same_refresh_token.saturating_add(1) } else { 0 };
    facts.rotation = match facts.rotation {
        Rotation::Unknown if facts.same_refresh_token >= STATIC_AFTER => Rotation::Static,
        Rotation::Static if !same => Rotation::Unknown,
        rotation => rotation,
    };
}

/// Writes down that the server has ended the grant, and gives the error that says so. The access token stays: it may be
/// good for a while.
#[allow(clippy::too_many_arguments, reason = "all that is known at the end of a grant")]
pub(super) fn end(
    keeper: &Keeper,
    shelf: &dyn Shelf,
    turn: &dyn Turn,
    at: Address,
    record: Option<Record>,
    dead: &Secret,
    error: Error,
    lost: Option<&Lost>,
) -> Error {
    let error = match lost {
        Some(lost) => rotation_lost(lost, error),
        None => error,
    };
    let Some(mut record) = record else { return error };
    let now_unix_s = keeper.server.now_unix_s();
    let error = match lost {
        Some(_) => error,
        None => explained(error, &record, now_unix_s, &keeper.server),
    };
    record.facts.generation += 1;
    record.facts.has_refresh_token = false;
    record.facts.ended = Some(Ended {
        at: now_unix_s,
        cause: error
            .reason()
            .filter(|reason| *reason == Reason::RotationLost)
            .map_or("invalid_grant", Reason::slug)
            .into(),
        words: error.message().to_owned(),
    });
    record.secrets.refresh_token = None;
    record.secrets.previous_refresh_token = None;
    let dead_before = record.secrets.dead.len().saturating_sub(MAX_DEAD - 1);
    record.secrets.dead.drain(..dead_before);
    record.secrets.dead.push(graves::name(dead));
    match turn.write(&record) {
        Ok(()) => keeper.saw(at, shelf.version(&at), Some(&record)),
        Err(unwritten) => tracing::warn!("the end of a grant could not be stored: {unwritten}"),
    }
    error
}

fn rotation_lost(lost: &Lost, error: Error) -> Error {
    let words =
        format!("the grant is over: the answer to {} never came, and with it the new refresh token", lost.words());
    Error::new(Kind::GrantRevoked, words)
        .with_reason(Reason::RotationLost)
        .with_oauth_error("invalid_grant")
        .with_hint("sign in again")
        .with_cause(error)
}

/// Why the grant in `record` is over, if it is; with what usually ends grants of that provider.
pub(super) fn ended(record: &Record, server: &Server) -> Option<Error> {
    let ended = record.facts.ended.as_ref()?;
    let error = Error::new(Kind::GrantRevoked, ended.words.clone()).with_oauth_error("invalid_grant");
    if ended.cause == Reason::RotationLost.slug() {
        return Some(error.with_reason(Reason::RotationLost));
    }
    Some(explained(error, record, ended.at, server))
}

/// With what usually ends grants of that provider, at the age that this one had.
fn explained(error: Error, record: &Record, at_unix_s: i64, server: &Server) -> Error {
    match server.dialect.hints.of_dead_grant(at_unix_s.saturating_sub(record.facts.created_at)) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// A refresh may have been carried out, and the token that is kept is still good: nothing is risked before it ends.
pub(super) fn waiting(left: &Unfinished) -> Error {
    let lost = Lost::of(left).words();
    Error::new(Kind::Timeout, format!("the answer to {lost} never came; it is not repeated while the token is good"))
        .with_hint("use the token while it lasts; the next renewal then tries once more")
}
