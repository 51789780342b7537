//! Where a credential is: under its own key, else under another one whose grant serves the request as well.

use crate::error::Error;
use crate::server::Server;
use crate::settings::{self, TokenRequest};
use crate::store::account::Wanted;
use crate::store::candidates::{self, Candidate, Choice, Request};
use crate::store::missed;
use crate::store::record::{Account, Record};
use crate::store::shelf::{Address, Shelf, Version};

/// What is looked for.
pub(super) struct Search<'a> {
    pub(super) server: &'a Server,
    pub(super) request: &'a TokenRequest,
    /// Whose it was when it was last seen: nobody is given another account than the one before.
    pub(super) account: Option<&'a str>,
    pub(super) has_person: bool,
}

/// What is there.
pub(super) enum Found {
    Record(Box<Sighting>),
    Nothing,
    /// Several accounts would do.
    Several(Vec<Candidate>),
}

/// A record, and where and how it was seen.
pub(super) struct Sighting {
    pub(super) at: Address,
    pub(super) version: Option<Version>,
    pub(super) record: Record,
}

impl Sighting {
    pub(super) fn at(shelf: &dyn Shelf, at: Address) -> Result<Option<Self>, Error> {
        Ok(shelf.look(&at)?.map(|(record, version)| Self { at, version, record }))
    }
}

impl Search<'_> {
    /// One read where the key is known; a look at all records of the client else. Effects: `[disk]`.
    ///
    /// Errors: `Store`; `ConfigInvalid` for a setting `account` that makes no sense.
    pub(super) fn run(&self, shelf: &dyn Shelf) -> Result<Found, Error> {
        let wanted = match self.account {
            Some(label) => Wanted::Named(label.to_owned()),
            None => self.request.wanted_account()?,
        };
        if wanted == Wanted::New {
            return Ok(Found::Nothing);
        }
        let own = Sighting::at(shelf, self.own_address())?;
        let is_meant = |account: &Account| {
            // A server that can name nobody does not contradict; of one that could, nobody knows whose it is.
            let is_open = wanted.name().is_some() && !(self.request.names_an_address() && self.server.tells_owners());
            wanted.fits(account, self.request.account_manner()) || (is_open && account.label.is_none())
        };
        let own = own.filter(|seen| is_meant(&seen.record.facts.account));
        let now_unix_s = self.server.now_unix_s();
        let gives = |seen: &Sighting| seen.record.facts.gives_tokens_at(now_unix_s);
        // Only a person's grants are told apart by their account; all others by what their key says.
        if !self.request.grant.is_interactive() || own.as_ref().is_some_and(gives) {
            return Ok(found(own));
        }
        match self.choose(shelf, &wanted, now_unix_s)? {
            Choice::One { address, notice } => {
                if let Some(notice) = notice {
                    tracing::info!("{}: {notice}", self.server.settings.display_name());
                }
                Sighting::at(shelf, address).map(|seen| found(seen.or(own)))
            }
            Choice::None => Ok(found(own)),
            Choice::Ambiguous(candidates) => Ok(Found::Several(candidates)),
        }
    }

    fn own_address(&self) -> Address {
        match self.account {
            Some(label) => settings::account_address(&self.server.settings, self.request, label),
            None => settings::address(&self.server.settings, self.request),
        }
    }

    fn choose(&self, shelf: &dyn Shelf, wanted: &Wanted, now_unix_s: i64) -> Result<Choice, Error> {
        let cache_key = settings::distinction(self.request);
        let wish = self.wish(wanted, cache_key.as_deref(), now_unix_s);
        Ok(candidates::choose(&shelf.facts(Some(wish.group))?, &wish))
    }

    /// What the store has instead, in words: a part of a sentence. Effects: `[disk]`. Errors: as [`Search::run`].
    pub(super) fn missed(&self, shelf: &dyn Shelf) -> Result<String, Error> {
        let (settings, wanted) = (&self.server.settings, self.request.wanted_account()?);
        let cache_key = settings::distinction(self.request);
        let wish = self.wish(&wanted, cache_key.as_deref(), self.server.now_unix_s());
        let client = missed::Client { id: &settings.client_id, issuer: settings.issuer.as_deref() };
        Ok(missed::missed(&shelf.facts(None)?, &wish, &client))
    }

    fn wish<'a>(&'a self, wanted: &'a Wanted, cache_key: Option<&'a str>, now_unix_s: i64) -> Request<'a> {
        let (settings, request) = (&self.server.settings, self.request);
        Request {
            group: self.own_address().group,
            partition: settings.partition.as_deref(),
            cache_key,
            grant: &request.grant,
            scopes: &request.scopes,
            names: &self.server.dialect.response,
            exact_scopes: request.exact_scopes,
            resource: &request.resource,
            audience: &request.audience,
            dpop: settings.dpop || self.server.dialect.request.dpop,
            wanted,
            manner: request.account_manner(),
            has_person: self.has_person,
            now_unix_s,
        }
    }
}

fn found(seen: Option<Sighting>) -> Found {
    seen.map_or(Found::Nothing, |seen| Found::Record(Box::new(seen)))
}
