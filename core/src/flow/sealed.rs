//! A sign-in that is put away between two requests of a web application: sealed, for one user, for ten minutes, once.
//! Source: specs/oauth.md §1.19.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::SignIn;
use crate::context::Context;
use crate::crypto;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::kinds::Kind;
use crate::oauth::dpop::DpopKey;
use crate::oauth::pkce::Verifier;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::settings::ClientSettings;

/// Long enough to find a second factor, short enough that an old link is of no use.
const LIFETIME_S: i64 = 600;
/// Sign-ins of ten minutes; beyond it, those that are over are forgotten first.
const MAX_USED: usize = 10_000;

/// The states that this process has opened, until they would have expired anyway.
static USED: PerProcess<Mutex<HashMap<[u8; 32], i64>>> = PerProcess::new();

/// The record inside a seal. Its texts are erased with it.
#[derive(Serialize, Deserialize)]
struct Record {
    state: String,
    verifier: Option<String>,
    nonce: Option<String>,
    redirect_uri: String,
    dpop_key: Option<String>,
    client_id: String,
    issuer: Option<String>,
    created_at_unix_s: i64,
}

impl Drop for Record {
    fn drop(&mut self) {
        self.state.zeroize();
        [&mut self.verifier, &mut self.nonce, &mut self.dpop_key].into_iter().for_each(Zeroize::zeroize);
    }
}

/// Seals a sign-in. `key`: 32 bytes that the host keeps; `partition`: whose sign-in it is, such as a session's name.
///
/// Errors: `Internal` when the system has no randomness to give.
pub(super) fn seal(
    context: &Context,
    sign_in: &SignIn,
    client: &ClientSettings,
    key: &[u8; 32],
    partition: Option<&str>,
) -> Result<Secret, Error> {
    let text = |secret: &Secret| secret.expose().to_owned();
    let record = Record {
        state: text(&sign_in.state),
        verifier: sign_in.verifier.as_ref().map(|verifier| text(verifier.secret())),
        nonce: sign_in.nonce.as_ref().map(text),
        redirect_uri: sign_in.redirect_uri.clone(),
        dpop_key: sign_in.dpop_key.as_ref().map(|key| text(key.export())),
        client_id: client.client_id.clone(),
        issuer: client.issuer.clone(),
        created_at_unix_s: context.clock.now_unix_ms().div_euclid(1000),
    };
    let bug = |_| Error::new(Kind::Internal, "a sign-in could not be sealed");
    let plain = Zeroizing::new(serde_json::to_vec(&record).map_err(bug)?);
    let fill = |nonce: &mut [u8]| context.rng.fill(nonce);
    let sealed = crypto::sealed::seal(key, associated(partition).as_bytes(), &plain, fill)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(sealed)))
}

/// Opens a seal, once.
///
/// Errors: `Protocol` with the reason `state_mismatch` for one that is damaged, of another key, partition or client, too
/// old, or used before.
pub(super) fn open(
    context: &Context,
    sealed: &Secret,
    client: &ClientSettings,
    key: &[u8; 32],
    partition: Option<&str>,
) -> Result<SignIn, Error> {
    let damaged = || refused("the sealed sign-in is damaged, or was sealed for somebody else");
    let bytes = URL_SAFE_NO_PAD.decode(sealed.expose()).map_err(|_| damaged())?;
    let plain = crypto::sealed::open(key, associated(partition).as_bytes(), &bytes).ok_or_else(damaged)?;
    let record: Record = serde_json::from_slice(&plain).map_err(|_| damaged())?;
    if (&record.client_id, &record.issuer) != (&client.client_id, &client.issuer) {
        return Err(refused("the sealed sign-in is another client's"));
    }
    let now_unix_s = context.clock.now_unix_ms().div_euclid(1000);
    if !(0..LIFETIME_S).contains(&now_unix_s.saturating_sub(record.created_at_unix_s)) {
        return Err(refused("the sealed sign-in is older than ten minutes"));
    }
    use_once(&record.state, now_unix_s)?;
    Ok(SignIn {
        state: Secret::new(record.state.as_str()),
        verifier: record.verifier.as_deref().map(|text| Verifier::parse(Secret::new(text))).transpose()?,
        nonce: record.nonce.as_deref().map(Secret::new),
        redirect_uri: record.redirect_uri.clone(),
        dpop_key: record.dpop_key.as_deref().map(|text| DpopKey::import(&Secret::new(text))).transpose()?,
    })
}

fn use_once(state: &str, now_unix_s: i64) -> Result<(), Error> {
    let used = USED.get_or_init(Mutex::default);
    let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
    if used.len() >= MAX_USED {
        used.retain(|_, until| *until > now_unix_s);
    }
    match used.insert(crypto::sha256(state.as_bytes()), now_unix_s.saturating_add(LIFETIME_S)) {
        None => Ok(()),
        Some(_) => Err(refused("the sealed sign-in was used before")),
    }
}

fn associated(partition: Option<&str>) -> String {
    partition.map_or_else(|| "tokcore-sign-in-v1".to_owned(), |partition| format!("tokcore-sign-in-v1:{partition}"))
}

fn refused(message: &str) -> Error {
    Error::new(Kind::Protocol, message).with_reason(Reason::StateMismatch).with_hint("start the sign-in again")
}
