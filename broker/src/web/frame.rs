//! What all pages share: header, notice, style.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::secure::{SCRIPT, STYLE};
use crate::app::App;

/// The frame around a page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Path before every link.
    pub base: String,
    /// Which entry of the navigation this is.
    pub page: &'static str,
    /// For forms; `None` when nobody is logged in.
    pub csrf: Option<String>,
    /// What just happened.
    pub notice: Option<Notice>,
}

/// One line at the top of a page, from a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Class of its colours.
    pub tone: &'static str,
    /// Its text.
    pub text: &'static str,
}

impl Notice {
    /// The notice of this name. A link can choose among these and say nothing of its own.
    pub fn named(name: &str) -> Option<Self> {
        let (tone, text) = match name {
            "signed-in" => ("good", "Signed in. Programs in your sessions can use it now."),
            "signed-out" => ("good", "Signed out. The stored tokens were deleted."),
            "refreshed" => ("good", "Refreshed: the access token is new."),
            "not-refreshed" => ("warn", "The provider gave no new token. What was there is kept."),
            "revoked" => ("good", "Revoked. That session gets no more tokens."),
            "gone" => ("warn", "That session had ended already."),
            _ => return None,
        };
        Some(Self { tone, text })
    }

    /// The one that a query of `done=<name>` asks for.
    pub fn of_query(query: Option<&str>) -> Option<Self> {
        let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
        pairs.find(|(name, _)| name == "done").and_then(|(_, name)| Self::named(&name))
    }
}

impl Frame {
    /// The frame of a page for somebody who is logged in; `csrf` is what their forms must repeat.
    pub fn of(app: &App, csrf: String, page: &'static str, notice: Option<Notice>) -> Self {
        Self { csrf: Some(csrf), page, notice, ..Self::bare(app) }
    }

    /// The frame of a page for anybody.
    pub fn bare(app: &App) -> Self {
        Self { base: app.addresses.public_path.clone(), page: "", csrf: None, notice: None }
    }

    /// For templates; hashed in the security policy, so it must stay byte for byte.
    pub fn style(&self) -> &'static str {
        STYLE
    }

    /// For the login page; hashed likewise.
    pub fn script(&self) -> &'static str {
        SCRIPT
    }

    /// Of this broker.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// For forms.
    pub fn csrf_token(&self) -> &str {
        self.csrf.as_deref().unwrap_or_default()
    }
}

/// A rendered page.
pub fn render(status: StatusCode, page: &impl Template) -> Response<Body> {
    // Rendering into a string fails only on a bug in a template's own formatting.
    let text = page.render().unwrap_or_else(|_| "This page could not be drawn.".into());
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}
