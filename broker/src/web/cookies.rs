//! The page's cookies. Source: specs/workbench.md §4.3, §4.10.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::app::App;

/// Which cookie.
#[derive(Clone, Copy, Debug)]
pub enum Cookie {
    /// The web session.
    Session,
    /// The open sign-ins.
    Flow,
}

impl Cookie {
    /// Its name. Over https the prefix makes browsers refuse it from anybody but this very host; over plain http on
    /// loopback it cannot be used, and as cookies are not separated by port, the instance's own name has to do that.
    fn name(self, app: &App) -> String {
        let what = match self {
            Self::Session => "session",
            Self::Flow => "flow",
        };
        match app.addresses.secure {
            true => format!("__Host-tokcore_{what}"),
            false => format!("tokcore_{what}_{}", app.ledger.store().instance()),
        }
    }

    /// Its value in a request.
    pub fn read(self, app: &App, headers: &HeaderMap) -> Option<String> {
        let name = self.name(app);
        let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
    }

    /// The header that sets it; `None` as the age makes it last as long as the browser runs.
    pub fn set(self, app: &App, value: &str, max_age_s: Option<u32>) -> HeaderValue {
        let name = self.name(app);
        let secure = if app.addresses.secure { "; Secure" } else { "" };
        let age = max_age_s.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        let mut header = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }

    /// The header that removes it.
    pub fn clear(self, app: &App) -> HeaderValue {
        self.set(app, "", Some(0))
    }
}
