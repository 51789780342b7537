//! Endpoint URLs: strict where the usual parsers repair, and never pointing into the machine's own network by accident.
//!
//! Source: specs/workbench.md §3.2 rule 10, threat T07.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// What the broker adds to an authorization request; a URL that brings one along would be ambiguous.
pub const RESERVED: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "client_secret",
];

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The public internet.
    Public,
    /// This machine.
    Loopback,
    /// A private or carrier network.
    Private,
    /// Link-local, metadata, multicast or unspecified: never a provider.
    Special,
}

/// Where an address leads; IPv4 addresses inside IPv6 ones are looked through.
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let [a, b, ..] = address.octets();
    let carrier = a == 100 && (64..128).contains(&b);
    if address.is_loopback() {
        Reach::Loopback
    } else if address.is_link_local() || address.is_multicast() || address.is_broadcast() || a == 0 {
        Reach::Special
    } else if address.is_private() || carrier {
        Reach::Private
    } else {
        Reach::Public
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    // The NAT64 prefix 64:ff9b::/96 reaches IPv4 hosts as well.
    let segments = address.segments();
    let nat64 = segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
    let [.., a, b, c, d] = address.octets();
    if let Some(inner) = address.to_ipv4_mapped().or(nat64.then(|| Ipv4Addr::new(a, b, c, d))) {
        reach_v4(inner)
    } else if address.is_loopback() {
        Reach::Loopback
    } else if address.is_unspecified() || address.is_multicast() || address.is_unicast_link_local() {
        Reach::Special
    } else if address.is_unique_local() {
        Reach::Private
    } else {
        Reach::Public
    }
}

/// What the configuration permits beyond the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allow {
    /// Plain http to hosts other than loopback.
    pub insecure_http: bool,
    /// Literal private and link-local addresses.
    pub private_network: bool,
}

/// Reads the URL that the *browser* visits.
///
/// Errors: what is wrong, in words that do not quote the URL.
pub fn authorization(text: &str, allow: Allow) -> Result<Url, String> {
    let url = endpoint(text, allow)?;
    match url.query_pairs().find(|(name, _)| RESERVED.contains(&name.as_ref())) {
        Some((name, _)) => Err(format!("its query sets {name}, which tokcore sets itself")),
        None => Ok(url),
    }
}

/// Reads a URL that the *broker* calls: token and revocation endpoints.
///
/// Errors: as for [`authorization`]; also literal addresses that no provider has.
pub fn outgoing(text: &str, allow: Allow) -> Result<Url, String> {
    let url = endpoint(text, allow)?;
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        _ => None,
    };
    match literal.map(reach) {
        Some(Reach::Special | Reach::Private) if !allow.private_network => {
            Err("a private or link-local address; if it is meant, set allow-private-network in integrations.toml"
                .into())
        }
        _ => Ok(url),
    }
}

fn endpoint(text: &str, allow: Allow) -> Result<Url, String> {
    let lower = text.to_ascii_lowercase();
    // The URL parser repairs `https:a/x`, back-slashes and blanks; a typing error must not become another host.
    let rest = lower.strip_prefix("https://").or(lower.strip_prefix("http://"));
    let Some(rest) = rest else { return Err("not an absolute https:// URL".into()) };
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err("holds a blank or a back-slash".into());
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("must not hold a user name or password".into());
    }
    if authority.is_empty() {
        return Err("has no host".into());
    }
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if url.fragment().is_some() {
        return Err("must not have a # fragment".into());
    }
    if url.port() == Some(0) {
        return Err("port 0 does not exist".into());
    }
    if url.scheme() == "http" && !allow.insecure_http && !is_loopback(&url) {
        return Err("not https; plain http is for loopback addresses only".into());
    }
    Ok(url)
}

/// Whether the host is this machine, by literal address or the name `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Scheme, host and port: what stands for the issuer where none is configured.
pub fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_looked_through() {
        for (text, wanted) in [
            ("8.8.8.8", Reach::Public),
            ("127.9.9.9", Reach::Loopback),
            ("10.0.0.1", Reach::Private),
            ("100.100.100.200", Reach::Private),
            ("169.254.169.254", Reach::Special),
            ("0.0.0.0", Reach::Special),
            ("::1", Reach::Loopback),
            ("::ffff:169.254.169.254", Reach::Special),
            ("64:ff9b::a9fe:a9fe", Reach::Special),
            ("fe80::1", Reach::Special),
            ("fd00:ec2::254", Reach::Private),
            ("2001:4860:4860::8888", Reach::Public),
        ] {
            assert_eq!(reach(text.parse().unwrap()), wanted, "{text}");
        }
    }

    #[test]
    fn repaired_spellings_are_refused() {
        for text in
            ["https:a/x", "https:///x", "https:\\\\a\\x", "https://a /x", "https://@a/x", "https://a:0/", "ftp://a/"]
        {
            assert!(authorization(text, Allow::default()).is_err(), "{text}");
        }
        // Other spellings of the metadata address are the same address.
        for text in ["https://0xa9fea9fe/t", "https://2852039166/t", "https://[::ffff:a9fe:a9fe]/t"] {
            assert!(outgoing(text, Allow::default()).is_err(), "{text}");
            assert!(outgoing(text, Allow { private_network: true, ..Allow::default() }).is_ok(), "{text}");
        }
    }

    #[test]
    fn host_names_become_ascii() {
        assert_eq!(
            origin(&authorization("https://bücher.example:8443/x", Allow::default()).unwrap()),
            "https://xn--bcher-kva.example:8443"
        );
    }
}
