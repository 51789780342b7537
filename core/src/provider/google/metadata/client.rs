//! The metadata server, question by question. Source: specs, metadata.

use std::sync::Arc;

use serde_json::{Map, Value};
use url::Url;

use super::accounts::Accounts;
use super::host::{self, ProbeOptions};
use super::memory::Memory;
use super::patience::Patience;
use super::request::{self, unreliable};
use super::signs::{self, Signs};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::google::DEFAULT_UNIVERSE;
use crate::provider::json;
use crate::secret::Secret;
use crate::transport::{Connection, HttpResponse};
use crate::world::World;

const ACCOUNTS: &[&str] = &["computeMetadata", "v1", "instance", "service-accounts"];

/// The metadata server of this machine. Making one asks nobody.
#[derive(Clone)]
pub(crate) struct MetadataServer {
    pub(super) context: Context,
    base: Url,
    connection: Arc<Connection>,
    patience: Patience,
    memory: &'static Memory,
    /// Whether the scopes that are asked for are the ones that come.
    pub(super) scopes_are_free: bool,
}

/// What it gives for a token.
pub(crate) struct MachineToken {
    pub(crate) access_token: Secret,
    /// Units: seconds. Shape: `None` where it does not say.
    pub(crate) expires_in_s: Option<i64>,
    /// When it was asked for. Units: seconds since 1970.
    pub(crate) requested_at_unix_s: i64,
}

impl MetadataServer {
    /// The one that variables or `options` name. Effects: `[disk]`.
    ///
    /// Errors: `ConfigInvalid` for variables that hold no host or no number, naming them.
    pub(crate) fn new(world: &World, options: &ProbeOptions) -> Result<Self, Error> {
        let signs = Signs::read(&world.context);
        Ok(Self {
            base: host::base(&world.context, options)?,
            connection: request::direct(),
            patience: Patience::of(&signs, &world.context, options)?,
            memory: world.metadata,
            scopes_are_free: signs::scopes_are_free(&world.context),
            context: world.context.clone(),
        })
    }

    /// As messages call it.
    pub(crate) fn name(&self) -> String {
        request::name(&self.base)
    }

    /// Its service accounts. Effects: `[net]`, as all that follow.
    ///
    /// Errors: those of the exchange; `Protocol` with the reason `metadata_unreliable` for an answer of another server, as
    /// all that follow.
    pub(crate) async fn accounts(&self) -> Result<Accounts, Error> {
        let mut url = self.of_accounts(&[""]);
        url.query_pairs_mut().append_pair("recursive", "true");
        Accounts::read(&self.name(), self.object(url).await?)
    }

    /// An access token of `account`, which is a name that it has there.
    pub(crate) async fn token(&self, account: &str, scopes: &[String]) -> Result<MachineToken, Error> {
        let mut url = self.token_url(account);
        if !scopes.is_empty() {
            url.query_pairs_mut().append_pair("scopes", &scopes.join(","));
        }
        let requested_at_unix_s = self.context.clock.now_unix_ms().div_euclid(1000);
        let mut answer = self.object(url).await?;
        let expires_in_s = answer.get("expires_in").and_then(seconds).filter(|seconds| *seconds > 0);
        let access_token = json::take_secret(&mut answer, "access_token");
        let access_token = access_token.ok_or_else(|| unreliable(&self.name(), "without an access token"))?;
        Ok(MachineToken { access_token, expires_in_s, requested_at_unix_s })
    }

    /// An ID token of `account` for `audience`.
    pub(crate) async fn identity(&self, account: &str, audience: &str) -> Result<Secret, Error> {
        let mut url = self.of_accounts(&[account, "identity"]);
        url.query_pairs_mut().append_pair("audience", audience).append_pair("format", "full");
        self.text(url).await.map(Secret::new)
    }

    /// The project that the machine belongs to.
    pub(crate) async fn project(&self) -> Result<String, Error> {
        self.text(self.below(&["computeMetadata", "v1", "project", "project-id"])).await
    }

    /// The cloud that the machine belongs to. An older server does not know that there are several.
    pub(crate) async fn universe(&self) -> Result<String, Error> {
        match self.text(self.below(&["computeMetadata", "v1", "universe", "universe-domain"])).await {
            Err(error) if error.http_status() == Some(404) => Ok(DEFAULT_UNIVERSE.to_owned()),
            universe => universe,
        }
    }

    /// Where tokens of `account` come from.
    pub(super) fn token_url(&self, account: &str) -> Url {
        self.of_accounts(&[account, "token"])
    }

    fn of_accounts(&self, path: &[&str]) -> Url {
        self.below(&[ACCOUNTS, path].concat())
    }

    fn below(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().extend(path);
        }
        url
    }

    async fn object(&self, url: Url) -> Result<Map<String, Value>, Error> {
        let response = self.get(url).await?;
        json::object(&self.name(), &response.body).map_err(|_| unreliable(&self.name(), "without a JSON object"))
    }

    async fn text(&self, url: Url) -> Result<String, Error> {
        let response = self.get(url).await?;
        let text = std::str::from_utf8(&response.body).unwrap_or_default().trim();
        let is_one_word = !text.is_empty() && text.chars().all(|letter| letter.is_ascii_graphic());
        is_one_word.then(|| text.to_owned()).ok_or_else(|| unreliable(&self.name(), "with something else than a name"))
    }

    /// The answer, asked for as often as patience lasts.
    async fn get(&self, url: Url) -> Result<HttpResponse, Error> {
        let mut failed = 0;
        loop {
            let sent = self.context.http.send(request::get(url.clone(), self.patience.timeout, &self.connection));
            let error = match sent.await.and_then(|response| request::accepted(&self.name(), response)) {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            failed += 1;
            match self.patience.pause(failed, &error, self.memory, self.context.draw()) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(told(error)),
            }
        }
    }
}

/// Who cannot connect learns what this server is, and how to do without.
fn told(error: Error) -> Error {
    match error.kind() {
        Kind::Transport | Kind::Timeout => error.with_hint(
            "the metadata server is on machines of Google's only: elsewhere set NO_GCE_CHECK=true and give a credential",
        ),
        _ => error,
    }
}

/// A number of seconds, also as a text.
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}
