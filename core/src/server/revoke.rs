//! Giving tokens back, and asking about them.

use super::Server;
use super::send::{Exchange, Failed};
use crate::error::Error;
use crate::oauth::introspection::{self, Expectation, Introspection, IntrospectionRequest};
use crate::oauth::retry::RequestClass;
use crate::oauth::revocation::{self, Revocation, RevocationRequest, Revoking, TokenHint};
use crate::oauth::{Endpoint, Reading};
use crate::secret::Secret;

impl Server {
    /// Gives back the tokens of one grant. Effects: `[net]`.
    ///
    /// A server that cannot be reached or takes nothing back is told in the result, because the tokens are forgotten
    /// here in any case. Errors: those that concern this client.
    pub(crate) async fn revoke(
        &self,
        refresh_token: Option<&Secret>,
        access_token: Option<&Secret>,
    ) -> Result<Revocation, Error> {
        let mut revoking = Revoking::new(refresh_token, access_token);
        while let Some((hint, token)) = revoking.next_token() {
            revoking.after(self.revoke_one(token, hint).await?);
        }
        Ok(revoking.finish())
    }

    async fn revoke_one(&self, token: &Secret, hint: TokenHint) -> Result<Revocation, Error> {
        let known = match self.known(&[Endpoint::Revocation]).await {
            Ok(known) => known,
            Err(error) if error.kind().retryable() => return Ok(Revocation::LocalOnly(error)),
            Err(error) => return Err(error),
        };
        let endpoint = match revocation::endpoint(&known.endpoints, &self.dialect, &self.settings.client_id) {
            Ok(endpoint) => endpoint,
            Err(error) => return Ok(Revocation::Unsupported(error)),
        };
        let exchange = Exchange {
            role: "the revocation endpoint",
            endpoint: &endpoint,
            class: RequestClass::Revocation,
            witness: None,
        };
        // An error may quote what the client proves itself with.
        let quotable = self.registered_client(&endpoint, &known)?;
        let build = || {
            let client = self.registered_client(&endpoint, &known)?;
            RevocationRequest { endpoint: &endpoint, client: &client, token, hint, dialect: &self.dialect }.to_http()
        };
        let read = |response: &_, sent_at_unix_s| {
            let secrets = std::iter::once(token).chain(quotable.secret()).collect();
            let reading = Reading { dialect: &self.dialect, sent_at_unix_s, secrets, ..Reading::default() };
            match Revocation::read(response, &reading) {
                Revocation::LocalOnly(error) => Err(Failed::Exchange(error)),
                outcome => Ok(outcome),
            }
        };
        Ok(exchange.run(self, build, read).await.unwrap_or_else(|failed| Revocation::LocalOnly(exchange.error(failed))))
    }

    /// What the server says about a token. Effects: `[net]`.
    ///
    /// Errors: `ConfigInvalid` without an endpoint; those of the exchange.
    pub(crate) async fn introspect(&self, token: &Secret, hint: Option<TokenHint>) -> Result<Introspection, Error> {
        let known = self.known(&[Endpoint::Introspection]).await?;
        let endpoint = known.endpoints.require(Endpoint::Introspection)?;
        let exchange =
            Exchange { role: "the introspection endpoint", endpoint, class: RequestClass::Read, witness: None };
        let quotable = self.registered_client(endpoint, &known)?;
        let build = || {
            let client = self.registered_client(endpoint, &known)?;
            IntrospectionRequest { endpoint, client: &client, token, hint, dialect: &self.dialect }.to_http()
        };
        let read = |response: &_, sent_at_unix_s| {
            let secrets = std::iter::once(token).chain(quotable.secret()).collect();
            let reading = Reading { dialect: &self.dialect, sent_at_unix_s, secrets, ..Reading::default() };
            introspection::read(response, &reading, &Expectation::default()).map_err(Failed::Exchange)
        };
        exchange.run(self, build, read).await.map_err(|failed| exchange.error(failed))
    }
}
