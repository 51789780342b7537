//! The ways in which a client can authenticate, and which to use when nobody said. Source: RFC 8414 §2, OpenID Connect
//! Core §9.

use serde::Deserialize;

/// How a client authenticates. Source: IANA registry of token endpoint authentication methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client.
    None,
    /// Id and secret in the body.
    ClientSecretPost,
    /// Id and secret in the `Authorization` header.
    ClientSecretBasic,
    /// A statement signed with the client's private key.
    PrivateKeyJwt,
    /// A statement signed with the client secret.
    ClientSecretJwt,
    /// Like `client_secret_post`, with a statement signed by the client's private key in the secret's place. In no
    /// registry.
    SignedSecret,
}

/// What a client can prove itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    None,
    /// A text that the server knows too.
    Secret,
    /// A private key.
    Key,
}

impl AuthMethod {
    /// The name in the registry, in metadata and in settings.
    pub const fn name(self) -> &'static str {
        match self {
            AuthMethod::None => "none",
            AuthMethod::ClientSecretPost => "client_secret_post",
            AuthMethod::ClientSecretBasic => "client_secret_basic",
            AuthMethod::PrivateKeyJwt => "private_key_jwt",
            AuthMethod::ClientSecretJwt => "client_secret_jwt",
            AuthMethod::SignedSecret => "signed_secret",
        }
    }

    /// The method with this name, if tokcore knows one.
    pub fn from_name(name: &str) -> Option<Self> {
        use AuthMethod::*;
        let all = [None, ClientSecretPost, ClientSecretBasic, PrivateKeyJwt, ClientSecretJwt, SignedSecret];
        all.into_iter().find(|method| method.name() == name)
    }

    /// Whether it signs something with the time in it.
    pub const fn signs(self) -> bool {
        matches!(self, AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt | AuthMethod::SignedSecret)
    }

    /// The method for a client that was given none. `supported` is the server's list, if it has one.
    ///
    /// A server without a list is not taken at the RFC's word, which would be Basic: most of them want the body.
    pub fn choose(credential: Credential, supported: Option<&[String]>) -> Self {
        let listed = |method: &AuthMethod| supported.is_some_and(|list| list.iter().any(|name| name == method.name()));
        match credential {
            Credential::None => AuthMethod::None,
            Credential::Key => AuthMethod::PrivateKeyJwt,
            Credential::Secret => {
                [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost, AuthMethod::ClientSecretJwt]
                    .into_iter()
                    .find(listed)
                    .unwrap_or(AuthMethod::ClientSecretPost)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_where_the_server_says_and_else_into_the_body() {
        let choose = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(|name| (*name).to_owned()).collect();
            AuthMethod::choose(Credential::Secret, Some(&list))
        };
        assert_eq!(choose(&["client_secret_post", "client_secret_basic"]), AuthMethod::ClientSecretBasic);
        assert_eq!(choose(&["client_secret_post"]), AuthMethod::ClientSecretPost);
        assert_eq!(choose(&["client_secret_jwt", "none"]), AuthMethod::ClientSecretJwt);
        assert_eq!(choose(&["none"]), AuthMethod::ClientSecretPost);
        assert_eq!(AuthMethod::choose(Credential::Secret, None), AuthMethod::ClientSecretPost);
    }
}
