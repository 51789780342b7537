//! The document in its own words, for hosts that show or pass on all of it.

use serde_json::{Map, Value};

use super::ServerMetadata;
use crate::oauth::endpoints::Endpoint;

impl ServerMetadata {
    /// All members by their registered names, as they were understood: only addresses that passed their checks.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        put("issuer", self.issuer.clone().map(Value::from));
        for endpoint in Endpoint::ALL {
            put(endpoint.member(), self.endpoints.get(*endpoint).map(|url| url.as_str().into()));
        }
        let aliases: Map<_, _> =
            self.mtls_endpoints.iter().map(|(name, url)| (name.clone(), url.as_str().into())).collect();
        put("mtls_endpoint_aliases", Some(aliases).filter(|aliases| !aliases.is_empty()).map(Value::from));
        for (name, list) in [
            ("scopes_supported", &self.scopes),
            ("response_types_supported", &self.response_types),
            ("response_modes_supported", &self.response_modes),
            ("grant_types_supported", &self.grant_types),
            ("code_challenge_methods_supported", &self.code_challenge_methods),
            ("token_endpoint_auth_methods_supported", &self.auth_methods),
            ("token_endpoint_auth_signing_alg_values_supported", &self.auth_signing_algorithms),
            ("id_token_signing_alg_values_supported", &self.id_token_signing_algorithms),
            ("dpop_signing_alg_values_supported", &self.dpop_signing_algorithms),
        ] {
            put(name, list.clone().map(Value::from));
        }
        for (name, flag) in [
            ("authorization_response_iss_parameter_supported", self.promises_issuer),
            ("require_pushed_authorization_requests", self.requires_pushed_authorization),
            ("tls_client_certificate_bound_access_tokens", self.binds_tokens_to_certificates),
        ] {
            put(name, flag.then_some(Value::Bool(true)));
        }
        for (name, value) in &self.extra {
            members.entry(name.clone()).or_insert_with(|| value.clone());
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_their_registered_names_and_additions_cannot_replace_them() {
        let mut metadata = ServerMetadata {
            issuer: Some("https://as.example".into()),
            scopes: Some(vec!["read".into()]),
            promises_issuer: true,
            ..ServerMetadata::default()
        };
        metadata.extra.insert("issuer".into(), "https://evil.example".into());
        metadata.extra.insert("service_documentation".into(), "https://as.example/docs".into());
        let shown = Value::from(metadata.to_json());
        assert_eq!(
            shown,
            serde_json::json!({
                "issuer": "https://as.example", "scopes_supported": ["read"],
                "authorization_response_iss_parameter_supported": true, "service_documentation": "https://as.example/docs",
            })
        );
    }
}
