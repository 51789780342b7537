//! What surrounds a request: authorities, proxies, addresses.

use std::path::Path;

use serde::Serialize;
use tokcore::Context;
use tokcore::transport::Proxies;
use url::Url;

use super::Lines;

/// What decides how the server is reached, as far as it can be seen without asking it.
#[derive(Serialize)]
pub struct Surroundings {
    pub tokcore_version: &'static str,
    pub workbench_version: Option<String>,
    pub server_address: Option<String>,
    ca_bundle: String,
    http_proxy: Option<String>,
    https_proxy: Option<String>,
    no_proxy: Option<String>,
}

impl Surroundings {
    /// As the environment says. `ca`: the authorities that the command names.
    pub fn look(ca: Option<&Path>) -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let named = ca.map(|path| format!("{} (--ca)", path.display()));
        let bundle = |name: &str| variable(name).map(|path| format!("{path} ({name})"));
        let proxies = Proxies::from_env(&Context::os());
        Self {
            tokcore_version: env!("CARGO_PKG_VERSION"),
            workbench_version: variable("RSTUDIO_VERSION"),
            server_address: variable("RS_SERVER_ADDRESS").or_else(|| variable("CONNECT_SERVER")).map(|a| redacted(&a)),
            ca_bundle: named
                .or_else(|| bundle("REQUESTS_CA_BUNDLE"))
                .or_else(|| bundle("CURL_CA_BUNDLE"))
                .unwrap_or_else(|| "the system's".to_owned()),
            http_proxy: proxies.http.as_deref().map(redacted),
            https_proxy: proxies.https.as_deref().map(redacted),
            no_proxy: proxies.exceptions,
        }
    }

    /// Names and values, of what decides about the connection.
    pub fn lines(&self) -> Lines<'static> {
        let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
        vec![
            ("authorities", self.ca_bundle.clone()),
            ("http proxy", or_none(&self.http_proxy)),
            ("https proxy", or_none(&self.https_proxy)),
            ("no proxy", or_none(&self.no_proxy)),
        ]
    }
}

/// An address without the user name and password that proxies are given in it.
fn redacted(address: &str) -> String {
    let with_scheme = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let Ok(mut url) = Url::parse(&with_scheme) else { return "set, but not an address".to_owned() };
    if url.username().is_empty() && url.password().is_none() {
        return address.split('?').next().unwrap_or_default().to_owned();
    }
    // Both only fail for addresses that cannot have a user name, which this one has.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    format!("{url} (with user name or password, not shown)")
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn a_proxys_password_is_not_shown() {
        for text in ["http://user:hunter2@proxy:3128", "user:hunter2@proxy:3128", "http://hunter2@proxy"] {
            let shown = redacted(text);
            assert!(!shown.contains("hunter2") && shown.contains("proxy"), "{shown}");
        }
        assert_eq!(redacted("http://proxy:3128/?key=hunter2"), "http://proxy:3128/");
        assert_eq!(redacted("proxy:3128"), "proxy:3128");
    }
}
