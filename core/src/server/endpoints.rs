//! Which endpoints the server has: what the user says beats what the server publishes.

use std::sync::Arc;

use super::Server;
use crate::error::Error;
use crate::oauth::discovery::ServerMetadata;
use crate::oauth::endpoint_url;
use crate::oauth::endpoints::{Endpoint, Endpoints};
use crate::settings::ClientSettings;

/// What is known of a server.
#[derive(Clone)]
pub(crate) struct Known {
    /// Its addresses.
    pub(crate) endpoints: Endpoints,
    /// What it says about itself, where that was needed.
    pub(crate) metadata: Option<Arc<ServerMetadata>>,
    /// The issuer that answers must name: as it spells itself, unless it names no tenant there.
    pub(crate) issuer: Option<String>,
}

impl Server {
    /// What is known of the server, having asked it if one of `wanted` is not in the settings. Effects: `[net]`.
    ///
    /// Errors: those of fetching the metadata.
    pub(crate) async fn known(&self, wanted: &[Endpoint]) -> Result<Known, Error> {
        let asks = wanted.iter().any(|endpoint| self.told.get(*endpoint).is_none());
        let metadata = if asks && self.publishes_metadata() { Some(self.metadata().await?) } else { None };
        Ok(self.known_with(metadata))
    }

    /// The same without asking anybody: what the settings and an earlier answer say.
    pub(crate) fn known_offline(&self) -> Known {
        self.known_with(self.remembered_metadata())
    }

    /// Whether the server has this endpoint, as far as is known: what was not asked yet may be there.
    pub(crate) fn may_have(&self, endpoint: Endpoint) -> bool {
        let known = self.known_offline();
        known.endpoints.get(endpoint).is_some() || (known.metadata.is_none() && self.publishes_metadata())
    }

    fn known_with(&self, metadata: Option<Arc<ServerMetadata>>) -> Known {
        let published = metadata.as_ref().map(|metadata| &metadata.endpoints);
        let own = metadata.as_ref().and_then(|metadata| metadata.issuer.as_ref());
        let own = own.filter(|issuer| self.settings.issuer.is_none() || !issuer.contains('{'));
        Known {
            endpoints: published.map_or_else(|| self.told.clone(), |published| self.told.clone().or(published)),
            issuer: own.cloned().or_else(|| self.settings.issuer.clone()),
            metadata,
        }
    }

    /// Whether there is somewhere to ask.
    pub(super) fn publishes_metadata(&self) -> bool {
        self.settings.metadata_url.is_some() || self.settings.issuer.is_some()
    }
}

/// The endpoints that the user named. Errors: `ConfigInvalid` for one that may not be used.
pub(super) fn told(settings: &ClientSettings) -> Result<Endpoints, Error> {
    let given = [
        (Endpoint::Authorization, &settings.authorization_endpoint),
        (Endpoint::Token, &settings.token_endpoint),
        (Endpoint::DeviceAuthorization, &settings.device_authorization_endpoint),
        (Endpoint::Revocation, &settings.revocation_endpoint),
        (Endpoint::Introspection, &settings.introspection_endpoint),
        (Endpoint::Userinfo, &settings.userinfo_endpoint),
        (Endpoint::PushedAuthorization, &settings.pushed_authorization_request_endpoint),
        (Endpoint::Jwks, &settings.jwks_uri),
    ];
    let mut told = Endpoints::default();
    for (endpoint, url) in given.into_iter().filter_map(|(endpoint, url)| Some((endpoint, url.as_ref()?))) {
        endpoint_url::check(endpoint.words(), url, settings.allow_insecure_http)?;
        told.set(endpoint, url.clone());
    }
    Ok(told)
}
