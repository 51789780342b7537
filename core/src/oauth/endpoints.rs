//! The addresses of an authorization server, and which addresses are fit to be one. Source: RFC 6749 §3.1, §3.2.

use std::collections::BTreeMap;

use url::Url;

use super::endpoint_url;
use crate::error::Error;
use crate::kinds::Kind;

macro_rules! endpoints {
    ($($(#[doc = $meaning:literal])+ $name:ident = $member:literal, $words:literal;)+) => {
        /// What an address is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Endpoint {
            $($(#[doc = $meaning])+ $name,)+
        }

        impl Endpoint {
            /// Every endpoint.
            pub const ALL: &'static [Endpoint] = &[$(Endpoint::$name,)+];

            /// Its name in a metadata document. Source: RFC 8414 §2, RFC 8628 §4, RFC 9126 §5.
            pub const fn member(self) -> &'static str {
                match self { $(Endpoint::$name => $member,)+ }
            }

            /// Its name in a sentence.
            pub const fn words(self) -> &'static str {
                match self { $(Endpoint::$name => $words,)+ }
            }
        }
    };
}

endpoints! {
    /// Where the browser goes.
    Authorization = "authorization_endpoint", "authorization endpoint";
    /// Where tokens come from.
    Token = "token_endpoint", "token endpoint";
    /// Where the device flow begins.
    DeviceAuthorization = "device_authorization_endpoint", "device authorization endpoint";
    /// Where tokens are given back.
    Revocation = "revocation_endpoint", "revocation endpoint";
    /// Where tokens are asked about.
    Introspection = "introspection_endpoint", "introspection endpoint";
    /// Where an authorization request is left before the browser goes.
    PushedAuthorization = "pushed_authorization_request_endpoint", "pushed authorization request endpoint";
    /// Where clients are registered.
    Registration = "registration_endpoint", "registration endpoint";
    /// Who the person is.
    Userinfo = "userinfo_endpoint", "userinfo endpoint";
    /// The server's public keys.
    Jwks = "jwks_uri", "key set";
    /// Where the browser goes to sign out.
    EndSession = "end_session_endpoint", "end session endpoint";
}

/// The known addresses of one authorization server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints(BTreeMap<Endpoint, Url>);

impl Endpoints {
    /// Adds or replaces an address, which has passed [`parse`].
    pub fn set(&mut self, endpoint: Endpoint, url: Url) {
        self.0.insert(endpoint, url);
    }

    /// An address, if it is known.
    pub fn get(&self, endpoint: Endpoint) -> Option<&Url> {
        self.0.get(&endpoint)
    }

    /// Some address of the server, by which its host can be told.
    pub fn any(&self) -> Option<&Url> {
        self.0.values().next()
    }

    /// An address without which the caller cannot go on.
    ///
    /// Errors: `ConfigInvalid`, naming the endpoint.
    pub fn require(&self, endpoint: Endpoint) -> Result<&Url, Error> {
        self.get(endpoint).ok_or_else(|| {
            Error::new(Kind::ConfigInvalid, format!("the authorization server has no known {}", endpoint.words()))
                .with_hint("give its URL with the client, or an issuer whose metadata names it")
        })
    }

    /// These addresses, and those of `metadata` where these are silent: what a client was told explicitly wins.
    pub fn or(mut self, metadata: &Endpoints) -> Self {
        for (endpoint, url) in &metadata.0 {
            self.0.entry(*endpoint).or_insert_with(|| url.clone());
        }
        self
    }
}

/// The address that somebody wrote down; `what` names it in errors: "token endpoint".
///
/// Errors: `ConfigInvalid`, with the reason `insecure_endpoint` for http to another machine. The address itself is not
/// quoted: it may hold a password.
pub fn parse(what: &str, text: &str, allow_insecure_http: bool) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|_| {
        Error::new(Kind::ConfigInvalid, format!("the {what} is no absolute URL"))
            .with_hint("give the full address, beginning with https://")
    })?;
    endpoint_url::check(what, &url, allow_insecure_http).map(|()| url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;

    #[test]
    fn only_https_and_this_machine_are_fit() {
        let refused = |text, insecure| parse("issuer", text, insecure).err().map(|error| error.reason());
        for fit in ["https://as.example/token?tenant=1", "http://127.0.0.1:8080/token", "http://localhost/"] {
            assert_eq!(refused(fit, false), None, "{fit}");
        }
        assert_eq!(refused("http://as.example/token", false), Some(Some(Reason::InsecureEndpoint)));
        assert_eq!(refused("http://as.example/token", true), None);
        for unfit in
            ["http://127.0.0.1@as.example/", "https://me:pw@as.example/", "https://as.example/#x", "/x", "file:///x"]
        {
            assert_eq!(refused(unfit, true), Some(None), "{unfit}");
        }
    }

    #[test]
    fn what_was_told_explicitly_wins() {
        let url = |text| Url::parse(text).expect("a URL");
        let mut told = Endpoints::default();
        told.set(Endpoint::Token, url("https://told.example/token"));
        let mut metadata = Endpoints::default();
        metadata.set(Endpoint::Token, url("https://as.example/token"));
        metadata.set(Endpoint::Jwks, url("https://as.example/jwks"));
        let both = told.or(&metadata);
        assert_eq!(both.get(Endpoint::Token), Some(&url("https://told.example/token")));
        assert_eq!(both.get(Endpoint::Jwks), Some(&url("https://as.example/jwks")));
        let missing = both.require(Endpoint::Revocation).expect_err("nobody named it");
        assert_eq!(missing.message(), "the authorization server has no known revocation endpoint");
    }
}
