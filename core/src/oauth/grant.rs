//! What is given in exchange for a token. Source: RFC 6749 §4.1.3, §4.3, §4.4, §6; RFC 7523, RFC 8628, RFC 8693.

use super::form::Form;
use super::pkce::Verifier;
use super::token_exchange::Exchange;
use crate::error::Error;
use crate::secret::Secret;

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
    /// A refresh token. Give the request no scopes: some servers narrow the grant or refuse it.
    Refresh {
        /// The newest refresh token of the grant.
        refresh_token: &'a Secret,
    },
    /// Nothing but the client itself.
    ClientCredentials,
    /// A person's name and password, which the program gets to see; only for servers that offer nothing else.
    Password {
        /// The person's name.
        username: &'a str,
        /// The person's password.
        password: &'a Secret,
    },
    /// A signed statement about whom the token is for. Source: RFC 7523 §2.1.
    JwtBearer {
        /// The compact JWS, made for this one request.
        assertion: &'a Secret,
    },
    /// Another token. Source: RFC 8693.
    TokenExchange(&'a Exchange<'a>),
    /// The code of a device whose owner signs in elsewhere. Source: RFC 8628 §3.4.
    DeviceCode {
        /// The device's code.
        device_code: &'a Secret,
        /// The secret half of PKCE, if the device request had the other.
        verifier: Option<&'a Verifier>,
    },
    /// Whatever a server understands.
    Other {
        /// The value of `grant_type`.
        grant_type: &'a str,
        /// Its parameters, any of which may be a secret.
        parameters: &'a [(String, Secret)],
    },
}

impl Grant<'_> {
    /// The value of `grant_type`.
    pub fn grant_type(&self) -> &str {
        match self {
            Grant::AuthorizationCode { .. } => "authorization_code",
            Grant::Refresh { .. } => "refresh_token",
            Grant::ClientCredentials => "client_credentials",
            Grant::Password { .. } => "password",
            Grant::JwtBearer { .. } => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Grant::TokenExchange(_) => "urn:ietf:params:oauth:grant-type:token-exchange",
            Grant::DeviceCode { .. } => "urn:ietf:params:oauth:grant-type:device_code",
            Grant::Other { grant_type, .. } => grant_type,
        }
    }

    /// Whether it is a refresh.
    pub(super) fn is_refresh(&self) -> bool {
        matches!(self, Grant::Refresh { .. })
    }

    /// Every secret in it, so that an error which quotes one of them can be masked.
    pub fn secrets(&self) -> Vec<&Secret> {
        match self {
            Grant::AuthorizationCode { code, verifier, .. } => with_verifier(code, *verifier),
            Grant::Refresh { refresh_token } => vec![refresh_token],
            Grant::ClientCredentials => Vec::new(),
            Grant::Password { password, .. } => vec![password],
            Grant::JwtBearer { assertion } => vec![assertion],
            Grant::TokenExchange(exchange) => exchange.secrets(),
            Grant::DeviceCode { device_code, verifier } => with_verifier(device_code, *verifier),
            Grant::Other { parameters, .. } => parameters.iter().map(|(_, value)| value).collect(),
        }
    }

    /// Writes everything but `grant_type`.
    pub(super) fn write(&self, form: &mut Form) -> Result<(), Error> {
        match self {
            Grant::AuthorizationCode { code, redirect_uri, verifier } => {
                form.push("code", code.expose());
                form.push("redirect_uri", redirect_uri);
                write_verifier(form, *verifier);
            }
            Grant::Refresh { refresh_token } => form.push("refresh_token", refresh_token.expose()),
            Grant::ClientCredentials => {}
            Grant::Password { username, password } => {
                form.push("username", username);
                form.push("password", password.expose());
            }
            Grant::JwtBearer { assertion } => form.push("assertion", assertion.expose()),
            Grant::TokenExchange(exchange) => exchange.write(form)?,
            Grant::DeviceCode { device_code, verifier } => {
                form.push("device_code", device_code.expose());
                write_verifier(form, *verifier);
            }
            Grant::Other { parameters, .. } => {
                for (name, value) in *parameters {
                    form.push(name, value.expose());
                }
            }
        }
        Ok(())
    }
}

fn with_verifier<'a>(secret: &'a Secret, verifier: Option<&'a Verifier>) -> Vec<&'a Secret> {
    [Some(secret), verifier.map(Verifier::secret)].into_iter().flatten().collect()
}

fn write_verifier(form: &mut Form, verifier: Option<&Verifier>) {
    if let Some(verifier) = verifier {
        form.push("code_verifier", verifier.secret().expose());
    }
}
