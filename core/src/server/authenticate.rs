//! How this client proves itself to its server: which method, with what.

use url::Url;

use super::{Known, Server};
use crate::cache::signing_keys::SigningKeys;
use crate::context::Context;
use crate::error::Error;
use crate::jose::{Algorithm, Claims, SigningKey};
use crate::kinds::Kind;
use crate::oauth::client_assertion::{self, Audience, ClientAssertion};
use crate::oauth::client_auth::Authentication;
use crate::oauth::endpoints::Endpoint;
use crate::oauth::{AuthMethod, BasicEncoding, ClientAuth, Credential, RegisteredClient};
use crate::reason::Reason;
use crate::secret::Secret;
use crate::settings::ClientSettings;

/// No key in use is longer.
const KEY_FILE_BYTES: usize = 64 * 1024;

impl Server {
    /// The client as this one request to `endpoint` names it: a signed statement is made anew each time.
    ///
    /// Errors: `ConfigInvalid` for a secret or key that is missing or cannot be used.
    pub(super) fn registered_client(&self, endpoint: &Url, known: &Known) -> Result<RegisteredClient, Error> {
        let auth = match self.auth_method(known)? {
            AuthMethod::None => ClientAuth::None,
            AuthMethod::ClientSecretPost => ClientAuth::Post(self.required_secret()?),
            AuthMethod::ClientSecretBasic => ClientAuth::Basic(self.required_secret()?, self.basic_encoding(endpoint)?),
            AuthMethod::ClientSecretJwt => {
                let key = SigningKey::from_client_secret(self.required_secret()?, self.settings.allow_weak_secret);
                self.assertion(&key, endpoint, known)?
            }
            AuthMethod::PrivateKeyJwt => self.assertion(self.required_key()?, endpoint, known)?,
            AuthMethod::SignedSecret => match self.assertion(self.required_key()?, endpoint, known)? {
                ClientAuth::Assertion { jwt, .. } => ClientAuth::Post(jwt),
                other => other,
            },
        };
        Ok(RegisteredClient { id: self.settings.client_id.clone(), auth })
    }

    /// The user's method, else the profile's, else what the credential and the server's metadata allow.
    pub(crate) fn auth_method(&self, known: &Known) -> Result<AuthMethod, Error> {
        if let Some(method) = self.settings.auth_method.or(self.dialect.request.auth_method) {
            return Ok(method);
        }
        let credential = match (self.settings.key.is_some() || self.settings.key_file.is_some(), self.client_secret()?)
        {
            (true, None) => Credential::Key,
            (_, Some(_)) => Credential::Secret,
            (false, None) => Credential::None,
        };
        let supported = known.metadata.as_ref().and_then(|metadata| metadata.auth_methods.as_deref());
        Ok(AuthMethod::choose(credential, supported))
    }

    /// The client secret, from the settings or the variable that they name. Effects: reads the environment.
    pub(super) fn client_secret(&self) -> Result<Option<Secret>, Error> {
        match (&self.settings.client_secret, &self.settings.client_secret_env) {
            (Some(secret), _) => Ok(Some(secret.clone())),
            (None, Some(variable)) => match self.context.set_var(variable) {
                Some(secret) => Ok(Some(Secret::new(secret))),
                None => Err(Error::new(Kind::ConfigInvalid, format!("the environment variable {variable} is not set"))
                    .with_hint("it is named by client_secret_env and has to hold the client secret")),
            },
            (None, None) => Ok(None),
        }
    }

    fn required_secret(&self) -> Result<Secret, Error> {
        self.client_secret()?.ok_or_else(|| {
            Error::new(Kind::ConfigInvalid, "the client's authentication method needs a client secret")
                .with_hint("set client_secret or client_secret_env, or another auth_method")
        })
    }

    fn required_key(&self) -> Result<&SigningKey, Error> {
        self.signing_key()?.ok_or_else(|| {
            Error::new(Kind::ConfigInvalid, "the client's authentication method needs a private key")
                .with_hint("set key_file or key, or another auth_method")
        })
    }

    fn assertion(&self, key: &SigningKey, endpoint: &Url, known: &Known) -> Result<ClientAuth, Error> {
        let settings = &self.settings;
        let wanted = settings.assertion_audience.as_deref().or(self.dialect.request.assertion_audience.as_deref());
        let audience = wanted.map_or_else(Audience::default, Audience::named);
        let token_endpoint = known.endpoints.get(Endpoint::Token).unwrap_or(endpoint);
        let id = client_assertion::fresh_id(&*self.context.rng)?;
        let statement = ClientAssertion {
            client_id: &settings.client_id,
            audience: audience.resolve(known.issuer.as_deref(), token_endpoint.as_str(), endpoint.as_str()),
            now_unix_s: self.server_time_unix_s(endpoint),
            id: &id,
            lifetime_s: settings.assertion_lifetime_s.unwrap_or(client_assertion::DEFAULT_LIFETIME_S),
            not_before: false,
            claims: &settings.assertion_claims,
            header: &Claims::new(),
        };
        let jwt = statement.sign(key, self.signing_algorithm()?)?;
        Ok(ClientAuth::Assertion { jwt, send_client_id: settings.assertion_client_id.unwrap_or(true) })
    }

    /// The algorithm that the user chose, if one was chosen.
    pub(super) fn signing_algorithm(&self) -> Result<Option<Algorithm>, Error> {
        let Some(name) = &self.settings.signing_alg else { return Ok(None) };
        Algorithm::from_name(name).map(Some).ok_or_else(|| {
            let names: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
            Error::new(Kind::ConfigInvalid, "signing_alg is no algorithm that tokcore knows")
                .with_hint(format!("use one of {}", names.join(", ")))
        })
    }

    /// How Basic credentials are written at this endpoint. `auto` begins as the RFC says and remembers what worked.
    fn basic_encoding(&self, endpoint: &Url) -> Result<BasicEncoding, Error> {
        if let Some(wanted) = self.wanted_basic_encoding()? {
            return Ok(wanted);
        }
        let learned = || {
            let key = (endpoint.clone(), self.settings.client_id.clone());
            self.facts().encodings.get(&key).filter(|_| self.finds_out_basic_encoding())
        };
        Ok(self.dialect.request.basic_encoding.or_else(learned).unwrap_or_default())
    }

    /// The user's choice. Shape: `None` for none, and for `auto`.
    pub(super) fn wanted_basic_encoding(&self) -> Result<Option<BasicEncoding>, Error> {
        match self.settings.basic_encoding.as_deref() {
            None | Some("auto") => Ok(None),
            Some("form") => Ok(Some(BasicEncoding::Rfc6749)),
            Some("raw") => Ok(Some(BasicEncoding::Raw)),
            Some("percent") => Ok(Some(BasicEncoding::Percent)),
            Some(_) => Err(Error::new(Kind::ConfigInvalid, "basic_encoding is none of form, raw, percent, auto")),
        }
    }

    fn finds_out_basic_encoding(&self) -> bool {
        self.settings.basic_encoding.as_deref() == Some("auto")
    }

    /// Whether the other writing of Basic credentials may be tried after a refusal.
    pub(super) fn may_try_raw_basic(&self, client: &RegisteredClient) -> bool {
        self.finds_out_basic_encoding()
            && self.dialect.request.basic_encoding.is_none()
            && matches!(client.auth, ClientAuth::Basic(_, BasicEncoding::Rfc6749))
            && client.basic_encoding_matters()
    }

    pub(super) fn remember_encoding(&self, endpoint: &Url, encoding: BasicEncoding) {
        self.facts().encodings.insert((endpoint.clone(), self.settings.client_id.clone()), encoding);
    }

    /// The same proof for a request that the caller makes.
    pub(crate) async fn authentication(&self, endpoint: &Url) -> Result<Authentication, Error> {
        let known = self.known_for_authentication().await?;
        self.registered_client(endpoint, &known)?.written()
    }

    /// Whether a token could be asked for, as far as can be told without asking for one.
    pub(crate) async fn check(&self) -> Result<(), Error> {
        if self.publishes_metadata() {
            self.metadata().await?;
        }
        let known = self.known_offline();
        match known.endpoints.get(Endpoint::Token) {
            Some(endpoint) => self.registered_client(endpoint, &known)?.written().map(drop),
            // Nothing is asked there: a client that only listens to others has no such endpoint.
            None => Ok(()),
        }
    }

    async fn known_for_authentication(&self) -> Result<Known, Error> {
        let decided = self.settings.auth_method.is_some() || self.dialect.request.auth_method.is_some();
        if decided { Ok(self.known_offline()) } else { self.known(&[Endpoint::Token]).await }
    }
}

/// The key that the settings hold or name. Effects: `[disk]`.
pub(super) fn load_key(context: &Context, settings: &ClientSettings, keys: &SigningKeys) -> Result<SigningKey, Error> {
    let text = match (&settings.key, &settings.key_file) {
        (Some(key), _) => key.clone(),
        (None, Some(path)) => {
            let unreadable = |why: String| {
                Error::new(Kind::ConfigInvalid, format!("the key file {} cannot be read: {why}", path.display()))
                    .with_reason(Reason::Crypto)
            };
            let bytes = context.files.read(path, KEY_FILE_BYTES).map_err(|cause| unreadable(cause.to_string()))?;
            Secret::new(String::from_utf8(bytes).map_err(|_| unreadable("it is not text".into()))?)
        }
        (None, None) => return Err(Error::new(Kind::ConfigInvalid, "the client has no key")),
    };
    let key = keys.parsed(&text, settings.key_passphrase.as_ref(), settings.key_id.as_deref())?;
    Ok(match &settings.key_id {
        Some(kid) => key.with_kid(kid),
        None => key,
    })
}
