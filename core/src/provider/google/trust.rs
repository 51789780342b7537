//! Which addresses a file of credentials may send secrets to. Source: specs, trust rules.
//!
//! Whoever can make somebody use a file of theirs could otherwise have a proof of identity sent to a server of theirs.

use url::Url;

use super::{Trust, Wish};
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::endpoint_url;
use crate::reason::Reason;

/// What an address in a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Where a service account's statement is exchanged.
    Token,
    /// Where somebody else's token is exchanged.
    Sts,
    /// Where the identity of a service account is taken on.
    Impersonation,
}

impl Role {
    /// As messages name the address.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Token => "token address",
            Role::Sts => "token exchange address",
            Role::Impersonation => "impersonation address",
        }
    }

    fn service(self) -> &'static str {
        match self {
            Role::Token => "oauth2",
            Role::Sts => "sts",
            Role::Impersonation => "iamcredentials",
        }
    }

    /// Whether this host has that role in this cloud.
    fn is_at(self, host: &str, universe: &str) -> bool {
        let Some(name) = host.strip_suffix(universe).and_then(|name| name.strip_suffix('.')) else {
            // Keys from before 2018 name the host of the sign-in page.
            return self == Role::Token && universe == super::DEFAULT_UNIVERSE && host == "accounts.google.com";
        };
        match self {
            Role::Token => true,
            Role::Sts | Role::Impersonation => is_service(name, self.service()),
        }
    }
}

/// Whether `name` is `service`, or one of its variants: `service.mtls`, `service.<region>`, `service.<region>.rep`,
/// `service.mtls.<region>.rep`, `<region>-service`.
fn is_service(name: &str, service: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    match labels.as_slice() {
        [one] => {
            *one == service || one.strip_suffix(service).is_some_and(|before| before.len() > 1 && before.ends_with('-'))
        }
        [first, rest @ ..] if *first == service => {
            let place = rest.strip_suffix(&["rep"]).unwrap_or(rest);
            !place.is_empty() && place.len() <= 2 && place.iter().all(|label| !label.is_empty())
        }
        _ => false,
    }
}

/// How far a file of the cloud `universe` is trusted. A file that sends proofs of identity somewhere does not vouch for its
/// own cloud: somebody else has to have named it.
///
/// Errors: `ConfigInvalid`, with the reason `UntrustedAddress`.
pub(crate) fn of_cloud(universe: &str, wish: &Wish) -> Result<Trust, Error> {
    let is_known = universe == super::DEFAULT_UNIVERSE || wish.universe_domain.as_deref() == Some(universe);
    if is_known || wish.trust == Trust::Custom {
        return Ok(wish.trust);
    }
    Err(Error::new(Kind::ConfigInvalid, format!("the file is of the cloud {universe}, which nobody else has named"))
        .with_reason(Reason::UntrustedAddress)
        .with_hint(format!(
            "if you use that cloud, say so: universe_domain = {universe}, or GOOGLE_CLOUD_UNIVERSE_DOMAIN in the environment; \
             else do not use this file"
        )))
}

/// The address `text` that a file names, once it is one that may be sent secrets: of this cloud, or of anybody where the
/// caller trusts the file.
///
/// Errors: `ConfigInvalid`, with the reason `UntrustedAddress` for somebody else's.
pub(crate) fn check(role: Role, text: &str, universe: &str, trust: Trust) -> Result<Url, Error> {
    let malformed = |_| Error::new(Kind::ConfigInvalid, format!("the {} is no web address", role.name()));
    let url = Url::parse(text).map_err(malformed)?;
    endpoint_url::check(role.name(), &url, false)?;
    let is_the_clouds = || {
        let host = url.host_str().unwrap_or_default();
        url.scheme() == "https" && url.port().is_none() && role.is_at(host, universe)
    };
    if trust == Trust::Custom || is_the_clouds() {
        return Ok(url);
    }
    let host = url.origin().ascii_serialization();
    Err(Error::new(Kind::ConfigInvalid, format!("the {} is {host}, which does not belong to {universe}", role.name()))
        .with_reason(Reason::UntrustedAddress)
        .with_hint(
            "use the file as Google gives it; if you know who runs that server, and trust it with this identity, allow it \
             with trust = custom",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_trusted(role: Role, url: &str) -> bool {
        check(role, url, "googleapis.com", Trust::Google).is_ok()
    }

    #[test]
    fn a_clouds_own_addresses_are_trusted_in_all_variants() {
        for host in ["sts", "sts.mtls", "sts.europe-west3", "sts.us-east1.rep", "sts.mtls.us-east1.rep", "us-east1-sts"]
        {
            assert!(is_trusted(Role::Sts, &format!("https://{host}.googleapis.com/v1/token")), "{host}");
            let host = host.replace("sts", "iamcredentials");
            assert!(is_trusted(Role::Impersonation, &format!("https://{host}.googleapis.com/v1/x")), "{host}");
        }
        for url in ["https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token"] {
            assert!(is_trusted(Role::Token, url), "{url}");
        }
        assert!(check(Role::Sts, "https://sts.cloud.example/v1/token", "cloud.example", Trust::Google).is_ok());
    }

    #[test]
    fn what_only_looks_like_them_is_not() {
        for url in [
            "https://sts.googleapis.com.evil.example/v1/token",
            "https://evilsts.googleapis.com/v1/token",
            "https://-sts.googleapis.com/v1/token",
            "https://stsgoogleapis.com/v1/token",
            "https://googleapis.com/v1/token",
            "https://sts..googleapis.com/v1/token",
            "https://sts.rep.googleapis.com.evil.example/",
            "https://a.sts.googleapis.com/v1/token",
            "https://sts.a.b.c.googleapis.com/v1/token",
            "https://sts.googleapis.com:8443/v1/token",
            "https://storage.googleapis.com/v1/token",
            "https://sts.cloud.example/v1/token",
            "http://127.0.0.1:8080/v1/token",
        ] {
            let refused = check(Role::Sts, url, "googleapis.com", Trust::Google).expect_err(url);
            assert_eq!(refused.reason(), Some(Reason::UntrustedAddress), "{url}");
            assert!(check(Role::Sts, url, "googleapis.com", Trust::Custom).is_ok(), "{url}");
        }
        let elsewhere =
            check(Role::Token, "https://accounts.google.com/o/oauth2/token", "cloud.example", Trust::Google);
        assert_eq!(elsewhere.expect_err("another cloud").reason(), Some(Reason::UntrustedAddress));
    }

    #[test]
    fn nobody_is_sent_a_secret_in_the_clear() {
        for url in ["http://sts.googleapis.com/v1/token", "https://me@sts.googleapis.com/", "nonsense"] {
            for trust in [Trust::Google, Trust::Custom] {
                let refused = check(Role::Sts, url, "googleapis.com", trust).expect_err(url);
                assert_eq!(refused.kind(), Kind::ConfigInvalid, "{url}");
            }
        }
    }
}
