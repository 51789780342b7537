//! What is known of a client and its server, for people who look for a mistake.

use serde_json::Value;

use super::Server;
use crate::oauth::endpoints::Endpoint;

impl Server {
    /// Names and values, in the order of a report; null for what is not set. No I/O, no secrets.
    pub(crate) fn report(&self) -> Vec<(String, Value)> {
        let known = self.known_offline();
        let mut lines: Vec<(String, Value)> = Vec::new();
        let mut say = |name: &str, value: Value| lines.push((name.to_owned(), value));
        say("client_id", self.settings.client_id.as_str().into());
        say("issuer", known.issuer.as_deref().into());
        say("metadata", if known.metadata.is_some() { "known" } else { "not asked yet" }.into());
        for endpoint in Endpoint::ALL {
            if let Some(url) = known.endpoints.get(*endpoint) {
                say(endpoint.member(), url.as_str().into());
            }
        }
        let method = self.auth_method(&known);
        say("auth_method", method.map_or_else(|error| error.message().into(), |method| method.name().into()));
        say("profile", self.profile.as_str().into());
        say("dpop", (self.settings.dpop || self.dialect.request.dpop).into());
        let connection = self.connection();
        say(
            "ca",
            connection.ca.as_ref().map_or_else(|| "the system's".into(), |path| path.display().to_string().into()),
        );
        let proxied = connection.proxies.https.is_some() || connection.proxies.http.is_some();
        say("proxy", if proxied { "from the environment" } else { "none" }.into());
        if let Some(token) = known.endpoints.get(Endpoint::Token) {
            say("clock_offset_s", self.server_time_unix_s(token).saturating_sub(self.now_unix_s()).into());
        }
        lines
    }
}
