//! Which way of client authentication to use when nobody said. Source: RFC 8414 §2, OpenID Connect Core §9.

pub use super::dialect::AuthMethod;

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
    /// The name in the registry, in metadata and in configuration.
    pub fn name(self) -> &'static str {
        match self {
            AuthMethod::None => "none",
            AuthMethod::ClientSecretPost => "client_secret_post",
            AuthMethod::ClientSecretBasic => "client_secret_basic",
            AuthMethod::ClientSecretJwt => "client_secret_jwt",
            AuthMethod::PrivateKeyJwt => "private_key_jwt",
            AuthMethod::SignedSecret => "signed_secret",
        }
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
    fn what_the_client_has_and_the_server_lists_decide() {
        let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let chosen =
            |credential, supported: Option<Vec<String>>| AuthMethod::choose(credential, supported.as_deref()).name();
        assert_eq!(chosen(Credential::None, list(&["client_secret_basic"])), "none");
        assert_eq!(chosen(Credential::Key, list(&["client_secret_basic"])), "private_key_jwt");
        assert_eq!(chosen(Credential::Secret, None), "client_secret_post");
        assert_eq!(
            chosen(Credential::Secret, list(&["client_secret_post", "client_secret_basic"])),
            "client_secret_basic"
        );
        assert_eq!(chosen(Credential::Secret, list(&["client_secret_post"])), "client_secret_post");
        assert_eq!(chosen(Credential::Secret, list(&["private_key_jwt", "client_secret_jwt"])), "client_secret_jwt");
        assert_eq!(chosen(Credential::Secret, list(&["tls_client_auth"])), "client_secret_post");
        assert_eq!(chosen(Credential::Secret, list(&[])), "client_secret_post");
    }
}
