//! What is known of a client and its server, for people who look for a mistake.

use super::Server;
use crate::oauth::endpoints::Endpoint;

impl Server {
    /// Names and values, in the order of a report. No I/O, no secrets.
    pub(crate) fn report(&self) -> Vec<(String, String)> {
        let known = self.known_offline();
        let mut lines: Vec<(String, String)> = Vec::new();
        let mut say = |name: &str, value: String| lines.push((name.to_owned(), value));
        say("client_id", self.settings.client_id.clone());
        say("issuer", known.issuer.clone().unwrap_or_else(|| "not set".into()));
        let asked = if known.metadata.is_some() { "known" } else { "not asked yet" };
        say("metadata", asked.to_owned());
        for endpoint in Endpoint::ALL {
            if let Some(url) = known.endpoints.get(*endpoint) {
                say(endpoint.member(), url.to_string());
            }
        }
        let method = self.auth_method(&known);
        say("auth_method", method.map_or_else(|error| error.message().to_owned(), |method| method.name().to_owned()));
        say("profile", self.profile.clone());
        say("dpop", (self.settings.dpop || self.dialect.request.dpop).to_string());
        let connection = self.connection();
        say("ca", connection.ca.as_ref().map_or_else(|| "the system's".into(), |path| path.display().to_string()));
        let proxied = connection.proxies.https.is_some() || connection.proxies.http.is_some();
        say("proxy", if proxied { "from the environment".into() } else { "none".into() });
        if let Some(token) = known.endpoints.get(Endpoint::Token) {
            say("clock_offset_s", self.server_time_unix_s(token).saturating_sub(self.now_unix_s()).to_string());
        }
        lines
    }
}
