//! `discovery.json` and `resource_metadata.json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::Error;
use tokcore::oauth::discovery::{self, Expectation, IssuerMatch, Search, Searched, ServerMetadata, WellKnown};
use tokcore::oauth::resource_metadata::{self, ResourceMatch};
use tokcore::oauth::{Endpoint, Endpoints, document, endpoints};

use crate::answer::Answer;
use crate::table::{each, same, same_error};

#[derive(Deserialize)]
struct Case {
    issuer: Option<String>,
    address: Option<String>,
    resource: Option<String>,
    form: Option<String>,
    issuer_match: Option<String>,
    #[serde(default)]
    allow_insecure_http: bool,
    #[serde(default)]
    told: BTreeMap<String, String>,
    #[serde(default)]
    answers: Vec<Answer>,
    expect: Value,
}

impl Case {
    fn search(&self) -> Result<Search, Error> {
        let form = match self.form.as_deref() {
            Some("oauth") => WellKnown::OAuth,
            Some("auto") => WellKnown::Auto,
            _ => WellKnown::OpenId,
        };
        match (&self.resource, &self.address, &self.issuer) {
            (Some(resource), ..) => {
                let address = resource_metadata::address(resource, self.allow_insecure_http)?;
                Search::at(address.as_str(), self.allow_insecure_http)
            }
            (_, Some(address), _) => Search::at(address, self.allow_insecure_http),
            (_, _, issuer) => Search::of_issuer(issuer.as_deref().unwrap_or_default(), form, self.allow_insecure_http),
        }
    }

    /// Plays the answers; gives the addresses asked, and what came of it once all answers are used up.
    fn run(&self) -> (Vec<String>, Option<Result<ServerMetadata, Error>>) {
        let mut asked = Vec::new();
        let mut search = match self.search() {
            Ok(search) => search,
            Err(error) => return (asked, Some(Err(error))),
        };
        let expected = Expectation {
            issuer: self.issuer.as_deref(),
            issuer_match: match self.issuer_match.as_deref() {
                Some("trailing_slash") => IssuerMatch::TrailingSlash,
                Some("template") => IssuerMatch::Template,
                Some("none") => IssuerMatch::None,
                _ => IssuerMatch::Exact,
            },
            allow_insecure_http: self.allow_insecure_http,
        };
        let mut address = search.address().clone();
        asked.push(address.to_string());
        let mut redirects = 0;
        for answer in &self.answers {
            let response = answer.response();
            let read = match document::redirect(&address, &response, redirects) {
                Ok(Some(target)) => {
                    redirects += 1;
                    address = target;
                    asked.push(address.to_string());
                    continue;
                }
                Ok(None) => discovery::read(&response, &expected),
                Err(error) => Err(error),
            };
            match search.after(read) {
                Searched::Found(metadata) => return (asked, Some(Ok(*metadata))),
                Searched::Failed(error) => return (asked, Some(Err(error))),
                Searched::Next(next) => search = next,
            }
            (address, redirects) = (search.address().clone(), 0);
            asked.push(address.to_string());
        }
        (asked, None)
    }

    fn described(&self, metadata: ServerMetadata) -> Value {
        let mut told = Endpoints::default();
        for endpoint in Endpoint::ALL {
            if let Some(url) = self.told.get(endpoint.member()) {
                told.set(*endpoint, endpoints::parse(endpoint.words(), url, false).expect("an address"));
            }
        }
        let all = told.or(&metadata.endpoints);
        let mut described = json!({
            "issuer": metadata.issuer,
            "scopes": metadata.scopes,
            "response_types": metadata.response_types,
            "response_modes": metadata.response_modes,
            "grant_types": metadata.grant_types,
            "code_challenge_methods": metadata.code_challenge_methods,
            "auth_methods": metadata.auth_methods,
            "auth_signing_algorithms": metadata.auth_signing_algorithms,
            "id_token_signing_algorithms": metadata.id_token_signing_algorithms,
            "dpop_signing_algorithms": metadata.dpop_signing_algorithms,
            "promises_issuer": metadata.promises_issuer,
            "requires_pushed_authorization": metadata.requires_pushed_authorization,
            "binds_tokens_to_certificates": metadata.binds_tokens_to_certificates,
            "mtls_endpoints": metadata.mtls_endpoints.iter().map(|(name, url)| (name, url.as_str())).collect::<BTreeMap<_, _>>(),
            "warnings": metadata.warnings.iter().map(|warning| warning.slug()).collect::<Vec<_>>(),
            "extra": metadata.extra,
        });
        for endpoint in Endpoint::ALL {
            described[endpoint.member()] = json!(all.get(*endpoint).map(|url| url.as_str()));
        }
        described
    }
}

#[test]
fn discovery() {
    each("discovery.json", |case: &Case| {
        let (asked, outcome) = case.run();
        same("asked", &json!(asked), &case.expect["asked"])?;
        match (outcome, case.expect.get("metadata"), case.expect.get("error")) {
            (None, None, None) => Ok(()),
            (Some(Ok(metadata)), Some(expected), None) => {
                let described = case.described(metadata);
                for (name, expected) in expected.as_object().ok_or("the expected metadata is no object")? {
                    same(name, &described[name], expected)?;
                }
                Ok(())
            }
            (Some(Err(error)), None, Some(expected)) => same_error(&error, expected),
            (outcome, ..) => Err(format!("outcome: {outcome:?}")),
        }
    });
}

#[derive(Deserialize)]
struct ResourceCase {
    expected: String,
    #[serde(rename = "match")]
    rule: Option<String>,
    answer: Answer,
    configured: Option<Vec<String>>,
    expect: Value,
}

#[test]
fn resource_metadata_vectors() {
    each("resource_metadata.json", |case: &ResourceCase| {
        let rule = if case.rule.is_some() { ResourceMatch::PathPrefix } else { ResourceMatch::Exact };
        let metadata = match resource_metadata::read(&case.answer.response(), &case.expected, rule) {
            Ok(metadata) => metadata,
            Err(error) if format!("{error:?}").contains("canary") => return Err(format!("printed: {error:?}")),
            Err(error) => return same_error(&error, &case.expect["error"]),
        };
        same("authorization_servers", &json!(metadata.authorization_servers), &case.expect["authorization_servers"])?;
        same("scopes", &json!(metadata.scopes), &case.expect["scopes"])?;
        let Some(configured) = &case.configured else { return Ok(()) };
        let configured: Vec<&str> = configured.iter().map(String::as_str).collect();
        match metadata.known_server(&configured) {
            Ok(server) => same("server", &json!(server), &case.expect["server"]),
            Err(error) => same_error(&error, &case.expect["server"]),
        }
    });
}

/// M-16: how long a known copy serves.
#[test]
fn a_known_copy_serves_for_a_while() {
    use http::{HeaderMap, HeaderValue};
    use tokcore::oauth::discovery::{Age, lifetime_s};

    let lifetime = |cache_control: Option<&'static str>| {
        let mut headers = HeaderMap::new();
        headers.extend(cache_control.map(|text| (http::header::CACHE_CONTROL, HeaderValue::from_static(text))));
        lifetime_s(&tokcore::transport::HttpResponse::new(200, headers, Vec::new()))
    };
    assert_eq!(lifetime(None), 3600);
    assert_eq!(lifetime(Some("public, max-age=7200")), 7200);
    assert_eq!(lifetime(Some("Max-Age=\"7200\"")), 7200);
    assert_eq!(lifetime(Some("max-age=1")), 300);
    assert_eq!(lifetime(Some("no-store")), 300);
    assert_eq!(lifetime(Some("max-age=99999999999999999999999")), 86400);
    assert_eq!(lifetime(Some("max-age=-1")), 3600);

    assert_eq!(Age::of(3599, 3600), Age::Fresh);
    assert_eq!(Age::of(7200, 3600), Age::Stale);
    assert_eq!(Age::of(3600 + 86400, 3600), Age::Expired);
}
