//! Leaving an authorization request at the server before the browser goes there.

use super::send::{Exchange, Failed};
use super::{Known, Server};
use crate::error::Error;
use crate::oauth::pushed_authorization::{self, PushedAuthorizationRequest};
use crate::oauth::retry::RequestClass;
use crate::oauth::{AuthorizationRequest, Endpoint, Reading};

impl Server {
    /// The address for the browser, which carries a reference and nothing else. Effects: `[net]`.
    ///
    /// Errors: `ConfigInvalid` without an endpoint; those of the exchange.
    pub(crate) async fn push(&self, authorization: &AuthorizationRequest<'_>, known: &Known) -> Result<String, Error> {
        let endpoint = known.endpoints.require(Endpoint::PushedAuthorization)?;
        let exchange = Exchange {
            role: "the pushed authorization request endpoint",
            endpoint,
            class: RequestClass::PushedAuthorization,
            witness: None,
        };
        // An error may quote what the client proves itself with.
        let quotable = self.registered_client(endpoint, known)?;
        let build = || {
            let client = self.registered_client(endpoint, known)?;
            PushedAuthorizationRequest { endpoint, client: &client, authorization }.to_http()
        };
        let read = |response: &_, sent_at_unix_s| {
            let one_time = [Some(authorization.state), authorization.nonce].into_iter().flatten();
            let secrets = one_time.chain(quotable.secret()).collect();
            let reading = Reading { dialect: &self.dialect, sent_at_unix_s, secrets, ..Reading::default() };
            pushed_authorization::read(response, &reading).map_err(Failed::Exchange)
        };
        let pushed = exchange.run(self, build, read).await.map_err(|failed| exchange.error(failed))?;
        let authorization_endpoint = known.endpoints.require(Endpoint::Authorization)?;
        Ok(pushed.url(authorization_endpoint, &self.settings.client_id, &self.dialect).into())
    }
}
