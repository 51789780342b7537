//! `requests.json`: the URL for the browser, and the request to the token endpoint.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokcore::oauth::AuthMethod;
use tokcore::oauth::{
    AuthorizationRequest, BasicEncoding, ClientAuth, Dialect, Exchange, Grant, RegisteredClient, TokenRequest,
    TypedToken, Verifier, endpoint_url,
};
use tokcore::transport::{HttpRequest, Method};
use tokcore::{Error, Secret};
use url::Url;

use crate::table::{complete, dialect, each, refused, same_members, secret};

/// A request of either kind; `state` makes it one for the browser, `endpoints` a check of addresses only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    #[serde(default, rename = "id")]
    _id: String,
    #[serde(default, rename = "why")]
    _why: String,
    profile: Option<String>,
    #[serde(default)]
    dialect: Map<String, Value>,
    endpoint: Option<Url>,
    #[serde(default)]
    endpoints: Vec<Url>,
    #[serde(default)]
    allow_insecure_http: bool,
    client_id: Option<String>,
    client_secret: Option<String>,
    auth_method: Option<AuthMethod>,
    state: Option<String>,
    nonce: Option<String>,
    prompt: Option<String>,
    login_hint: Option<String>,
    max_age_s: Option<u64>,
    #[serde(default)]
    acr_values: Vec<String>,
    dpop_jkt: Option<String>,
    #[serde(default)]
    offline: bool,
    #[serde(default)]
    form_post: bool,
    redirect_uri: Option<String>,
    code: Option<String>,
    verifier: Option<String>,
    refresh_token: Option<String>,
    username: Option<String>,
    password: Option<String>,
    assertion: Option<String>,
    device_code: Option<String>,
    subject_token: Option<String>,
    subject_token_type: Option<String>,
    actor_token: Option<String>,
    actor_token_type: Option<String>,
    requested_token_type: Option<String>,
    grant_type: Option<String>,
    #[serde(default)]
    parameters: Vec<(String, String)>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    audiences: Vec<String>,
    #[serde(default)]
    extra: Vec<(String, String)>,
    #[serde(default)]
    override_params: bool,
    expect: Value,
}

#[test]
fn requests() {
    each("requests.json", Case::run);
    complete("requests.json", "R-", 1..=18);
}

impl Case {
    pub fn run(&self) -> Result<(), String> {
        let got = match (&self.state, self.endpoints.is_empty()) {
            (_, false) => self.checked(),
            (Some(state), _) => self.authorization(&Secret::new(state))?,
            _ => self.token()?,
        };
        // A case that expects an error expects nothing else.
        if self.expect.get("error").is_none() && got.get("error").is_some() {
            return Err(format!("got {got}"));
        }
        same_members(&got, &self.expect)
    }

    /// What becomes of these addresses, which have to fare the same.
    fn checked(&self) -> Value {
        let verdicts = self.endpoints.iter().map(|url| {
            let checked = endpoint_url::check("token endpoint", url, self.allow_insecure_http);
            checked.map_or_else(|error| refused(&error), |()| json!({ "allowed": true }))
        });
        let mut verdicts: Vec<Value> = verdicts.collect();
        verdicts.dedup();
        if verdicts.len() == 1 { verdicts.remove(0) } else { json!({ "differ": verdicts }) }
    }

    fn authorization(&self, state: &Secret) -> Result<Value, String> {
        let verifier = self.verifier()?;
        let challenge = verifier.as_ref().map(Verifier::challenge);
        let nonce = self.nonce.as_ref().map(Secret::new);
        let dialect = dialect(&self.profile, &self.dialect)?;
        let request = AuthorizationRequest {
            endpoint: self.endpoint.as_ref().ok_or("no endpoint")?,
            client_id: self.client_id(),
            redirect_uri: self.redirect_uri.as_deref().unwrap_or("https://p.example/cb"),
            scopes: &self.scopes,
            state,
            challenge: challenge.as_ref(),
            nonce: nonce.as_ref(),
            resources: &self.resources,
            prompt: self.prompt.as_deref(),
            login_hint: self.login_hint.as_deref(),
            max_age_s: self.max_age_s,
            acr_values: &self.acr_values,
            dpop_jkt: self.dpop_jkt.as_deref(),
            offline: self.offline,
            form_post: self.form_post,
            extra: &self.extra,
            override_params: self.override_params,
            dialect: &dialect,
        };
        Ok(request.url().map_or_else(|error| refused(&error), |url| json!({ "url": url.as_str() })))
    }

    fn token(&self) -> Result<Value, String> {
        let dialect = dialect(&self.profile, &self.dialect)?;
        let method = self.auth_method.or(dialect.request.auth_method).unwrap_or(AuthMethod::None);
        let encoding = dialect.request.basic_encoding.unwrap_or(BasicEncoding::Rfc6749);
        let client_secret = self.client_secret.as_ref().map(Secret::new);
        let (auth, warning) = match ClientAuth::with_secret(method, client_secret, encoding) {
            Err(error) => return Ok(refused(&error)),
            Ok(chosen) => chosen,
        };
        let client = RegisteredClient { id: self.client_id().to_owned(), auth };
        let mut got = match self.to_http(&client, &dialect)? {
            Err(error) => refused(&error),
            Ok(request) => described(&request)?,
        };
        got["warning"] = warning.map(|warning| warning.slug()).into();
        Ok(got)
    }

    fn to_http(&self, client: &RegisteredClient, dialect: &Dialect) -> Result<Result<HttpRequest, Error>, String> {
        let endpoint = self.endpoint.clone().unwrap_or(Url::parse("https://as.example/token").expect("a URL"));
        let verifier = self.verifier()?;
        let parameters: Vec<(String, Secret)> =
            self.parameters.iter().map(|(name, value)| (name.clone(), Secret::new(value))).collect();
        let (code, refresh_token, password) = (secret(&self.code), secret(&self.refresh_token), secret(&self.password));
        let (assertion, device_code, subject, actor) = (
            secret(&self.assertion),
            secret(&self.device_code),
            secret(&self.subject_token),
            self.actor_token.as_ref().map(Secret::new),
        );
        let exchange = Exchange {
            subject: TypedToken {
                token: &subject,
                token_type: self.subject_token_type.as_deref().unwrap_or("access_token"),
            },
            actor: actor.as_ref().map(|token| (token, self.actor_token_type.as_deref())),
            requested_token_type: self.requested_token_type.as_deref(),
        };
        let grant = if self.code.is_some() {
            let redirect_uri = self.redirect_uri.as_deref().unwrap_or("https://p.example/cb");
            Grant::AuthorizationCode { code: &code, redirect_uri, verifier: verifier.as_ref() }
        } else if self.refresh_token.is_some() {
            Grant::Refresh { refresh_token: &refresh_token }
        } else if let Some(username) = &self.username {
            Grant::Password { username, password: &password }
        } else if self.assertion.is_some() {
            Grant::JwtBearer { assertion: &assertion }
        } else if self.device_code.is_some() {
            Grant::DeviceCode { device_code: &device_code, verifier: verifier.as_ref() }
        } else if self.subject_token.is_some() {
            Grant::TokenExchange(&exchange)
        } else if let Some(grant_type) = &self.grant_type {
            Grant::Other { grant_type, parameters: &parameters }
        } else {
            Grant::ClientCredentials
        };
        let request = TokenRequest {
            scopes: &self.scopes,
            resources: &self.resources,
            audiences: &self.audiences,
            extra: &self.extra,
            override_params: self.override_params,
            dialect,
            ..TokenRequest::new(&endpoint, client, grant)
        };
        Ok(request.to_http())
    }

    fn verifier(&self) -> Result<Option<Verifier>, String> {
        let parse = |text: &String| Verifier::parse(Secret::new(text)).map_err(|error| error.to_string());
        self.verifier.as_ref().map(parse).transpose()
    }

    fn client_id(&self) -> &str {
        self.client_id.as_deref().unwrap_or("c")
    }
}

fn described(request: &HttpRequest) -> Result<Value, String> {
    let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
    if header(ACCEPT) != Some("application/json") {
        return Err("JSON is not asked for".into());
    }
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let mut got = json!({
        "method": request.method.as_str(),
        "url": request.url.as_str(),
        "content_type": header(CONTENT_TYPE),
        "authorization": header(AUTHORIZATION),
        "json": serde_json::from_str::<Value>(&body).ok(),
        "body": body,
    });
    if request.method == Method::GET {
        got["body"] = Value::Null;
    }
    Ok(got)
}
