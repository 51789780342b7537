//! The way back: from the callback's query to stored tokens. Source: specs/workbench.md §4.4, in its order.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokcore::Secret;
use tokcore::oauth::callback::Limits;
use tokcore::oauth::{Callback, FailureClass, Grant, Outcome, Verifier};

use super::flow_cookie;
use crate::app::App;
use crate::current::{self, Target};
use crate::journal::Event;
use crate::provider::{self, Refusal};
use crate::store::{Flow, ReturnTo, TokenKey, WebSession};
use crate::{Error, random};

/// A sign-in that is stored.
#[derive(Debug)]
pub struct Finished {
    /// Where to go now.
    pub return_to: ReturnTo,
}

/// Why a callback brought no sign-in.
#[derive(Debug)]
pub enum Failed {
    /// Not a callback, or of no open flow: unknown, used, expired, ambiguous. No detail is given.
    NotValid,
    /// Of a flow that another browser or another person began.
    NotYours,
    /// The provider says it is somebody else than configured.
    WrongIssuer,
    /// The integration was changed or removed meanwhile.
    Changed,
    /// The provider, or the person there, said no.
    Refused {
        /// The code.
        error: String,
        /// The provider's words, printable; not escaped for HTML.
        description: Option<String>,
    },
    /// The code could not be exchanged.
    Exchange(Refusal),
    /// The ID token was not made for this sign-in.
    WrongNonce,
    /// The database failed.
    Store(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// What is read of an answer. Source: workbench.md §4.4.
const LIMITS: Limits = Limits { query_bytes: 8 * 1024, value_bytes: 4 * 1024 };

/// Finishes the sign-in that this query belongs to. The flow is used up whatever happens.
/// Effects: `[net]` `[disk]`.
pub async fn finish(
    app: &Arc<App>,
    query: &str,
    flow_cookie: Option<&str>,
    visitor: Option<&WebSession>,
) -> Result<Finished, Failed> {
    let callback = Callback::parse_within(query, LIMITS).map_err(|problem| {
        tracing::info!(problem = problem.slug(), "a callback was not accepted");
        Failed::NotValid
    })?;
    let store = app.ledger.store();
    let taken = store.take_flow(callback.state.expose(), app.now_s()).await?;
    let flow = taken.ok_or(Failed::NotValid)?;
    let same_browser = flow_cookie::holds(store.keys(), flow_cookie, &callback.state);
    let same_visitor =
        visitor.is_some_and(|visitor| visitor.id_hash == flow.web_session_hash && visitor.principal == flow.principal);
    if !same_browser || !same_visitor {
        let event = Event::of("flow_mismatch", app.now_s()).principal(&flow.principal);
        app.journal.audit(event.reason(if same_browser { "web_session" } else { "flow_cookie" }));
        return Err(Failed::NotYours);
    }
    let current = app.current();
    let target = current.target(flow.guid).filter(|target| target.provider.fingerprint == flow.config_fp);
    let target = target.cloned().ok_or(Failed::Changed)?;
    if callback.check_issuer(target.provider.options.issuer.as_deref(), false).is_err() {
        return Err(Failed::WrongIssuer);
    }
    match callback.outcome {
        Outcome::Refused { error, description } => Err(Failed::Refused { error, description }),
        Outcome::Code { code, scope } => {
            let former =
                current.integration(flow.guid).map(|i| current::guids(i).skip(1).collect()).unwrap_or_default();
            let redeeming = redeem(app.clone(), target, flow, code, scope, former);
            // A task of its own: a browser that leaves now must not cost the person the sign-in they just made.
            tokio::spawn(redeeming).await.unwrap_or_else(|_| {
                Err(Error::from(tokcore::Error::new(tokcore::Kind::Internal, "the sign-in ended early")).into())
            })
        }
    }
}

async fn redeem(
    app: Arc<App>,
    target: Target,
    flow: Flow,
    code: Secret,
    scope: Option<String>,
    former: Vec<uuid::Uuid>,
) -> Result<Finished, Failed> {
    let verifier = flow.verifier.clone().map(Verifier::parse).transpose().map_err(Error::from)?;
    let redirect_uri = super::redirect_uri(&app.addresses);
    let grant = Grant::AuthorizationCode { code: &code, redirect_uri: &redirect_uri, verifier: verifier.as_ref() };
    let exchanged = match provider::exchange(&app.settings.context, &target.provider, &grant).await {
        Ok(received) => received.read(&target.provider).map(|reply| (reply, received.sent_at)),
        Err(refusal) => Err(refusal),
    };
    let (reply, sent_at) = match exchanged {
        Ok(exchanged) => exchanged,
        Err(refusal) => {
            if refusal.class == FailureClass::ClientRejected {
                app.refreshes.health.client_refused(target.guid);
            }
            let event = Event::of("sign_in_failed", app.now_s()).principal(&flow.principal);
            app.journal.audit(event.integration(target.guid, &target.name).reason(&refusal.label));
            return Err(Failed::Exchange(refusal));
        }
    };
    if let (Some(hash), Some(id_token)) = (&flow.nonce_hash, &reply.id_token)
        && nonce(id_token).is_none_or(|nonce| random::hashed(&nonce) != *hash)
    {
        return Err(Failed::WrongNonce);
    }
    let mut tokens = provider::new_tokens(reply, &target.provider, sent_at);
    // Some providers tell the granted scopes here and not in the token response.
    tokens.scopes_granted =
        tokens.scopes_granted.or_else(|| Some(scope?.split_whitespace().map(str::to_owned).collect()));
    let key = TokenKey { principal: flow.principal.clone(), guid: target.guid };
    let former: Vec<TokenKey> =
        former.into_iter().map(|guid| TokenKey { principal: flow.principal.clone(), guid }).collect();
    app.ledger.sign_in(&key, &former, &target.provider.fingerprint, &tokens, app.now_s()).await?;
    app.refreshes.health.succeeded(target.guid);
    app.refreshes.replan();
    let event = Event::of("signed_in", app.now_s()).principal(&flow.principal);
    app.journal.audit(event.integration(target.guid, &target.name));
    Ok(Finished { return_to: flow.return_to })
}

/// The nonce in an ID token's claims. Its signature is not what makes it trustworthy here: it came straight from the
/// token endpoint. Source: OpenID Connect Core §3.1.3.7, rule 6.
fn nonce(id_token: &Secret) -> Option<String> {
    let claims = id_token.expose().split('.').nth(1)?;
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    claims.get("nonce")?.as_str().map(str::to_owned)
}
