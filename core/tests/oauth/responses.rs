//! `responses.json`: the answers of a token endpoint.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokcore::oauth::token_use::{Carried, carry};
use tokcore::oauth::{
    Dialect, EndpointFailure, Exchange, Lifetime, Reading, ResponseFormat, TokenReply, TypedToken, token_response,
};
use tokcore::transport::HttpResponse;
use tokcore::{Error, Secret};

use crate::table::{Fill, complete, dialect, each, refused, same, secret, unhex};

const SENT_AT_UNIX_S: i64 = 1_700_000_000;

/// Rows that are about sending, and so about the driver.
const SENT: [u32; 6] = [56, 62, 63, 64, 65, 66];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    #[serde(default, rename = "id")]
    _id: String,
    #[serde(default, rename = "why")]
    _why: String,
    #[serde(default)]
    body: String,
    body_hex: Option<String>,
    body_fill: Option<Fill>,
    status: Option<u16>,
    content_type: Option<String>,
    #[serde(default)]
    headers: Map<String, Value>,
    format: Option<ResponseFormat>,
    profile: Option<String>,
    #[serde(default)]
    dialect: Map<String, Value>,
    #[serde(default)]
    requested: Vec<String>,
    authorized_scope: Option<String>,
    #[serde(default)]
    exchange: bool,
    requested_token_type: Option<String>,
    sent_secret: Option<String>,
    hint_contains: Option<String>,
    carried: Option<Value>,
    expect: Map<String, Value>,
}

#[test]
fn responses() {
    each("responses.json", Case::run);
    complete("responses.json", "T-", (1..=72).filter(|number| !SENT.contains(number)));
}

impl Case {
    pub fn run(&self) -> Result<(), String> {
        let mut dialect = dialect(&self.profile, &self.dialect)?;
        if let Some(format) = self.format {
            dialect.response.format = format;
        }
        let result = self.read(&dialect);
        let mut printed = format!("{result:?} {result:#?}");
        let got = match &result {
            Ok(reply) => json!({ "token": self.described(reply) }),
            Err(failure) => {
                let error = failure.clone().into_error("the provider of `demo`");
                printed += &format!("{error} {error:?} {} {:?}", error.hint(), error.detail());
                json!({ "failure": classified(failure, &error)? })
            }
        };
        if printed.contains("canary") {
            return Err(format!("a secret was printed: {printed}"));
        }
        if let Some(words) = self.hint_contains.as_ref().filter(|words| !printed.contains(words.as_str())) {
            return Err(format!("no hint of {words:?} in {printed}"));
        }
        if let (Some(expected), Ok(reply)) = (&self.carried, &result) {
            same("carried", &carried(reply, &dialect), expected)?;
        }
        let expected = Value::Object(self.expect.clone());
        same("answer", &got, &with_defaults(expected, self.status.unwrap_or(200)))
    }

    fn response(&self) -> HttpResponse {
        let mut headers = HeaderMap::new();
        let content_type = self.content_type.as_deref().unwrap_or("application/json");
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).expect("a header value"));
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().expect("a header name");
            headers.insert(name, value.as_str().and_then(|text| text.parse().ok()).expect("a header value"));
        }
        let body = match (&self.body_hex, &self.body_fill) {
            (Some(hex), _) => unhex(hex),
            (_, Some(fill)) => fill.text().into_bytes(),
            _ => self.body.clone().into_bytes(),
        };
        HttpResponse::new(self.status.unwrap_or(200), headers, body)
    }

    fn read(&self, dialect: &Dialect) -> Result<TokenReply, EndpointFailure> {
        let (sent, subject) = (secret(&self.sent_secret), Secret::new("subject"));
        let exchange = Exchange {
            subject: TypedToken { token: &subject, token_type: "access_token" },
            actor: None,
            requested_token_type: self.requested_token_type.as_deref(),
        };
        let reading = Reading {
            dialect,
            sent_at_unix_s: SENT_AT_UNIX_S,
            requested_scopes: self.requested.len(),
            authorized_scope: self.authorized_scope.as_deref(),
            exchange: self.exchange.then_some(&exchange),
            secrets: vec![&sent],
        };
        token_response::read(&self.response(), &reading)
    }

    fn described(&self, reply: &TokenReply) -> Value {
        let lifetime_s = match reply.lifetime {
            Lifetime::Known(seconds) => seconds.into(),
            Lifetime::Never => "never".into(),
            Lifetime::Unknown => Value::Null,
        };
        let mut got = json!({
            "token_type": reply.token_type,
            "refresh_token": reply.refresh_token.as_ref().map(Secret::expose),
            "id_token": reply.id_token.as_ref().map(Secret::expose),
            "scope": reply.scope,
            "missing_scopes": reply.missing_scopes(&self.requested),
            "lifetime_s": lifetime_s,
            "expires_at": reply.lifetime.expires_at_unix_s(SENT_AT_UNIX_S),
            "refresh_at": reply.refresh_at_unix_s,
            "refresh_expires_at": reply.refresh_expires_at_unix_s,
            "issued_token_type": reply.issued_token_type,
            "warnings": reply.warnings.iter().map(|warning| warning.slug()).collect::<Vec<_>>(),
            "extra": reply.extra,
        });
        match self.expect["token"].get("access_token_bytes").is_some() {
            true => got["access_token_bytes"] = reply.access_token.expose().len().into(),
            false => got["access_token"] = reply.access_token.expose().into(),
        }
        got
    }
}

/// How the token stands in an API request.
fn carried(reply: &TokenReply, dialect: &Dialect) -> Value {
    match carry(&reply.token_type, &reply.access_token, &dialect.usage) {
        Err(error) => refused(&error),
        Ok(Carried::Query(name, value)) => json!({ "query": { name: value.expose() } }),
        Ok(Carried::Header(name, value)) => {
            assert!(value.is_sensitive(), "the header would be printed");
            json!({ "header": { name.as_str(): value.to_str().expect("ASCII") } })
        }
    }
}

fn classified(failure: &EndpointFailure, error: &Error) -> Result<Value, String> {
    same("oauth_error", &error.oauth_error().into(), &failure.oauth_error.as_deref().into())?;
    same("retry_after_ms", &error.retry_after_ms().into(), &failure.retry_after_s.map(|s| s * 1000).into())?;
    same("http_status", &error.http_status().into(), &failure.http_status.into())?;
    Ok(json!({
        "class": failure.class.slug(),
        "kind": error.kind().slug(),
        "reason": error.reason().map(|reason| reason.slug()),
        "oauth_error": failure.oauth_error,
        "description": failure.description,
        "http_status": failure.http_status,
        "retry_after_s": failure.retry_after_s,
    }))
}

/// Fills in what the table leaves out, so that everything in an answer is compared.
fn with_defaults(mut expected: Value, status: u16) -> Value {
    let defaults = match expected.get("token") {
        Some(_) => json!({ "token_type": "Bearer", "refresh_token": null, "id_token": null, "scope": null,
            "missing_scopes": [], "lifetime_s": null, "expires_at": null, "refresh_at": null,
            "refresh_expires_at": null, "issued_token_type": null, "warnings": [], "extra": {} }),
        None => json!({ "reason": null, "oauth_error": null, "description": null, "http_status": status,
            "retry_after_s": null }),
    };
    for (name, value) in defaults.as_object().into_iter().flatten() {
        let inner = expected.as_object_mut().and_then(|outer| outer.values_mut().next()?.as_object_mut());
        inner.expect("a case expects an object").entry(name).or_insert(value.clone());
    }
    expected
}
