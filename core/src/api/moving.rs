//! Stored credentials on their way: to another machine, to another program, and back to the server.

use std::sync::Arc;

use super::{Logout, OAuthClient, Store};
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::google::user::grant_file;
use crate::renewal;
use crate::secret::Secret;
use crate::settings::{ClientSettings, Settings};
use crate::store::PATIENCE;
use crate::store::key::passphrase::Cost;
use crate::store::listing::{Entry, Selection};
use crate::store::portable::{self, Arrival, Carried};
use crate::store::record::{Facts, Record};
use crate::store::shelf::{Address, Listed, Shelf};

impl Store {
    /// All credentials that are meant as one file, sealed under `passphrase`, for [`Store::import`] on another machine.
    /// Both machines then hold the same grants: where refresh tokens rotate, only one of them may go on using them.
    ///
    /// Effects: `[disk]` `[blocks]`. Errors: `InvalidArgument` for a passphrase that is too short; `NotFound` when nothing
    /// is meant; `Store`.
    pub fn export(&self, selection: &Selection, passphrase: &Secret) -> Result<Vec<u8>, Error> {
        let shelf = self.shelf()?;
        let mut records = Vec::new();
        for address in self.meant(&shelf.facts(None)?, selection)? {
            records.extend(shelf.read(&address)?.map(|record| Carried { address, record }));
        }
        if records.is_empty() {
            return Err(Error::new(
                Kind::NotFound,
                "no stored credential is meant, so that there is nothing to export",
            )
            .with_hint("list the stored credentials, and select some of them"));
        }
        portable::pack(&records, passphrase, Cost::RECOMMENDED, |out| self.context().rng.fill(out))
    }

    /// Whether a passphrase is needed to take in this file: whether it is what [`Store::export`] made, or a file in JSON.
    pub fn is_sealed(file: &[u8]) -> bool {
        !file.trim_ascii_start().starts_with(b"{")
    }

    /// Takes in what [`Store::export`] made, and says of each credential what came of it: the newer one stays. Or the grant
    /// in a file of the type `authorized_user`, as gcloud writes it, in place of what the store has of that client, account
    /// and scopes; `scopes`: what it is good for where the file does not say, short names of Google's too.
    ///
    /// Effects: `[disk]` `[blocks]`. Errors: `InvalidArgument` for another file, and for a sealed one without a passphrase;
    /// `ConfigInvalid` for JSON of another type; `Store` with the reason `store_key` for a wrong passphrase; `Store`.
    pub fn import(
        &self,
        file: &[u8],
        passphrase: Option<&Secret>,
        scopes: &[String],
        interrupt: &dyn Interrupt,
    ) -> Result<Vec<(Entry, Arrival)>, Error> {
        match (Self::is_sealed(file), passphrase) {
            (true, Some(passphrase)) => self.import_sealed(file, passphrase, interrupt),
            (true, None) => Err(Error::new(Kind::InvalidArgument, "the file is sealed, and no passphrase is given")
                .with_hint("give the passphrase that it was exported with")),
            (false, _) => self.import_grant(grant_file::grant(file, scopes)?).map(|one| vec![one]),
        }
    }

    fn import_sealed(
        &self,
        file: &[u8],
        passphrase: &Secret,
        interrupt: &dyn Interrupt,
    ) -> Result<Vec<(Entry, Arrival)>, Error> {
        let (shelf, now) = (self.shelf()?, self.now_unix_s());
        let carried = portable::unpack(file, passphrase)?;
        let importing = async {
            let mut arrivals = Vec::new();
            for Carried { address, record } in carried {
                let (facts, arrival) = arrived(&*shelf, &address, record).await?;
                let listed = Listed { address, facts: Ok(facts), last_used_at_unix_s: None, path: None };
                arrivals.push((Entry::of(&listed, now), arrival));
            }
            Ok(arrivals)
        };
        engine::run(importing, interrupt)
    }

    /// Whatever it replaces, it is the newer one: whoever imports it has just made it.
    fn import_grant(&self, grant: Settings) -> Result<(Entry, Arrival), Error> {
        let before = self.list(&Selection::default())?;
        let key = self.adopt(grant)?;
        let arrival = if before.iter().any(|entry| entry.key == key) { Arrival::Replaced } else { Arrival::Added };
        let stored = self.list(&Selection { key: Some(key), ..Selection::default() })?.pop();
        Ok((stored.ok_or_else(gone)?, arrival))
    }

    /// One of Google's grants as the file that its other tools read (`authorized_user`). The store does not know the
    /// client's secret; the text holds it, and the refresh token. Effects: `[disk]`.
    ///
    /// Errors: `NotFound`; `InvalidArgument` for a grant of another provider and for one without a refresh token.
    pub fn export_authorized_user(&self, key: &str, client_secret: &Secret) -> Result<Secret, Error> {
        let shelf = self.shelf()?;
        let record = shelf.read(&self.one_of(&shelf.facts(None)?, key)?)?;
        grant_file::write(&record.ok_or_else(gone)?, client_secret)
    }

    /// Signs out of one stored credential, by its key or the beginning of it: tells the server, where `revoke` says so and
    /// the client needs no secret for that, then removes it. Effects: `[net]` `[disk]` `[blocks]`.
    ///
    /// Errors: as [`Store::remove`]. A server that cannot be told is in the result.
    pub fn logout(&self, key: &str, revoke: bool, interrupt: &dyn Interrupt) -> Result<Logout, Error> {
        let shelf = self.shelf()?;
        let listed = shelf.facts(None)?;
        let address = self.one_of(&listed, key)?;
        let facts = listed.into_iter().find(|one| one.address == address).and_then(|one| one.facts.ok());
        let client = facts.as_ref().map(|facts| OAuthClient::in_store(self, client_of(facts)?)).transpose()?;
        let server = client.filter(|_| revoke).map(|client| client.server().clone());
        let leaving = leave(shelf, address, server);
        engine::run(async { engine::protected(leaving).await }, interrupt)
    }
}

/// One credential's parting: `server` is told, unless nobody is to be.
pub(super) async fn leave(
    shelf: Arc<dyn Shelf>,
    address: Address,
    server: Option<Arc<crate::server::Server>>,
) -> Result<Logout, Error> {
    let turn = shelf.lock(&address, PATIENCE).await?;
    let record = turn.read()?;
    let revocation = match record.as_ref().zip(server) {
        Some((record, server)) => Some(renewal::give_back(&server, &record.secrets).await),
        None => None,
    };
    turn.remove()?;
    Ok(Logout { found: record.is_some(), revocation })
}

/// The client of a stored credential, as far as its record tells.
fn client_of(facts: &Facts) -> Result<ClientSettings, Error> {
    let mut settings = Settings::new();
    settings.set("client_id", facts.client_id.as_str())?;
    settings.set("token_endpoint", facts.token_endpoint.as_str())?;
    if let Some(issuer) = &facts.issuer {
        settings.set("issuer", issuer.as_str())?;
    }
    ClientSettings::from_settings(settings)
}

async fn arrived(shelf: &dyn Shelf, address: &Address, theirs: Record) -> Result<(Facts, Arrival), Error> {
    let turn = shelf.lock(address, PATIENCE).await?;
    let ours = turn.read()?.map(|record| record.facts);
    let arrival = portable::arrival(ours.as_ref(), &theirs.facts);
    if let (Arrival::Kept, Some(ours)) = (arrival, &ours) {
        return Ok((ours.clone(), arrival));
    }
    let mut record = portable::settled(theirs, ours.as_ref());
    // Whoever holds ours must see that it is another one now.
    if let Some(ours) = &ours {
        record.facts.generation = record.facts.generation.max(ours.generation + 1);
    }
    turn.write(&record)?;
    Ok((record.facts, arrival))
}

fn gone() -> Error {
    Error::new(Kind::NotFound, "the credential was removed meanwhile").with_hint("list the stored credentials again")
}
