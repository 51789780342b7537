//! What a person can do when the browser cannot reach this machine. Source: specs/oauth.md §3.4, L-19.

use super::{Environment, EnvironmentClass};

impl Environment {
    /// How the browser of another machine reaches the loopback listener on `port`: exact commands, one per line.
    ///
    /// Shape: empty where the browser is on this machine.
    pub fn port_forwarding(&self, port: u16) -> Vec<String> {
        if !matches!(self.class, EnvironmentClass::Hosted | EnvironmentClass::TunnelPossible) {
            return Vec::new();
        }
        let mut lines = Vec::new();
        if self.surroundings.vscode {
            lines.push(format!("VS Code forwards the port by itself; if it does not, add {port} on its tab Ports"));
        } else if let Some(ssh) = &self.surroundings.ssh {
            lines
                .push(format!("on the machine with the browser: ssh -L {port}:127.0.0.1:{port} {}", ssh.destination()));
        }
        if let (Some(_), false) = (self.surroundings.container, self.surroundings.vscode) {
            lines.push(format!("where the container is started: docker run -p 127.0.0.1:{port}:{port} …, with a fixed redirect URI http://localhost:{port}/ and the listener bound to any address"));
        }
        lines
    }
}

impl super::surroundings::Ssh {
    /// What to hand to `ssh`, as far as this side of the connection knows it.
    fn destination(&self) -> String {
        let host = self.server.map_or("<this machine>".into(), |(address, _)| address.to_canonical().to_string());
        let port = match self.server {
            Some((_, port)) if port != 22 => format!("-p {port} "),
            _ => String::new(),
        };
        let user = self.user.as_ref().map_or(String::new(), |user| format!("{user}@"));
        format!("{port}{user}{host}")
    }
}
