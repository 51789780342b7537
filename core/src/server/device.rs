//! The two requests of the device flow.

use super::Server;
use super::send::{Exchange, Failed};
use super::token::{Ask, Basis};
use crate::error::Error;
use crate::oauth::device::{self, DeviceAuthorization, DeviceRequest, PollAnswer};
use crate::oauth::dpop::{self, DpopKey};
use crate::oauth::pkce::{Challenge, Verifier};
use crate::oauth::retry::RequestClass;
use crate::oauth::{Endpoint, Grant, Reading, TokenReply};
use crate::secret::Secret;
use crate::settings::TokenRequest;
use crate::token::Token;

impl Server {
    /// The code that the person enters. Effects: `[net]`.
    ///
    /// Errors: `ConfigInvalid` without an endpoint; those of the exchange.
    pub(crate) async fn authorize_device(
        &self,
        request: &TokenRequest,
        challenge: Option<&Challenge>,
    ) -> Result<DeviceAuthorization, Error> {
        let known = self.known(&[Endpoint::DeviceAuthorization, Endpoint::Token]).await?;
        let endpoint = known.endpoints.require(Endpoint::DeviceAuthorization)?;
        let exchange = Exchange {
            role: "the device authorization endpoint",
            endpoint,
            class: RequestClass::PushedAuthorization,
            witness: None,
        };
        // An error may quote what the client proves itself with.
        let quotable = self.registered_client(endpoint, &known)?;
        let build = || {
            let client = self.registered_client(endpoint, &known)?;
            DeviceRequest {
                scopes: &request.scopes,
                resources: &request.resource,
                challenge,
                extra: &request.auth_params,
                override_params: request.override_params,
                dialect: &self.dialect,
                ..DeviceRequest::new(endpoint, &client)
            }
            .to_http()
        };
        let read = |response: &_, sent_at_unix_s| {
            let secrets = quotable.secret().into_iter().collect();
            let reading = Reading { dialect: &self.dialect, sent_at_unix_s, secrets, ..Reading::default() };
            device::read(response, &reading).map_err(Failed::Exchange)
        };
        exchange.run(self, build, read).await.map_err(|failed| exchange.error(failed))
    }

    /// Asks once for the token; the answer comes with the instant of the request. Units: seconds since 1970.
    ///
    /// Errors: those of making the request; everything that the server answers is in the answer.
    pub(crate) async fn poll_device(
        &self,
        request: &TokenRequest,
        device_code: &Secret,
        verifier: Option<&Verifier>,
        dpop_key: Option<&DpopKey>,
    ) -> Result<(PollAnswer, i64), Error> {
        let ask = Ask::first(request, Basis::Grant(Grant::DeviceCode { device_code, verifier }), dpop_key.cloned());
        let first = self.ask_device(&ask).await?;
        match &first.0 {
            // A proof without the server's nonce is no question in its eyes.
            PollAnswer::Refused { failure, .. } if failure.oauth_error.as_deref() == Some(dpop::USE_NONCE) => {
                self.ask_device(&ask).await
            }
            _ => Ok(first),
        }
    }

    async fn ask_device(&self, ask: &Ask<'_>) -> Result<(PollAnswer, i64), Error> {
        let known = self.known(&[Endpoint::Token]).await?;
        let endpoint = known.endpoints.require(Endpoint::Token)?;
        let client = self.registered_client(endpoint, &known)?;
        let request = self.over_connection(self.wire(ask, &client, endpoint, &known)?);
        let sent_at_ms = self.context.clock.now_unix_ms();
        let answer = self.context.http.send(request).await;
        if let Ok(response) = &answer {
            self.learn(endpoint, response, sent_at_ms);
        }
        let sent_at_unix_s = sent_at_ms.div_euclid(1000);
        Ok((PollAnswer::read(&answer, &self.reading(ask, &client, sent_at_unix_s)), sent_at_unix_s))
    }

    /// The token that the device's person has signed in for. Effects: `[net]` for the server's keys.
    pub(crate) async fn device_token(
        &self,
        reply: TokenReply,
        sent_at_unix_s: i64,
        request: &TokenRequest,
        device_code: &Secret,
        dpop_key: Option<DpopKey>,
    ) -> Result<Token, Error> {
        let known = self.known(&[Endpoint::Token]).await?;
        let endpoint = known.endpoints.require(Endpoint::Token)?;
        let ask = Ask::first(request, Basis::Grant(Grant::DeviceCode { device_code, verifier: None }), dpop_key);
        let token = self.assemble(reply, sent_at_unix_s, &ask, &known, endpoint)?;
        self.with_checked_id_token(token, request, None, None).await
    }
}
