//! How the client proves to the token endpoint who it is. Source: RFC 6749 §2.3.1.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::auth_method::AuthMethod;
use super::form::{self, Form};
use super::warning::Warning;
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

/// Source: RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How id and secret are written before they become Basic credentials.
///
/// The RFC wants them form-encoded; many servers compare the undecoded text. For letters, digits and `* - . _` both
/// are the same, which is why the difference hides until a secret contains `+ / = : %`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasicEncoding {
    /// Each form-encoded, as RFC 6749 says.
    #[default]
    #[serde(rename = "form")]
    Rfc6749,
    /// As they are, as RFC 7617 says.
    Raw,
    /// Form-encoded but for the space, which becomes `%20`: for servers that decode nothing but percent signs.
    Percent,
}

/// The method of client authentication: exactly one per request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// A public client: only `client_id`, in the body.
    None,
    /// `client_secret_post`: id and secret in the body.
    Post(Secret),
    /// `client_secret_basic`: id and secret in the `Authorization` header, neither in the body.
    Basic(Secret, BasicEncoding),
    /// `private_key_jwt` or `client_secret_jwt`: a signed statement made for this one request
    /// ([`super::client_assertion`]).
    Assertion {
        /// The compact JWS.
        jwt: Secret,
        /// Whether `client_id` is sent too; some servers route by it.
        send_client_id: bool,
    },
}

impl ClientAuth {
    /// The way in which a client with this secret, or without one, carries out `method`; and whether the secret goes
    /// unused, which is worth a word to whoever configured it.
    ///
    /// Errors: `ConfigInvalid` when the method needs a secret that is not there, or a statement that has to be signed for
    /// each request.
    pub fn with_secret(
        method: AuthMethod,
        secret: Option<Secret>,
        encoding: BasicEncoding,
    ) -> Result<(Self, Option<Warning>), Error> {
        let refuse = |message| Error::new(Kind::ConfigInvalid, message);
        let needed = |secret: Option<Secret>| {
            secret.ok_or_else(|| {
                refuse("this authentication method needs a client secret")
                    .with_hint("give the secret, or use the method none")
            })
        };
        Ok(match method {
            AuthMethod::None => (ClientAuth::None, secret.map(|_| Warning::SecretUnused)),
            AuthMethod::ClientSecretPost => (ClientAuth::Post(needed(secret)?), None),
            AuthMethod::ClientSecretBasic => (ClientAuth::Basic(needed(secret)?, encoding), None),
            AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt | AuthMethod::SignedSecret => {
                return Err(refuse("this authentication method needs a statement signed for each request"));
            }
        })
    }
}

/// A client as the authorization server has it registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredClient {
    /// `client_id`.
    pub id: String,
    /// How it authenticates.
    pub auth: ClientAuth,
}

/// A client's proof of who it is, for a request that the caller makes.
#[derive(Clone, Debug, Default)]
pub struct Authentication {
    /// Header fields to add.
    pub headers: Vec<(String, Secret)>,
    /// Body parameters to add.
    pub parameters: Vec<(String, Secret)>,
}

impl RegisteredClient {
    /// Writes the client's part of the body; gives the `Authorization` header when the method has one.
    pub(super) fn authenticate(&self, form: &mut Form) -> Result<Option<HeaderValue>, Error> {
        match &self.auth {
            ClientAuth::None => form.push("client_id", &self.id),
            ClientAuth::Post(secret) => {
                form.push("client_id", &self.id);
                form.push("client_secret", secret.expose());
            }
            ClientAuth::Basic(secret, encoding) => {
                return basic_header(&self.id, secret, *encoding).map(Some);
            }
            ClientAuth::Assertion { jwt, send_client_id } => {
                form.push("client_assertion_type", ASSERTION_TYPE);
                form.push("client_assertion", jwt.expose());
                if *send_client_id {
                    form.push("client_id", &self.id);
                }
            }
        }
        Ok(None)
    }

    /// The same, for a request that somebody else makes.
    pub(crate) fn written(&self) -> Result<Authentication, Error> {
        let mut form = Form::default();
        let header = self.authenticate(&mut form)?.and_then(|value| value.to_str().ok().map(Secret::new));
        let pairs = form::split(form.as_str());
        let decoded = pairs.filter_map(|(name, value)| Some((form::decode(name)?, form::decode(value)?)));
        Ok(Authentication {
            headers: header.map(|value| (AUTHORIZATION.as_str().to_owned(), value)).into_iter().collect(),
            parameters: decoded.map(|(name, value)| (name.to_string(), Secret::new(value.as_str()))).collect(),
        })
    }

    /// What the client proves itself with, if it does.
    pub fn secret(&self) -> Option<&Secret> {
        match &self.auth {
            ClientAuth::None => None,
            ClientAuth::Post(secret) | ClientAuth::Basic(secret, _) | ClientAuth::Assertion { jwt: secret, .. } => {
                Some(secret)
            }
        }
    }

    /// Whether the two Basic encodings differ for this client, so that a refusal may only mean the other one is wanted.
    pub fn basic_encoding_matters(&self) -> bool {
        match &self.auth {
            ClientAuth::Basic(secret, _) => {
                *form::encode(&self.id) != self.id || form::encode(secret.expose()).as_str() != secret.expose()
            }
            _ => false,
        }
    }
}

/// The value of `Authorization`, marked sensitive.
///
/// Errors: `ConfigInvalid` in raw encoding for a colon in the id, which would end it early, and for control characters.
pub fn basic_header(id: &str, secret: &Secret, encoding: BasicEncoding) -> Result<HeaderValue, Error> {
    let pair = Zeroizing::new(match encoding {
        BasicEncoding::Rfc6749 => format!("{}:{}", *form::encode(id), *form::encode(secret.expose())),
        BasicEncoding::Percent => {
            let percent = |text: &str| Zeroizing::new(form::encode(text).replace('+', "%20"));
            format!("{}:{}", *percent(id), *percent(secret.expose()))
        }
        BasicEncoding::Raw => {
            check_raw(id, secret)?;
            format!("{id}:{}", secret.expose())
        }
    });
    let text = Zeroizing::new(format!("Basic {}", *Zeroizing::new(STANDARD.encode(pair.as_bytes()))));
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| Error::new(Kind::Internal, "base64 text was refused as a header value"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn check_raw(id: &str, secret: &Secret) -> Result<(), Error> {
    let refuse = |message| Err(Error::new(Kind::ConfigInvalid, message).with_hint("set basic_encoding to form"));
    if id.contains(':') {
        return refuse("a client id with a colon cannot be sent with raw basic encoding");
    }
    if id.chars().chain(secret.expose().chars()).any(char::is_control) {
        return refuse("a client id or secret with a control character cannot be sent with raw basic encoding");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str, secret: &str) -> RegisteredClient {
        RegisteredClient { id: id.into(), auth: ClientAuth::Basic(Secret::new(secret), BasicEncoding::Rfc6749) }
    }

    #[test]
    fn the_encoding_matters_only_for_special_characters_in_basic() {
        assert!(!client("id-1._*", "s3cret").basic_encoding_matters());
        assert!(client("id", "a+b").basic_encoding_matters());
        assert!(client("a:b", "s3cret").basic_encoding_matters());
        let post = RegisteredClient { id: "a:b".into(), auth: ClientAuth::Post(Secret::new("a+b")) };
        assert!(!post.basic_encoding_matters());
    }

    #[test]
    fn no_print_shows_the_secret() {
        let printed = format!(
            "{:?} {:?}",
            client("id", "canary"),
            basic_header("id", &Secret::new("canary"), BasicEncoding::Raw)
        );
        assert!(!printed.contains("canary") && !printed.contains("aWQ6Y2FuYXJ5"), "{printed}");
    }
}
