//! Clients, and what is asked of a server without a source.

use std::path::Path;

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::oauth::discovery::ServerMetadata;
use tokcore::oauth::endpoints::{self, Endpoint};
use tokcore::oauth::introspection::Introspection;
use tokcore::oauth::revocation::TokenHint;
use tokcore::{ClientSettings, Discovery, Error, Interactivity, OAuthClient, Person, Secret, Settings, TokenRequest};

use super::person::Session;
use super::settings::settings;
use super::{handle, token};
use crate::boundary::answer;
use crate::interrupt::User;
use crate::{arguments, json, values};

fn object(client: OAuthClient) -> Result<Robj, Error> {
    handle::make(client, "tokcore_oauth_client")
}

/// The request that a list describes.
pub fn request(value: SEXP) -> Result<TokenRequest, Error> {
    TokenRequest::from_settings(settings("request", value)?)
}

/// `oauth_client(...)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_oauth_client(given: SEXP) -> SEXP {
    answer(|| object(OAuthClient::new(ClientSettings::from_settings(settings("client", given)?)?)?))
}

/// `tok_oauth_client(file)`. `store`: the setting of that name where the file has none.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_oauth_client_file(path: SEXP, store: SEXP) -> SEXP {
    answer(|| {
        let client = OAuthClient::from_file(Path::new(&arguments::text("file", path)?))?;
        let store = arguments::optional_text("store", store)?;
        match (&client.settings().store, store) {
            (None, Some(store)) => {
                object(OAuthClient::new(ClientSettings { store: Some(store), ..client.settings().clone() })?)
            }
            _ => object(client),
        }
    })
}

/// Whether a client's settings say where its credentials are, and whose.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_oauth_client_place(client: SEXP) -> SEXP {
    answer(|| {
        let client = handle::client(client)?;
        let settings = client.settings();
        let endpoint = settings.token_endpoint.as_ref().map(|url| url.as_str());
        values::named_list(vec![
            ("client_id", json::string(&settings.client_id)),
            ("name", values::optional(settings.name.as_deref())),
            ("issuer", values::optional(settings.issuer.as_deref())),
            ("token_endpoint", values::optional(endpoint)),
            ("store", values::optional(settings.store.as_deref())),
            ("partition", values::optional(settings.partition.as_deref())),
        ])
    })
}

/// The client with what one call says of it: its endpoints, how it proves itself, where and for whom it keeps credentials.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_oauth_client_with(client: SEXP, given: SEXP) -> SEXP {
    answer(|| {
        let client = handle::client(client)?;
        let mut all = client.settings().clone();
        let mut said: Settings = settings("client", given)?;
        said.set("client_id", all.client_id.as_str())?;
        let said = ClientSettings::from_settings(said)?;
        all.authorization_endpoint = said.authorization_endpoint.or(all.authorization_endpoint);
        all.device_authorization_endpoint = said.device_authorization_endpoint.or(all.device_authorization_endpoint);
        all.auth_method = said.auth_method.or(all.auth_method);
        all.signing_alg = said.signing_alg.or(all.signing_alg);
        all.assertion_claims.merge(&said.assertion_claims);
        all.partition = said.partition.or(all.partition);
        // Another store takes the place of the client's; else that stays, whatever it is.
        match said.store {
            Some(store) => object(OAuthClient::new(ClientSettings { store: Some(store), ..all })?),
            None => object(OAuthClient::new(all)?.with_store(&client.store())),
        }
    })
}

/// What is known of a client, and how a sign-in with it would go: names and values. The request may be `NULL`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_oauth_report(client: SEXP, wanted: SEXP) -> SEXP {
    answer(|| {
        let client = handle::client(client)?;
        let mut lines = client.report_in_words();
        let request = request(wanted)?;
        if request.grant.is_interactive() {
            let interactivity: Interactivity = Session.interactivity();
            match client.plan(&request, interactivity) {
                Ok(plan) => lines.extend(plan.explanation.into_iter().map(|line| ("sign_in".to_owned(), line))),
                Err(error) => lines.push(("sign_in".to_owned(), format!("{error}; {}", error.hint()))),
            }
        }
        let (names, texts): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
        values::named_list(vec![("name", Robj::from(names)), ("value", Robj::from(texts))])
    })
}

/// The published metadata of a client's server.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_oauth_metadata(client: SEXP) -> SEXP {
    answer(|| metadata(&*handle::client(client)?.metadata(&User)?))
}

/// `oauth_server_metadata(issuer, type, url)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_discover(issuer: SEXP, form: SEXP, url: SEXP, insecure: SEXP) -> SEXP {
    answer(|| {
        let issuer = arguments::optional_text("issuer", issuer)?;
        let form = arguments::optional_text("type", form)?;
        let url = arguments::optional_text("url", url)?;
        let wanted = Discovery {
            issuer: issuer.as_deref(),
            form: form.as_deref(),
            address: url.as_deref(),
            allow_insecure_http: arguments::flag("allow_insecure_http", insecure)?,
        };
        metadata(&*tokcore::discover(wanted, &User)?)
    })
}

/// The members under the names that the document gives them.
fn metadata(metadata: &ServerMetadata) -> Result<Robj, Error> {
    let words = |words: &Option<Vec<String>>| words.as_ref().map(Robj::from);
    let mut members: Vec<(&str, Robj)> = vec![("issuer", values::optional(metadata.issuer.as_deref()))];
    for endpoint in Endpoint::ALL {
        if let Some(url) = metadata.endpoints.get(*endpoint) {
            members.push((endpoint.member(), json::string(url.as_str())));
        }
    }
    let lists = [
        ("scopes_supported", words(&metadata.scopes)),
        ("response_types_supported", words(&metadata.response_types)),
        ("response_modes_supported", words(&metadata.response_modes)),
        ("grant_types_supported", words(&metadata.grant_types)),
        ("code_challenge_methods_supported", words(&metadata.code_challenge_methods)),
        ("token_endpoint_auth_methods_supported", words(&metadata.auth_methods)),
        ("dpop_signing_alg_values_supported", words(&metadata.dpop_signing_algorithms)),
    ];
    members.extend(lists.into_iter().filter_map(|(name, list)| Some((name, list?))));
    for (name, value) in &metadata.extra {
        if !members.iter().any(|(known, _)| known == name) {
            members.push((name, json::value(value)?));
        }
    }
    values::record(members, "tokcore_server_metadata")
}

/// One grant, carried out once; nothing is remembered.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_fetch(client: SEXP, wanted: SEXP) -> SEXP {
    answer(|| token::object(handle::client(client)?.fetch(request(wanted)?, &Session, &User)?))
}

/// One refresh of a token.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_refresh(client: SEXP, old: SEXP) -> SEXP {
    answer(|| token::object(handle::client(client)?.refresh(&*handle::token(old)?, &User)?))
}

/// `tok_revoke()`: the result's name, and why when nothing was revoked.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_revoke(client: SEXP, refresh_token: SEXP, access_token: SEXP) -> SEXP {
    answer(|| {
        let refresh_token = arguments::optional_secret("refresh_token", refresh_token)?;
        let access_token = arguments::optional_secret("access_token", access_token)?;
        let outcome = handle::client(client)?.revoke(refresh_token.as_ref(), access_token.as_ref(), &User)?;
        let why = outcome.error().map(ToString::to_string);
        values::named_list(vec![("outcome", Robj::from(outcome.slug())), ("problem", values::optional(why.as_deref()))])
    })
}

/// `tok_introspect()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_introspect(client: SEXP, asked: SEXP, hint: SEXP) -> SEXP {
    answer(|| {
        let asked = Secret::new(arguments::text("token", asked)?);
        let hint = match arguments::optional_text("hint", hint)?.as_deref() {
            Some("refresh_token") => Some(TokenHint::RefreshToken),
            Some("access_token") => Some(TokenHint::AccessToken),
            _ => None,
        };
        let Introspection::Active(active) = handle::client(client)?.introspect(&asked, hint, &User)? else {
            return values::record(vec![("active", Robj::from(false))], "tokcore_introspection");
        };
        let text = |name, text: &Option<String>| text.as_deref().map(|text| (name, json::string(text)));
        let words = |name, words: &[String]| (!words.is_empty()).then(|| (name, json::string(&words.join(" "))));
        let time = |name, at: Option<i64>| at.map(|at| values::time(Some(at)).map(|at| (name, at))).transpose();
        let mut members: Vec<(&str, Robj)> = vec![("active", Robj::from(true))];
        let known = [
            words("scope", &active.scopes),
            text("client_id", &active.client_id),
            text("username", &active.username),
            text("token_type", &active.token_type),
            time("exp", active.expires_at_unix_s)?,
            time("iat", active.issued_at_unix_s)?,
            time("nbf", active.not_before_unix_s)?,
            text("sub", &active.subject),
            words("aud", &active.audience),
            text("iss", &active.issuer),
            text("jti", &active.jwt_id),
        ];
        members.extend(known.into_iter().flatten());
        for (name, value) in &active.extra {
            if !members.iter().any(|(known, _)| known == name) {
                members.push((name, json::value(value)?));
            }
        }
        values::record(members, "tokcore_introspection")
    })
}

/// `tok_userinfo()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_userinfo(client: SEXP, used: SEXP) -> SEXP {
    answer(|| json::object(&handle::client(client)?.userinfo(&*handle::token(used)?, &User)?))
}

/// `tok_resource_metadata()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_resource_metadata(client: SEXP, resource: SEXP, url: SEXP) -> SEXP {
    answer(|| {
        let resource = arguments::text("resource", resource)?;
        let url = arguments::optional_text("url", url)?;
        let about = handle::client(client)?.resource_metadata(&resource, url.as_deref(), &User)?.to_json();
        let members: Result<_, Error> =
            about.iter().map(|(name, value)| Ok((name.as_str(), json::value(value)?))).collect();
        values::record(members?, "tokcore_resource_metadata")
    })
}

/// The client's proof of who it is, for a request that R makes: named character vectors.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_authentication(client: SEXP, url: SEXP) -> SEXP {
    answer(|| {
        let url = endpoints::parse("url", &arguments::text("url", url)?, true)?;
        let proof = handle::client(client)?.authentication(&url, &User)?;
        values::named_list(vec![
            ("headers", values::pairs(&proof.headers)?),
            ("parameters", values::pairs(&proof.parameters)?),
        ])
    })
}
