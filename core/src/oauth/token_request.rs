//! The request to the token endpoint. Source: RFC 6749 §4.1.3 and §6, RFC 7636 §4.5.

use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use url::Url;

use super::client_auth::RegisteredClient;
use super::form::Form;
use super::parameters;
use super::pkce::Verifier;
use crate::error::Error;
use crate::secret::Secret;
use crate::transport::{HttpRequest, Method};

/// What is given in exchange for a token.
#[derive(Clone, Debug)]
pub enum Grant<'a> {
    /// The code from the callback.
    AuthorizationCode {
        /// The code, decoded once.
        code: &'a Secret,
        /// The very text that the authorization request carried.
        redirect_uri: &'a str,
        /// The secret half of PKCE, if the authorization request had the other.
        verifier: Option<&'a Verifier>,
    },
    /// A refresh token. `scope` is not sent: some servers narrow the grant or refuse it.
    Refresh {
        /// The newest refresh token of the grant.
        refresh_token: &'a Secret,
    },
}

/// A request for a token.
#[derive(Clone, Debug)]
pub struct TokenRequest<'a> {
    /// The token endpoint, whose own query is kept.
    pub endpoint: &'a Url,
    /// Who asks.
    pub client: &'a RegisteredClient,
    /// What is given for the token.
    pub grant: Grant<'a>,
    /// What the integration adds.
    pub extra: &'a [(String, String)],
}

impl TokenRequest<'_> {
    /// The HTTP request, with the default limits and connection; the caller sets others where an integration has them.
    ///
    /// Errors: `ConfigInvalid` for credentials that the chosen method cannot carry, or an additional parameter that the
    /// protocol sets itself.
    pub fn to_http(&self) -> Result<HttpRequest, Error> {
        parameters::check_extra(self.extra)?;
        let mut form = Form::default();
        self.grant.write(&mut form);
        for (name, value) in self.extra {
            form.push(name, value);
        }
        let authorization = self.client.authenticate(&mut form)?;
        // Without `Accept`, some servers answer form-encoded.
        let request = HttpRequest::new(Method::POST, self.endpoint.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .body(form.as_bytes());
        Ok(match authorization {
            Some(value) => request.secret_header(AUTHORIZATION, value),
            None => request,
        })
    }

    /// Every secret in the request, so that an error which quotes one of them can be masked.
    pub fn secrets(&self) -> Vec<&Secret> {
        let granted = match &self.grant {
            Grant::AuthorizationCode { code, verifier, .. } => [Some(*code), verifier.map(Verifier::secret)],
            Grant::Refresh { refresh_token } => [Some(*refresh_token), None],
        };
        granted.into_iter().flatten().chain(self.client.secret()).collect()
    }
}

impl Grant<'_> {
    fn write(&self, form: &mut Form) {
        match self {
            Grant::AuthorizationCode { code, redirect_uri, verifier } => {
                form.push("grant_type", "authorization_code");
                form.push("code", code.expose());
                form.push("redirect_uri", redirect_uri);
                if let Some(verifier) = verifier {
                    form.push("code_verifier", verifier.secret().expose());
                }
            }
            Grant::Refresh { refresh_token } => {
                form.push("grant_type", "refresh_token");
                form.push("refresh_token", refresh_token.expose());
            }
        }
    }
}
