//! The parts of a sign-in, for programs that put one together themselves. [`super::OAuthClient::sign_in`] does all of
//! it; whoever uses the parts has to keep `state` and verifier apart and safe.

use std::time::Duration;

use super::OAuthClient;
use crate::context::Context;
use crate::engine::{self, Interrupt};
use crate::error::Error;
use crate::flow::loopback::{Bound, Verdict};
use crate::flow::{Expectation, Redirect, RedirectSettings, SignIn};
use crate::jose::{Algorithm, Claims, SigningKey, jws};
use crate::kinds::Kind;
use crate::oauth::{Callback, Endpoint, Verifier, state};
use crate::secret::Secret;
use crate::settings::TokenRequest;

/// Both halves of PKCE. Source: RFC 7636.
#[derive(Clone, Debug)]
pub struct Pkce {
    /// For the token request; stays here.
    pub verifier: Secret,
    /// For the authorization request.
    pub challenge: String,
}

/// The method of every [`Pkce::challenge`].
pub const PKCE_METHOD: &str = crate::oauth::pkce::METHOD;

/// Fresh halves of PKCE. Errors: `Internal` when the system has no randomness to give.
pub fn pkce() -> Result<Pkce, Error> {
    let verifier = Verifier::generate(&*Context::os().rng)?;
    Ok(Pkce { challenge: verifier.challenge().as_str().to_owned(), verifier: verifier.secret().clone() })
}

/// The challenge of a verifier that the caller has. Errors: `InvalidArgument` for one that RFC 7636 §4.1 does not allow.
pub fn pkce_of(verifier: &Secret) -> Result<Pkce, Error> {
    let verifier = Verifier::parse(verifier.clone())?;
    Ok(Pkce { challenge: verifier.challenge().as_str().to_owned(), verifier: verifier.secret().clone() })
}

/// A fresh one-time text for `state` or `nonce`: 43 characters. Errors: as [`pkce`].
pub fn one_time_text() -> Result<Secret, Error> {
    state::generate(&*Context::os().rng)
}

/// The address at which a sign-in begins. Effects: `[net]` for discovery and a pushed request; `[blocks]`.
///
/// `verifier`: of [`pkce`]; `None` sends no challenge. Errors: `ConfigInvalid` for impossible parameters.
pub fn authorization_url(
    client: &OAuthClient,
    request: TokenRequest,
    redirect_uri: &str,
    state: &Secret,
    verifier: Option<&Secret>,
    interrupt: &dyn Interrupt,
) -> Result<String, Error> {
    let sign_in = SignIn {
        state: state.clone(),
        verifier: verifier.map(|verifier| Verifier::parse(verifier.clone())).transpose()?,
        nonce: None,
        redirect_uri: redirect_uri.to_owned(),
        dpop_key: None,
    };
    let request = client.completed(request);
    let exchange = async {
        let known = client.server().known(&[Endpoint::Authorization]).await?;
        sign_in.url(client.server(), &request, &known).await
    };
    engine::run(exchange, interrupt)
}

/// Waits on `redirect_uri`, which leads to this machine and names its port, for the answer that carries `state`.
///
/// Effects: `[net]` `[blocks]`. Errors: `ConfigInvalid` for another redirect URI; `ListenerUnavailable`; `Timeout`;
/// `Denied` with the provider's words; `Protocol` with its reason for an answer that cannot be used.
pub fn listen(
    redirect_uri: &str,
    state: &Secret,
    timeout: Duration,
    interrupt: &dyn Interrupt,
) -> Result<Secret, Error> {
    let context = Context::os();
    let redirect =
        Redirect::resolve(&context, &RedirectSettings { uri: Some(redirect_uri), ..RedirectSettings::default() })?;
    let Some(uri) = redirect.loopback() else {
        return Err(Error::new(Kind::ConfigInvalid, "the redirect URI does not lead to this machine")
            .with_hint("use one such as http://localhost:1410"));
    };
    let mut options = uri.listen_options();
    options.timeout = timeout;
    let bound = Bound::bind(options, &context)?;
    let answer = async {
        let mut loopback = bound.wait_for(Expectation::of_state(state.clone()));
        let callback = loopback.accept().await?;
        loopback.finish(Verdict::Received).await;
        callback.outcome.into_code().map(|(code, _)| code)
    };
    engine::run(answer, interrupt)
}

/// The code in a redirect that the caller received: its query, with or without question mark.
///
/// Errors: `Denied` with the provider's words; `Protocol` with its reason, first of all for another `state`.
pub fn parse_redirect(query: &str, state: &Secret) -> Result<Secret, Error> {
    let callback = Callback::parse(query.trim_start_matches('?'))?;
    callback.check_state(state)?;
    callback.outcome.into_code().map(|(code, _)| code)
}

/// The redirect URI that a sign-in uses when nobody names one: `HTTR2_OAUTH_REDIRECT_URL`, else this machine.
///
/// Errors: `ConfigInvalid` for a variable that cannot be used.
pub fn default_redirect_uri() -> Result<String, Error> {
    Redirect::resolve(&Context::os(), &RedirectSettings::default()).map(|redirect| redirect.as_given().to_owned())
}

/// A private key, from PEM or JWK text. Parsing is the expensive part: keep the key.
///
/// Errors: `ConfigInvalid` with the reason `crypto`; the text is never quoted.
pub fn signing_key(text: &Secret, passphrase: Option<&Secret>, key_id: Option<&str>) -> Result<SigningKey, Error> {
    let key = SigningKey::parse(text, passphrase, key_id)?;
    Ok(match key_id {
        Some(key_id) => key.with_kid(key_id),
        None => key,
    })
}

/// A signed token with these claims and header fields, in their order. `algorithm`: its registered name; by default what
/// the key suggests.
///
/// Errors: `ConfigInvalid` for an unknown algorithm and for one that the key cannot do.
pub fn jwt_encode(
    claims: &Claims,
    header: &Claims,
    key: &SigningKey,
    algorithm: Option<&str>,
) -> Result<Secret, Error> {
    let unknown = || {
        let names: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
        Error::new(Kind::ConfigInvalid, "this is no signature algorithm that tokcore knows")
            .with_hint(format!("use one of {}", names.join(", ")))
    };
    let algorithm = algorithm.map(|name| Algorithm::from_name(name).ok_or_else(unknown)).transpose()?;
    jws::sign_claims(key, algorithm, header, claims)
}
