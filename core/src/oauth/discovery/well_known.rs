//! Where a server's metadata is. Source: OpenID Connect Discovery §4.1, RFC 8414 §3.1.

use std::collections::VecDeque;

use url::Url;

use super::ServerMetadata;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::endpoints;

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// Which of the two well-known addresses an issuer uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WellKnown {
    /// OpenID Connect's: behind the issuer's path.
    #[default]
    OpenId,
    /// RFC 8414's: before the issuer's path.
    OAuth,
    /// OpenID Connect's, and RFC 8414's when there is nothing.
    Auto,
}

impl WellKnown {
    /// The address form that a setting names.
    ///
    /// Errors: `ConfigInvalid` for another name than `openid`, `oauth` and `auto`.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "openid" => Ok(WellKnown::OpenId),
            "oauth" => Ok(WellKnown::OAuth),
            "auto" => Ok(WellKnown::Auto),
            _ => Err(Error::new(Kind::ConfigInvalid, "the form of discovery is none of openid, oauth, auto")),
        }
    }

    /// The addresses to ask, in order.
    ///
    /// Errors: `ConfigInvalid` for an issuer that is not https, or has a query or fragment.
    pub fn addresses(self, issuer: &str, allow_insecure_http: bool) -> Result<Vec<Url>, Error> {
        let parsed = endpoints::parse("issuer", issuer, allow_insecure_http)?;
        if parsed.query().is_some() {
            return Err(Error::new(Kind::ConfigInvalid, "the issuer has a query"));
        }
        let path = parsed.path().strip_suffix('/').unwrap_or(parsed.path());
        let openid = with_path(&parsed, &format!("{path}{OPENID}"));
        let oauth = with_path(&parsed, &format!("{OAUTH}{path}"));
        Ok(match self {
            WellKnown::OpenId => vec![openid],
            WellKnown::OAuth => vec![oauth],
            WellKnown::Auto => vec![openid, oauth],
        })
    }
}

fn with_path(url: &Url, path: &str) -> Url {
    let mut url = url.clone();
    url.set_path(path);
    url
}

/// The search for a server's metadata: one address after the other.
#[derive(Clone, Debug)]
pub struct Search {
    current: Url,
    others: VecDeque<Url>,
    /// What an earlier address answered, if that says more than "nothing here".
    telling: Option<Error>,
}

/// How a search goes on.
#[derive(Debug)]
pub enum Searched {
    /// Here it is.
    Found(Box<ServerMetadata>),
    /// Ask the next address.
    Next(Search),
    /// There is no other address, or another one would not help.
    Failed(Error),
}

impl Search {
    /// A search below an issuer. Errors: as of [`WellKnown::addresses`].
    pub fn of_issuer(issuer: &str, form: WellKnown, allow_insecure_http: bool) -> Result<Self, Error> {
        let mut others = VecDeque::from(form.addresses(issuer, allow_insecure_http)?);
        match others.pop_front() {
            Some(current) => Ok(Self { current, others, telling: None }),
            None => Err(Error::new(Kind::Internal, "an issuer without a well-known address")),
        }
    }

    /// At one address, exactly as given.
    ///
    /// Errors: `ConfigInvalid` for an address that is not https.
    pub fn at(address: &str, allow_insecure_http: bool) -> Result<Self, Error> {
        let current = endpoints::parse("address of the metadata", address, allow_insecure_http)?;
        Ok(Self { current, others: VecDeque::new(), telling: None })
    }

    /// The address to ask now.
    pub fn address(&self) -> &Url {
        &self.current
    }

    /// This address and those that may be asked after it.
    pub fn addresses(&self) -> impl Iterator<Item = &Url> {
        std::iter::once(&self.current).chain(&self.others)
    }

    /// What follows from the answer at this address.
    pub fn after(mut self, answer: Result<ServerMetadata, Error>) -> Searched {
        let error = match answer {
            Ok(metadata) => return Searched::Found(Box::new(metadata)),
            Err(error) => error,
        };
        // A server that is down would answer the next address no better, and must not be mistaken for one without.
        let answered = error.http_status().is_none_or(|status| matches!(status, 200 | 400..500));
        let moves_on = answered && !error.kind().retryable();
        match self.others.pop_front() {
            Some(next) if moves_on => {
                let says_more = error.http_status().is_none_or(|status| status == 200);
                Searched::Next(Self { current: next, others: self.others, telling: says_more.then_some(error) })
            }
            _ => Searched::Failed(self.telling.unwrap_or(error)),
        }
    }
}
