//! A sign-in on another device, while it is waited for.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::settle;
use crate::engine::{self, Protected};
use crate::error::Error;
use crate::oauth::TokenReply;
use crate::oauth::device::{DeviceAuthorization, Moment, PollAnswer, Polling, Step};
use crate::oauth::dpop::DpopKey;
use crate::oauth::pkce::Verifier;
use crate::renewal::keeper::Keeper;
use crate::server::Server;
use crate::settings::TokenRequest;
use crate::token::Token;

/// What is asked, when, and what is being asked now.
pub(super) struct DeviceFlow {
    pub(super) authorization: Arc<DeviceAuthorization>,
    pub(super) expires_at_unix_s: i64,
    verifier: Option<Arc<Verifier>>,
    dpop_key: Option<DpopKey>,
    polling: Polling,
    began: Instant,
    next: Instant,
    /// A question that is under way goes on when the wait for it ends: its answer may be the token, and comes once.
    asking: Option<Protected<(PollAnswer, i64)>>,
    /// The answer that is the token, while it is looked at.
    checking: Option<Protected<Token>>,
}

impl DeviceFlow {
    /// Asks for the code that the person enters. Effects: `[net]`.
    pub(super) async fn begin(server: &Server, request: &TokenRequest) -> Result<Self, Error> {
        let rng = &*server.context.rng;
        let verifier = request.pkce.unwrap_or(false).then(|| Verifier::generate(rng)).transpose()?;
        let authorization =
            server.authorize_device(request, verifier.as_ref().map(Verifier::challenge).as_ref()).await?;
        let began = Instant::now();
        let polling = Polling::new(&authorization, moment(server, began));
        let lifetime = i64::try_from(authorization.expires_in_s).unwrap_or(i64::MAX);
        Ok(Self {
            next: began + polling.first_wait(),
            expires_at_unix_s: server.now_unix_s().saturating_add(lifetime),
            authorization: Arc::new(authorization),
            verifier: verifier.map(Arc::new),
            dpop_key: server.new_dpop_key()?,
            polling,
            began,
            asking: None,
            checking: None,
        })
    }

    /// The token, once the person has signed in. May be dropped and called again.
    pub(super) async fn caught(
        &mut self,
        server: &Arc<Server>,
        request: &Arc<TokenRequest>,
        keeper: &Option<Arc<Keeper>>,
    ) -> Result<Token, Error> {
        loop {
            if let Some(checking) = &mut self.checking {
                return checking.await;
            }
            if self.asking.is_none() {
                sleep_until(self.next).await;
                self.asking = Some(self.question(server.clone(), request.clone()));
            }
            let Some(asking) = &mut self.asking else { continue };
            let answer = asking.await;
            self.asking = None;
            let (answer, sent_at_unix_s) = answer?;
            match self.polling.after(answer, moment(server, self.began)) {
                Step::Continue { wait, warning } => {
                    if let Some(warning) = warning {
                        tracing::warn!("{warning}");
                    }
                    self.next = Instant::now() + wait;
                }
                Step::Done(reply) => {
                    let token = self.check(*reply, sent_at_unix_s, server.clone(), request.clone());
                    let (server, request, keeper) = (server.clone(), request.clone(), keeper.clone());
                    let settled = async move { settle::settled(&server, &request, keeper, token.await?).await };
                    self.checking = Some(engine::protected(settled));
                }
                Step::Failed(error) => return Err(error),
            }
        }
    }

    fn question(&self, server: Arc<Server>, request: Arc<TokenRequest>) -> Protected<(PollAnswer, i64)> {
        let (authorization, verifier) = (self.authorization.clone(), self.verifier.clone());
        let dpop_key = self.dpop_key.clone();
        engine::protected(async move {
            server.poll_device(&request, &authorization.device_code, verifier.as_deref(), dpop_key.as_ref()).await
        })
    }

    fn check(
        &self,
        reply: TokenReply,
        sent_at_unix_s: i64,
        server: Arc<Server>,
        request: Arc<TokenRequest>,
    ) -> impl Future<Output = Result<Token, Error>> + Send + use<> {
        let (authorization, dpop_key) = (self.authorization.clone(), self.dpop_key.clone());
        async move { server.device_token(reply, sent_at_unix_s, &request, &authorization.device_code, dpop_key).await }
    }
}

fn moment(server: &Server, began: Instant) -> Moment {
    Moment {
        steady_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        unix_ms: server.context.clock.now_unix_ms(),
    }
}
