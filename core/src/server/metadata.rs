//! The server's metadata, fetched once and remembered.

use std::sync::Arc;

use url::Url;

use super::Server;
use super::memory::Remembered;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::discovery::{self, Age, Expectation, Search, Searched, ServerMetadata, WellKnown};
use crate::oauth::document;
use crate::transport::HttpResponse;

impl Server {
    /// The server's metadata: remembered while it holds, else fetched; a day longer when the server is down.
    /// Effects: `[net]`.
    ///
    /// Errors: `ConfigInvalid` when there is nowhere to ask; those of the exchange and of reading the document.
    pub(crate) async fn metadata(&self) -> Result<Arc<ServerMetadata>, Error> {
        let mut search = self.search()?;
        loop {
            let asked = search.address().clone();
            let known = self.facts().metadata.get(&(asked.clone(), self.settings.issuer.clone()));
            if let Some(known) = known.as_ref().filter(|known| self.age(known) == Age::Fresh) {
                return Ok(known.value.clone());
            }
            let response = self.document(&asked, known.as_ref().and_then(|known| known.etag.as_ref())).await;
            match search.after(self.read(&response, known.as_ref())) {
                Searched::Found(metadata) => return Ok(self.remember(asked, *metadata, &response)),
                Searched::Next(next) => search = next,
                Searched::Failed(error) => {
                    return match known.filter(|known| error.kind().retryable() && self.age(known) == Age::Stale) {
                        Some(known) => {
                            tracing::warn!("{error}; what the server said earlier is used");
                            Ok(known.value)
                        }
                        None => Err(error),
                    };
                }
            }
        }
    }

    /// What an earlier call of this process learned. No I/O.
    pub(super) fn remembered_metadata(&self) -> Option<Arc<ServerMetadata>> {
        let search = self.search().ok()?;
        let place = |address: &Url| (address.clone(), self.settings.issuer.clone());
        search.addresses().find_map(|address| self.facts().metadata.get(&place(address))).map(|known| known.value)
    }

    fn search(&self) -> Result<Search, Error> {
        let insecure = self.settings.allow_insecure_http;
        match (&self.settings.metadata_url, &self.settings.issuer) {
            (Some(address), _) => Search::at(address.as_str(), insecure),
            (None, Some(issuer)) => Search::of_issuer(issuer, self.well_known()?, insecure),
            (None, None) => Err(Error::new(Kind::ConfigInvalid, "the client has no issuer to ask for metadata")
                .with_hint("set `issuer`, or the endpoints that are needed")),
        }
    }

    pub(super) fn well_known(&self) -> Result<WellKnown, Error> {
        match self.settings.discovery.as_deref() {
            // Whoever names only an issuer does not know which of the two standards it follows.
            None => Ok(WellKnown::Auto),
            Some(name) => WellKnown::from_name(name),
        }
    }

    fn read(
        &self,
        response: &Result<HttpResponse, Error>,
        known: Option<&Remembered<ServerMetadata>>,
    ) -> Result<ServerMetadata, Error> {
        let response = response.as_ref().map_err(Error::clone)?;
        if let Some(known) = known.filter(|_| document::is_unchanged(response)) {
            return Ok((*known.value).clone());
        }
        let expected = Expectation {
            issuer: self.settings.issuer.as_deref(),
            issuer_match: self.issuer_match,
            allow_insecure_http: self.settings.allow_insecure_http,
        };
        discovery::read(response, &expected)
    }

    fn remember(
        &self,
        address: Url,
        metadata: ServerMetadata,
        response: &Result<HttpResponse, Error>,
    ) -> Arc<ServerMetadata> {
        let metadata = Arc::new(metadata);
        if let Ok(response) = response {
            self.facts()
                .metadata
                .insert((address, self.settings.issuer.clone()), Remembered::now(self, metadata.clone(), response));
        }
        metadata
    }

    pub(super) fn age<T>(&self, known: &Remembered<T>) -> Age {
        let age_s = self.now_unix_s().saturating_sub(known.fetched_at_unix_s);
        Age::of(u64::try_from(age_s).unwrap_or(0), known.lifetime_s)
    }
}
