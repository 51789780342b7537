//! What makes two requests want the same credential. Source: specs/oauth.md §6.2.

use zeroize::Zeroizing;

use super::{ClientSettings, TokenRequest};
use crate::cache::key::{CredentialKey, KeyFields};
use crate::crypto;
use crate::jose::Claims;
use crate::secret::Secret;
use crate::store::shelf::Address;

/// The key of the credential that this client gets for this request.
///
/// Where the code comes back is no part of it: whoever signed in with a pasted code has the same credential as one with
/// a listener.
pub(crate) fn credential_key(client: &ClientSettings, request: &TokenRequest) -> CredentialKey {
    let subject = subject(request).or_else(|| named_account(request));
    key_with_subject(client, request, subject.as_deref())
}

/// Where the credential that this client gets for this request is kept, while nobody says whose it is.
pub(crate) fn address(client: &ClientSettings, request: &TokenRequest) -> Address {
    Address { group: group(client, request), key: credential_key(client, request) }
}

/// Where the credential of one account is kept beside those of others.
pub(crate) fn account_address(client: &ClientSettings, request: &TokenRequest, label: &str) -> Address {
    let key = key_with_subject(client, request, Some(&label.to_ascii_lowercase()));
    Address { group: group(client, request), key }
}

/// Whether only the account tells the credentials apart that people give for this request: its key names nobody.
pub(crate) fn is_told_by_account(request: &TokenRequest) -> bool {
    request.grant.is_interactive() && subject(request).is_none()
}

/// What all credentials of this client have in common that are neither another partition's nor another distinction's.
fn group(client: &ClientSettings, request: &TokenRequest) -> [u8; 8] {
    let cache_key = distinction(request);
    let key = KeyFields {
        issuer: client.issuer.as_deref(),
        token_endpoint: client.token_endpoint.as_ref().map(url::Url::as_str),
        client_id: Some(&client.client_id),
        partition: client.partition.as_deref(),
        cache_key: cache_key.as_deref(),
        ..KeyFields::default()
    };
    let CredentialKey(hash) = key.key();
    std::array::from_fn(|at| hash[at])
}

fn key_with_subject(client: &ClientSettings, request: &TokenRequest, subject: Option<&str>) -> CredentialKey {
    let cache_key = distinction(request);
    KeyFields {
        issuer: client.issuer.as_deref(),
        token_endpoint: client.token_endpoint.as_ref().map(url::Url::as_str),
        client_id: Some(&client.client_id),
        auth_method: client.auth_method.map(|method| method.name()),
        grant: Some(request.grant.name()),
        scopes: &request.scopes,
        resource: &request.resource,
        audience: &request.audience,
        subject,
        redirect_kind: None,
        // The key is drawn at the sign-in; a token bound to one is not a token bound to none.
        dpop_jkt: client.dpop.then_some("own"),
        partition: client.partition.as_deref(),
        cache_key: cache_key.as_deref(),
    }
    .key()
}

/// Where the credential is kept in this process: apart for each secret and key of the client, so that whoever corrects a
/// wrong one is not told again of the old one's failure, and a wrong one is served nothing that a right one got. The
/// credential's own key does not have them: a rotated secret is no other grant.
///
/// The same for what decides which of several stored credentials it is, and for the store itself, by its name.
pub(crate) fn slot_key(
    client: &ClientSettings,
    request: &TokenRequest,
    key: CredentialKey,
    store: &str,
) -> CredentialKey {
    let secrets = [&client.client_secret, &client.key].into_iter().flatten().map(|secret| secret.expose().as_bytes());
    let variable = client.client_secret_env.as_deref().map(str::as_bytes);
    let file = client.key_file.as_ref().map(|path| path.as_os_str().as_encoded_bytes());
    let mut text = Zeroizing::new(key.0.to_vec());
    for proof in secrets.chain(variable).chain(file) {
        text.extend_from_slice(&crypto::sha256(proof));
    }
    for (name, which) in [("store", Some(store)), ("account", request.account.as_deref())] {
        if let Some(which) = which.filter(|which| !which.is_empty()) {
            text.extend_from_slice(&crypto::sha256(format!("{name}={which}").as_bytes()));
        }
    }
    if request.exact_scopes {
        text.extend_from_slice(b"exact_scopes");
    }
    if text.len() == key.0.len() { key } else { CredentialKey(crypto::sha256(&text)) }
}

/// Whom the token is for: the user, the subject of a statement, or the tokens that are given, by their hash.
fn subject(request: &TokenRequest) -> Option<String> {
    let given = [&request.subject_token, &request.actor_token, &request.assertion, &request.refresh_token];
    let named = request.subject.as_deref().or(request.username.as_deref()).or(request.claims.text("sub"));
    let file = || request.subject_token_file.as_ref().map(|path| path.display().to_string());
    // Where the account is named, the hint is for the sign-in page alone.
    let hinted = || request.login_hint.clone().filter(|_| request.account.is_none());
    named.map(str::to_owned).or_else(|| hash(given)).or_else(file).or_else(hinted)
}

/// The one account that the request names. What makes no sense is told when the store is looked at.
fn named_account(request: &TokenRequest) -> Option<String> {
    request.wanted_account().ok()?.name()
}

/// The caller's own distinction, and whatever else changes the token without a field of its own.
pub(crate) fn distinction(request: &TokenRequest) -> Option<String> {
    let mut others = Claims::new();
    let mut other = |name: &str, value: serde_json::Value| {
        others.set(name, value);
    };
    if !request.token_params.is_empty() {
        other("token_params", sorted(&request.token_params).into());
    }
    if !request.auth_params.is_empty() {
        other("auth_params", sorted(&request.auth_params).into());
    }
    if !request.claims.is_empty() {
        let claims: serde_json::Map<_, _> =
            request.claims.iter().map(|(name, value)| (name.into(), value.clone())).collect();
        other("claims", claims.into());
    }
    if let Some(wanted) = &request.requested_token_type {
        other("requested_token_type", wanted.as_str().into());
    }
    if others.is_empty() {
        return request.cache_key.clone();
    }
    let text = Zeroizing::new(others.to_json());
    let parameters = crypto::hex(&crypto::sha256(text.as_bytes()));
    Some(format!("{}#{parameters}", request.cache_key.as_deref().unwrap_or_default()))
}

/// In the order of the names; values of one name stay in theirs.
fn sorted(parameters: &[(String, String)]) -> Vec<Vec<String>> {
    let mut sorted = parameters.to_vec();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    sorted.into_iter().map(|(name, value)| vec![name, value]).collect()
}

fn hash<'a>(secrets: impl IntoIterator<Item = &'a Option<Secret>>) -> Option<String> {
    let exposed: Vec<&str> = secrets.into_iter().flatten().map(Secret::expose).collect();
    let text = Zeroizing::new(exposed.join("\n"));
    (!exposed.is_empty()).then(|| crypto::hex(&crypto::sha256(text.as_bytes())))
}
