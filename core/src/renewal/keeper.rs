//! One credential's place in a store: found once, looked at without a lock, and remembered as it was last seen.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::kept_token::token_of;
use super::outcome;
use super::search::{Found, Search, Sighting};
use crate::cache::key::CredentialKey;
use crate::crypto;
use crate::engine::{self, NoInterrupt};
use crate::error::Error;
use crate::kinds::Kind;
use crate::lock::lock;
use crate::person::{Interactivity, Person};
use crate::reason::Reason;
use crate::server::Server;
use crate::settings::{self, TokenRequest};
use crate::store::PATIENCE;
use crate::store::candidates::{self, Picked};
use crate::store::home::Home;
use crate::store::record::Record;
use crate::store::shelf::{Address, Shelf, Turn, Version};
use crate::token::Token;

/// What a source holds of a store. One for each credential and process, so that all its sources know the same.
pub(crate) struct Keeper {
    place: Place,
    pub(super) server: Arc<Server>,
    pub(super) request: Arc<TokenRequest>,
    state: Mutex<State>,
}

/// The memory of the process holds keepers after their last source. A store that only the program knows must end with
/// whoever uses it: its owner waits for that.
enum Place {
    Everybodys(Arc<Home>),
    Ours(Weak<Home>),
}

#[derive(Default)]
struct State {
    /// Where the record is, once it was found or written.
    at: Option<Address>,
    /// The version that this process knows.
    seen: Option<Version>,
    /// Whose it is, as lists show it.
    account: Option<String>,
    /// What could not be written: the only copy of a grant, until it can.
    unsaved: Option<Arc<Record>>,
}

impl Keeper {
    pub(crate) fn new(home: Arc<Home>, server: Arc<Server>, request: Arc<TokenRequest>) -> Self {
        let place = match *home {
            Home::Shelf(..) => Place::Ours(Arc::downgrade(&home)),
            _ => Place::Everybodys(home),
        };
        Self { place, server, request, state: Mutex::default() }
    }

    /// The keeper of another account's grant of the same kind. Shape: `None` where nothing is kept.
    pub(crate) fn of_account(&self, account: &str) -> Option<Arc<Self>> {
        let request = TokenRequest { account: Some(account.to_owned()), ..(*self.request).clone() };
        Some(Arc::new(Self::new(self.home()?, self.server.clone(), Arc::new(request))))
    }

    /// The token that is kept, whatever its age. Takes no lock. Effects: `[disk]`.
    ///
    /// Shape: `None` where nothing is kept, also when there is no store at all. Errors: `Store`; `AmbiguousAccount`.
    pub(crate) fn look(&self) -> Result<Option<Token>, Error> {
        let Some(shelf) = self.shelf()? else { return Ok(None) };
        if let Some(unsaved) = self.unsaved() {
            self.try_again_to_save(&*shelf);
            return token_of(&unsaved, &self.server);
        }
        match self.find(&*shelf)? {
            Some(record) => token_of(&record, &self.server),
            None => Ok(None),
        }
    }

    /// Whether the record is another one than this process knows, or gone. The price is one look at a file's facts.
    pub(crate) fn changed(&self) -> bool {
        let Ok(Some(shelf)) = self.shelf() else { return false };
        let (at, seen, waits) = {
            let state = lock(&self.state);
            (state.at, state.seen, state.unsaved.is_some())
        };
        // What waits to be written is looked at again, so that it is tried.
        waits || shelf.version(&at.unwrap_or_else(|| self.own_address())) != seen
    }

    /// What somebody else has stored since this process looked last, if it is a token. Nothing that waits to be written is
    /// tried meanwhile: whoever asks is about to have the turn that this takes. Effects: `[disk]`.
    pub(super) fn news(&self, shelf: &dyn Shelf) -> Result<Option<Token>, Error> {
        let at = self.address();
        if shelf.version(&at) == lock(&self.state).seen {
            return Ok(None);
        }
        let record = match self.unsaved() {
            Some(_) => Sighting::at(shelf, at)?.map(|seen| seen.record),
            None => self.find(shelf)?,
        };
        record.map_or(Ok(None), |record| token_of(&record, &self.server))
    }

    /// This process's turn to ask the person, so that nobody is asked twice at a time. Shape: `None` where nothing is kept,
    /// or where others have been asking for longer than `patience`. Errors: `Store` where what a person gives could not be
    /// kept, so that nobody is asked for nothing.
    pub(crate) async fn turn_to_ask(&self, patience: Duration) -> Result<Option<Box<dyn Turn>>, Error> {
        let Some(shelf) = self.shelf()? else { return Ok(None) };
        let own = self.own_address();
        let asking = CredentialKey(crypto::sha256(&[&own.key.0[..], b"asking"].concat()));
        match shelf.lock(&Address { key: asking, ..own }, patience).await {
            Ok(turn) => Ok(Some(turn)),
            Err(busy) if busy.reason() == Some(Reason::BusyElsewhere) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether there is a store at all.
    pub(crate) fn is_kept(&self) -> bool {
        self.shelf().is_ok_and(|shelf| shelf.is_some())
    }

    /// The key of the record, as lists show it.
    pub(crate) fn key(&self) -> String {
        self.address().key.hex()
    }

    /// The same of a record that is there. Shape: `None` where none was found yet.
    pub(crate) fn found_key(&self) -> Option<String> {
        lock(&self.state).at.map(|at| at.key.hex())
    }

    /// Why the grant that is kept is over, if it is. Effects: `[disk]`.
    pub(crate) fn ended(&self) -> Option<Error> {
        let record = self.shelf().ok().flatten()?.read(&self.address()).ok().flatten()?;
        outcome::ended(&record, &self.server)
    }

    /// What was looked at in vain, in words: the store, and what it has instead. Effects: `[disk]`.
    pub(crate) fn missed(&self) -> String {
        let shelf = match self.shelf() {
            Ok(Some(shelf)) => shelf,
            Ok(None) => return "no store is used, where a login could have been found".to_owned(),
            Err(error) => return error.message().to_owned(),
        };
        let told = shelf.describe(false);
        let place = |name| told.iter().find(|(known, _)| known == name).map(|(_, place)| place.as_str());
        let place = place("folder").or(place("store")).unwrap_or_default();
        match self.search(None, false).missed(&*shelf) {
            Ok(missed) => format!("the store {place} {missed}"),
            Err(error) => format!("the store {place} cannot be read: {}", error.message()),
        }
    }

    /// The store, for whoever is to keep it in use. Shape: `None` when nobody uses it any more.
    pub(crate) fn home(&self) -> Option<Arc<Home>> {
        match &self.place {
            Place::Everybodys(home) => Some(home.clone()),
            Place::Ours(home) => home.upgrade(),
        }
    }

    /// Where this credential is kept beside others, if it is. Errors: `Store` for a store that was named and is not usable.
    pub(super) fn shelf(&self) -> Result<Option<Arc<dyn Shelf>>, Error> {
        match self.home() {
            Some(home) => home.shelf(&self.server.context, super::needs_store(&self.request)),
            None => Ok(None),
        }
    }

    /// The request of a sign-in, by what the last one brought. Effects: `[disk]`.
    pub(crate) fn request_of_sign_in(&self, request: &Arc<TokenRequest>) -> Arc<TokenRequest> {
        let is_short = |token: &Token| token.refresh_token.is_none() && self.ended().is_none();
        match self.look() {
            Ok(Some(token)) if is_short(&token) => request.asking_again(&self.server.dialect.request.offline).into(),
            _ => request.clone(),
        }
    }

    /// The same where a person is, who chooses among several accounts. Effects: `[disk]` `[prompt]`.
    pub(crate) fn look_with(&self, person: &dyn Person) -> Result<Option<Token>, Error> {
        match self.look() {
            Err(error) if error.kind() == Kind::AmbiguousAccount => {
                match person.interactivity().heeding(&self.server.context) {
                    Interactivity::No => Err(error),
                    Interactivity::Yes | Interactivity::Unknown => self.chosen_by(person, error),
                }
            }
            outcome => outcome,
        }
    }

    fn chosen_by(&self, person: &dyn Person, ambiguous: Error) -> Result<Option<Token>, Error> {
        let Some(shelf) = self.shelf()? else { return Ok(None) };
        let Found::Several(several) = self.search(None, true).run(&*shelf)? else { return self.look() };
        let question = format!("Which account is {} to use?", self.server.settings.display_name());
        let chosen = person.choose(&question, &candidates::menu(&several))?;
        match chosen.and_then(|index| candidates::picked(&several, index)) {
            None => Err(ambiguous),
            Some(Picked::New) => Ok(None),
            Some(Picked::This(at)) => match Sighting::at(&*shelf, at)? {
                Some(seen) => token_of(&self.remembered(seen), &self.server),
                None => Ok(None),
            },
        }
    }

    /// The record, where it was last or where it is now.
    fn find(&self, shelf: &dyn Shelf) -> Result<Option<Record>, Error> {
        let (at, account) = {
            let state = lock(&self.state);
            (state.at, state.account.clone())
        };
        let there = at.map(|at| Sighting::at(shelf, at)).transpose()?.flatten();
        if let Some(seen) = there {
            return Ok(Some(self.remembered(seen)));
        }
        match self.search(account.as_deref(), false).run(shelf)? {
            Found::Record(seen) => Ok(Some(self.remembered(*seen))),
            Found::Several(several) => Err(candidates::ambiguous(&several)),
            Found::Nothing => {
                let unsaved = self.unsaved();
                *lock(&self.state) = State { unsaved, ..State::default() };
                Ok(None)
            }
        }
    }

    fn search<'a>(&'a self, account: Option<&'a str>, has_person: bool) -> Search<'a> {
        Search { server: &self.server, request: &self.request, account, has_person }
    }

    fn remembered(&self, seen: Sighting) -> Record {
        self.saw(seen.at, seen.version, Some(&seen.record));
        seen.record
    }

    /// This process's turn on the record, wherever that is by now. Errors: `Store`.
    pub(super) async fn turn(&self, shelf: &dyn Shelf) -> Result<(Address, Box<dyn Turn>), Error> {
        let at = self.address();
        let turn = shelf.lock(&at, PATIENCE).await?;
        let Some(elsewhere) = self.moved(shelf, &at, &*turn)? else { return Ok((at, turn)) };
        drop(turn);
        Ok((elsewhere, shelf.lock(&elsewhere, PATIENCE).await?))
    }

    /// Where the record went when another account came: to its own key.
    fn moved(&self, shelf: &dyn Shelf, at: &Address, turn: &dyn Turn) -> Result<Option<Address>, Error> {
        let account = lock(&self.state).account.clone();
        let Some(account) = account.filter(|_| self.unsaved().is_none()) else { return Ok(None) };
        if turn.read()?.is_some() {
            return Ok(None);
        }
        match self.search(Some(&account), false).run(shelf)? {
            Found::Record(seen) if seen.at != *at => Ok(Some(seen.at)),
            _ => Ok(None),
        }
    }

    /// What could not be written may be writable now. Nobody waits for it: the next look tries again.
    #[cold]
    fn try_again_to_save(&self, shelf: &dyn Shelf) {
        let at = self.address();
        let saving = async {
            let turn = shelf.lock(&at, Duration::ZERO).await?;
            let record = self.newest_record(&*turn)?;
            self.saw(at, shelf.version(&at), record.as_ref());
            Ok(())
        };
        if let Err(error) = engine::run(saving, &NoInterrupt) {
            tracing::debug!("a token still cannot be stored: {error}");
        }
    }

    /// The record as it is in this turn. What could not be written before is written now, if that can be.
    pub(super) fn newest_record(&self, turn: &dyn Turn) -> Result<Option<Record>, Error> {
        let stored = turn.read()?;
        let Some(unsaved) = self.unsaved() else { return Ok(stored) };
        if let Some(stored) = stored.as_ref().filter(|one| one.facts.generation >= unsaved.facts.generation) {
            if stored.secrets.refresh_token != unsaved.secrets.refresh_token {
                tracing::warn!("another process has stored another grant; the one that could not be stored is dropped");
            }
            let stored = Some(stored.clone());
            self.set_unsaved(None);
            return Ok(stored);
        }
        match turn.write(&unsaved) {
            Ok(()) => self.set_unsaved(None),
            Err(error) => tracing::warn!("a token still cannot be stored: {error}"),
        }
        Ok(Some((*unsaved).clone()))
    }

    /// Where the record is, or would be.
    pub(super) fn address(&self) -> Address {
        lock(&self.state).at.unwrap_or_else(|| self.own_address())
    }

    pub(super) fn own_address(&self) -> Address {
        settings::address(&self.server.settings, &self.request)
    }

    /// The same for a request that names no account.
    pub(super) fn unnamed_address(&self) -> Address {
        let login_hint = self.request.login_hint.clone().filter(|_| self.request.account.is_none());
        let request = TokenRequest { account: None, login_hint, ..(*self.request).clone() };
        settings::address(&self.server.settings, &request)
    }

    pub(super) fn saw(&self, at: Address, version: Option<Version>, record: Option<&Record>) {
        let mut state = lock(&self.state);
        (state.at, state.seen) = (Some(at), version);
        if let Some(record) = record {
            state.account.clone_from(&record.facts.account.label);
        }
    }

    /// Starts anew: nothing is kept any more.
    pub(super) fn forget(&self) {
        *lock(&self.state) = State::default();
    }

    pub(super) fn unsaved(&self) -> Option<Arc<Record>> {
        lock(&self.state).unsaved.clone()
    }

    pub(super) fn set_unsaved(&self, record: Option<Arc<Record>>) {
        lock(&self.state).unsaved = record;
    }
}
