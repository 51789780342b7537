//! Renewing a credential that is kept: one turn at a time in all processes, looked at again before anything is sent, and
//! written before anybody sees it. Source: specs/reliability.md §3.4.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::keeper::Keeper;
use super::kept_token::token_of;
use super::outcome::{self, Lost};
use super::quiet::Refused;
use super::recovery::{self, Next, Scene};
use super::{needs_person, quiet};
use crate::cache::graves::Graves;
use crate::cache::machine::Need;
use crate::context::Moment;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::rotation::Rotation;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::server::witness::{RawAnswer, Witness};
use crate::server::{Ask, Basis, Server, is_ambiguous};
use crate::settings::{GrantKind, TokenRequest};
use crate::store::record::Record;
use crate::store::shelf::{Address, Shelf, Turn, Unfinished};
use crate::token::freshness::Freshness;
use crate::token::{SharedToken, Token};

/// Whoever waits for its turn glances at the record meanwhile: soon at first, then more and more seldom.
const FIRST_GLANCE: Duration = Duration::from_millis(3);
const LONGEST_GLANCE: Duration = Duration::from_millis(100);

/// What a caller knows who wants another token.
#[derive(Clone, Default)]
pub(crate) struct Want {
    /// The token that does not do, if there is one.
    pub(crate) instead_of: Option<SharedToken>,
    /// Whether an API has refused it, so that it is worth nothing whatever its age.
    pub(crate) rejected: bool,
    pub(crate) need: Need,
}

/// Another token, without a person. Where credentials are kept it is stored when this returns, or says that it is not.
///
/// Effects: `[net]` `[disk]`. Errors: `GrantRevoked`; `Store` with the reason `busy_elsewhere` while another process is at
/// it, `store_unwritable` where the answer could not be kept; those of the exchange.
pub(crate) async fn renew(
    keeper: Option<Arc<Keeper>>,
    server: Arc<Server>,
    request: Arc<TokenRequest>,
    want: Want,
    graves: Arc<Graves>,
) -> Result<Token, Error> {
    let shelf = keeper.as_ref().map(|keeper| keeper.shelf()).transpose()?.flatten();
    match keeper.zip(shelf) {
        // Apart, because it takes a lot of room: whoever keeps nothing would carry it along for nothing.
        Some((keeper, shelf)) => Box::pin(Renewal { keeper, shelf, want, graves }.run()).await,
        None => quiet::quiet(server, request, want.instead_of, graves).await,
    }
}

struct Renewal {
    keeper: Arc<Keeper>,
    shelf: Arc<dyn Shelf>,
    want: Want,
    graves: Arc<Graves>,
}

/// The record as it is in this turn, and the token in it.
struct Held {
    at: Address,
    record: Option<Record>,
    token: Option<Token>,
}

impl Held {
    /// What the next token's generation is.
    fn next_generation(&self) -> u64 {
        self.record.as_ref().map_or(0, |record| record.facts.generation + 1)
    }
}

impl Renewal {
    async fn run(self) -> Result<Token, Error> {
        let (at, turn) = match self.turn_or_token().await {
            Ok(Entrance::Turn(at, turn)) => (at, turn),
            Ok(Entrance::Token(token)) => return Ok(*token),
            Err(error) if error.reason() == Some(Reason::StoreUnwritable) => return self.without_turn(error).await,
            Err(error) => return Err(error),
        };
        let held = self.held(at, self.keeper.newest_record(&*turn)?)?;
        if let Some(token) = held.token.as_ref().filter(|token| self.does(token)) {
            tracing::debug!("another process has renewed the token meanwhile");
            self.keeper.saw(at, self.shelf.version(&at), held.record.as_ref());
            return Ok(token.clone());
        }
        match self.recovered(&*turn, &held).await? {
            Recovered::Token(token) => Ok(*token),
            Recovered::Nothing(lost) => self.exchanged(&*turn, held, lost).await,
        }
    }

    /// The turn, or what somebody else has stored meanwhile: of many who wait, each would otherwise hold up the next.
    async fn turn_or_token(&self) -> Result<Entrance, Error> {
        let mut turn = pin!(self.keeper.turn(&*self.shelf));
        let mut pause = FIRST_GLANCE;
        loop {
            if let Ok(turn) = tokio::time::timeout(pause, turn.as_mut()).await {
                return turn.map(|(at, turn)| Entrance::Turn(at, turn));
            }
            // What is wrong with the store is told to those who have the turn.
            let news = self.keeper.news(&*self.shelf).ok().flatten();
            if let Some(token) = news.filter(|token| self.does(token)) {
                return Ok(Entrance::Token(Box::new(token)));
            }
            pause = (pause + pause / 8).min(LONGEST_GLANCE);
        }
    }

    fn held(&self, at: Address, record: Option<Record>) -> Result<Held, Error> {
        if let Some(record) = &record {
            self.graves.bury_named(&record.secrets.dead);
        }
        let token = record.as_ref().map(|record| token_of(record, self.server())).transpose()?.flatten();
        Ok(Held { at, record, token })
    }

    /// Whether somebody else has done the work already.
    fn does(&self, token: &Token) -> bool {
        let now = self.now();
        let left_ms = token.left_ms(&now).unwrap_or(i64::MAX);
        let other = self.want.instead_of.as_ref().is_none_or(|old| old.access_token() != token.access_token());
        other && token.freshness(&now) == Freshness::Fresh && self.want.need.is_met_by(token, left_ms)
    }

    /// What became of an exchange that another process began.
    async fn recovered(&self, turn: &dyn Turn, held: &Held) -> Result<Recovered, Error> {
        let Some(mut left) = turn.unfinished()? else { return Ok(Recovered::Nothing(None)) };
        let scene = self.scene(held);
        let mut next = recovery::next(&left, &scene);
        if next == Next::TakeOver {
            if let Some(token) = self.taken_over(turn, held, &left).await? {
                return Ok(Recovered::Token(Box::new(token)));
            }
            left.answer = None;
            next = recovery::next(&left, &scene);
        }
        match next {
            Next::Wait => Err(outcome::waiting(&left)),
            Next::Replay => Ok(Recovered::Nothing(Some(Lost::of(&left)))),
            Next::Renew | Next::TakeOver => Ok(Recovered::Nothing(None)),
        }
    }

    fn scene(&self, held: &Held) -> Scene {
        let now = self.now();
        let refused = |token: &Token| {
            let old = self.want.instead_of.as_ref().filter(|_| self.want.rejected);
            old.is_some_and(|old| old.access_token() == token.access_token())
        };
        let lasts = |token: &Token| token.freshness(&now) <= Freshness::Stale && !refused(token);
        Scene {
            kept: held.record.as_ref().map(|record| record.facts.generation),
            rotation: self.rotation(held.record.as_ref()),
            now_unix_ms: now.unix_ms,
            now_boot: now.boot,
            token_lasts: held.token.as_ref().is_some_and(lasts),
        }
    }

    /// The token in an answer that a process saved and did not live to read. Shape: `None` when it is no token.
    async fn taken_over(&self, turn: &dyn Turn, held: &Held, left: &Unfinished) -> Result<Option<Token>, Error> {
        let Some(answer) = &left.answer else { return Ok(None) };
        let mut token = match self.read(answer, held).await {
            Ok(Some(token)) => token,
            Ok(None) => return Ok(None),
            Err(refused) => return Err(self.refused(turn, held, refused)),
        };
        tracing::info!("an answer that {} had saved and not read is taken over", left.host);
        token.requested_at_boot = left.began_at_boot;
        token.generation = left.generation;
        Ok(Some(outcome::keep(&self.keeper, &*self.shelf, turn, held.at, held.record.as_ref(), token)))
    }

    async fn read(&self, answer: &RawAnswer, held: &Held) -> Result<Option<Token>, Refused> {
        let (server, request) = (self.server(), self.request());
        match (&held.token, &request.refresh_token) {
            (Some(token), _) => {
                let Some(refresh_token) = token.refresh_token() else { return Ok(None) };
                let Some(fresh) = server.token_in(answer, &Ask::refresh(request, refresh_token, token)).await? else {
                    return Ok(None);
                };
                quiet::same_person(server, request, fresh, token).await.map(Some)
            }
            (None, Some(refresh_token)) => {
                let grant = crate::oauth::Grant::Refresh { refresh_token };
                match server.token_in(answer, &Ask::first(request, Basis::Grant(grant), None)).await? {
                    Some(fresh) => quiet::first_believed(server, request, fresh).await.map(Some),
                    None => Ok(None),
                }
            }
            (None, None) => Ok(None),
        }
    }

    /// The exchange itself, with what is kept; once more when somebody has put another refresh token in its place.
    async fn exchanged(&self, turn: &dyn Turn, mut held: Held, lost: Option<Lost>) -> Result<Token, Error> {
        let mut replaced = false;
        loop {
            let sent = held.token.as_ref().and_then(|token| self.live(token)).cloned();
            let error = match self.attempt(turn, &held, sent.as_ref()).await {
                Ok(mut token) => {
                    token.generation = held.next_generation();
                    let before = held.record.as_ref();
                    return Ok(outcome::keep(&self.keeper, &*self.shelf, turn, held.at, before, token));
                }
                Err(refused) => self.refused(turn, &held, refused),
            };
            let Some(dead) = sent.filter(|_| error.kind() == Kind::GrantRevoked) else {
                if !is_ambiguous(&error) {
                    settle(turn);
                }
                return Err(error);
            };
            self.graves.bury(&dead);
            let now = self.held(held.at, turn.read()?)?;
            let other = now.token.as_ref().and_then(|token| self.live(token));
            if !replaced && other.is_some_and(|other| *other != dead) {
                (held, replaced) = (now, true);
                continue;
            }
            let ended = outcome::end(&self.keeper, &*self.shelf, turn, now.at, now.record, &dead, error, lost.as_ref());
            if needs_person(self.request()) {
                return Err(ended);
            }
            tracing::info!("{ended}; the grant is repeated");
            held = self.held(held.at, turn.read()?)?;
        }
    }

    /// The error of an exchange. Where the answer is no good, its refresh token is kept all the same.
    fn refused(&self, turn: &dyn Turn, held: &Held, refused: Refused) -> Error {
        match refused.answer {
            Some(mut answer) if answer.refresh_token.is_some() => {
                answer.generation = held.next_generation();
                outcome::keep_grant(&self.keeper, &*self.shelf, turn, held.at, held.record.as_ref(), *answer);
            }
            Some(_) => settle(turn),
            None => {}
        }
        refused.error
    }

    /// One exchange: a refresh where there is something to refresh with, else the grant.
    async fn attempt(&self, turn: &dyn Turn, held: &Held, sent: Option<&Secret>) -> Result<Token, Refused> {
        let (server, request) = (self.server(), self.request());
        match (&held.token, sent) {
            (Some(token), Some(refresh_token)) => {
                let witness = self.witness(turn, held)?;
                quiet::refreshed(server, request, refresh_token, token, witness).await
            }
            _ => {
                if let Some(ended) =
                    held.record.as_ref().filter(|_| needs_person(request)).and_then(|one| outcome::ended(one, server))
                {
                    return Err(ended.into());
                }
                let rotates = request.grant == GrantKind::RefreshToken;
                let witness = if rotates { self.witness(turn, held)? } else { None };
                quiet::obtain(server, request, held.token.as_ref(), &self.graves, witness).await
            }
        }
    }

    /// Writes down what is about to happen, where it cannot be repeated. Errors: `Store`; nothing is sent then.
    fn witness(&self, turn: &dyn Turn, held: &Held) -> Result<Option<Arc<dyn Witness>>, Error> {
        let rotation = self.rotation(held.record.as_ref());
        if rotation.is_repeatable() {
            return Ok(None);
        }
        turn.intend(held.next_generation(), rotation, self.now().unix_ms).map(|witness| Some(Arc::from(witness)))
    }

    /// Nobody can take turns in a store that cannot be written to. What does not rotate is renewed all the same.
    async fn without_turn(&self, unwritable: Error) -> Result<Token, Error> {
        let at = self.keeper.address();
        let unsaved = self.keeper.unsaved().map(|record| (*record).clone());
        // What no store has, nobody else can have used.
        let is_ours_alone = unsaved.is_some();
        let held = self.held(at, if is_ours_alone { unsaved } else { self.shelf.read(&at)? })?;
        if let Some(token) = held.token.as_ref().filter(|token| self.does(token)) {
            return Ok(token.clone());
        }
        let sent = held.token.as_ref().and_then(|token| self.live(token));
        let rotates = sent.is_some() || self.request().grant == GrantKind::RefreshToken;
        if rotates && !is_ours_alone && !self.rotation(held.record.as_ref()).is_repeatable() {
            return Err(unwritable);
        }
        let (server, request) = (self.keeper.server.clone(), self.keeper.request.clone());
        let before = held.token.clone().map(Arc::new);
        let mut token = quiet::quiet(server, request, before, self.graves.clone()).await?;
        token.generation = held.next_generation();
        Ok(outcome::hold(&self.keeper, held.at, held.record.as_ref(), token, &unwritable))
    }

    /// What becomes of a used refresh token: as the provider's profile says, else as it was learned.
    fn rotation(&self, record: Option<&Record>) -> Rotation {
        match self.server().dialect.rotation {
            Rotation::Unknown => record.map_or(Rotation::Unknown, |record| record.facts.rotation),
            told => told,
        }
    }

    fn live<'a>(&self, token: &'a Token) -> Option<&'a Secret> {
        quiet::refresh_token(self.request(), token, &self.graves)
    }

    fn server(&self) -> &Server {
        &self.keeper.server
    }

    fn request(&self) -> &TokenRequest {
        &self.keeper.request
    }

    fn now(&self) -> Moment {
        self.server().context.clock.now()
    }
}

/// Forgets an exchange that failed. Why it failed is told; that it cannot be forgotten is the next turn's business.
fn settle(turn: &dyn Turn) {
    if let Err(error) = turn.settle() {
        tracing::warn!("a failed renewal is still written down: {error}");
    }
}

/// How a renewal begins.
enum Entrance {
    Turn(Address, Box<dyn Turn>),
    /// It is not needed any more.
    Token(Box<Token>),
}

/// What looking at an unfinished exchange brought.
enum Recovered {
    /// Its token.
    Token(Box<Token>),
    /// Nothing; and, where the server may have carried it out, what has to be told if the grant is dead.
    Nothing(Option<Lost>),
}
