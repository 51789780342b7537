//! The way out: a flow in the store, and the URL for the browser.

use tokcore::Secret;
use tokcore::oauth::{AuthorizationRequest, Dialect, ScopeSeparator, Verifier, scope, state};
use url::Url;

use crate::Error;
use crate::app::App;
use crate::config::{self, Pkce};
use crate::current::Target;
use crate::store::{NewFlow, ReturnTo, WebSession};

/// A sign-in that the browser is to continue at the provider.
#[derive(Debug)]
pub struct Begun {
    /// Where to. Holds the state, so it is for the browser and not for a log.
    pub location: Url,
    /// To bind the browser to this flow; see [`super::flow_cookie`].
    pub state: Secret,
}

/// Begins a sign-in of this visitor. Effects: `[disk]`.
pub async fn begin(app: &App, target: &Target, visitor: &WebSession, return_to: ReturnTo) -> Result<Begun, Error> {
    let rng = &*app.settings.context.rng;
    let provider = &target.provider;
    let state = state::generate(rng)?;
    let nonce = scope::wants_id_token(&provider.scopes).then(|| state::generate(rng)).transpose()?;
    let verifier = (provider.options.pkce == Pkce::Required).then(|| Verifier::generate(rng)).transpose()?;
    let challenge = verifier.as_ref().map(Verifier::challenge);
    let redirect_uri = super::redirect_uri(&app.addresses);
    let mut dialect = Dialect::default();
    dialect.request.scope_separator = match provider.options.scope_separator {
        config::ScopeSeparator::Space => ScopeSeparator::Space,
        config::ScopeSeparator::Comma => ScopeSeparator::Comma,
    };
    let request = AuthorizationRequest {
        scopes: &provider.scopes,
        challenge: challenge.as_ref(),
        nonce: nonce.as_ref(),
        extra: &provider.options.extra_auth_params,
        dialect: &dialect,
        ..AuthorizationRequest::new(&provider.authorization_url, &provider.client_id, &redirect_uri, &state)
    };
    let location = request.url()?;
    let flow = NewFlow {
        state: &state,
        principal: &visitor.principal,
        web_session_hash: &visitor.id_hash,
        guid: target.guid,
        verifier: verifier.as_ref().map(Verifier::secret),
        nonce: nonce.as_ref(),
        config_fp: &provider.fingerprint,
        return_to,
    };
    app.ledger.store().insert_flow(&flow, app.now_s()).await?;
    Ok(Begun { location, state })
}
