//! Which addresses may be sent a secret. Source: RFC 6749 §3.1, §3.2.

use url::{Host, Url};

use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;

/// Checks that an endpoint is https, or plain http on this very machine, and has neither a fragment nor a user.
///
/// `role` names the endpoint in the message: "token endpoint". `allow_insecure_http`: the user accepts plain http from
/// any host.
///
/// Errors: `ConfigInvalid`; with [`Reason::InsecureEndpoint`] for plain http.
pub fn check(role: &str, url: &Url, allow_insecure_http: bool) -> Result<(), Error> {
    let refuse = |problem: &str| Error::new(Kind::ConfigInvalid, format!("the {role} {problem}"));
    if !url.has_host() {
        return Err(refuse("is no web address").with_hint("give the full address, beginning with https://"));
    }
    // What stands before an @ looks like the host to a hasty reader.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("has a user name in its address").with_hint("remove everything between // and @"));
    }
    if url.fragment().is_some() {
        return Err(refuse("has a fragment in its address").with_hint("remove # and what follows it"));
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if allow_insecure_http || is_this_machine(url) => Ok(()),
        "http" => Err(refuse("is not https").with_reason(Reason::InsecureEndpoint).with_hint(
            "use the https address; plain http is for loopback addresses, or with allow_insecure_http for experiments",
        )),
        _ => Err(refuse("is no web address").with_hint("give the full address, beginning with https://")),
    }
}

/// Whether the address is a loopback number or the name `localhost` itself.
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
