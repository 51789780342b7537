//! Who looks at the page, and whether a form came from it. Source: specs/workbench.md §4.10, threats T05, T17.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokcore::crypto::{constant_time_eq, hmac_sha256};

use super::cookies::Cookie;
use super::{message, see_other};
use crate::app::App;
use crate::keys::Purpose;
use crate::store::WebSession;

/// A person who has logged in to the page.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Their session.
    pub session: WebSession,
    /// The ID in their cookie; rotated after a sign-in.
    pub id: String,
}

impl Visitor {
    /// The visitor with these cookies, if logged in.
    pub async fn of(app: &App, headers: &HeaderMap) -> Result<Option<Self>, Response<Body>> {
        let Some(id) = Cookie::Session.read(app, headers) else { return Ok(None) };
        match app.ledger.store().web_session(&id, app.now_s()).await {
            Ok(session) => Ok(session.map(|session| Self { session, id })),
            Err(error) => Err(message::trouble(app, &error)),
        }
    }

    /// What a form must repeat: it follows from the session's ID, which no other site can read.
    pub fn csrf(&self, app: &App) -> String {
        let key = app.ledger.store().keys().active().sub_key(Purpose::WebSession);
        let message = ["tokcore/csrf/v1", &self.session.id_hash].join("\0");
        URL_SAFE_NO_PAD.encode(hmac_sha256(key, message.as_bytes()))
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Response<Body>;

    /// Sends whoever is not logged in to the login page.
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response<Body>> {
        Self::of(app, &parts.headers).await?.ok_or_else(|| see_other(app, "/login"))
    }
}

/// A form of ours, sent by a visitor.
#[derive(Debug)]
pub struct Submitted {
    /// Who sent it.
    pub visitor: Visitor,
    /// Cookies and the rest.
    pub headers: HeaderMap,
}

impl FromRequest<Arc<App>> for Submitted {
    type Rejection = Response<Body>;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response<Body>> {
        if !is_our_form(app, request.headers()) {
            return Err(forbidden(app));
        }
        let headers = request.headers().clone();
        let visitor = Visitor::of(app, &headers).await?.ok_or_else(|| see_other(app, "/login"))?;
        let form = Form::read(app, request).await?;
        let given = form.get("csrf").unwrap_or_default();
        if !constant_time_eq(given.as_bytes(), visitor.csrf(app).as_bytes()) {
            return Err(forbidden(app));
        }
        Ok(Self { visitor, headers })
    }
}

/// A form's fields.
#[derive(Debug)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the body, within the router's limit.
    pub async fn read(app: &App, request: Request) -> Result<Self, Response<Body>> {
        let refuse = |_| message::page(app, StatusCode::BAD_REQUEST, "Not understood", "The form could not be read.");
        let body = Bytes::from_request(request, &()).await.map_err(refuse)?;
        Ok(Self(url::form_urlencoded::parse(&body).into_owned().collect()))
    }

    /// The value of a field that stands there once.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }
}

/// Every browser says where a form comes from; what does not say it is no browser's form.
pub fn is_our_form(app: &App, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    origin == Some(app.addresses.public_origin.as_str()) && matches!(site, None | Some(b"same-origin"))
}

/// The answer to a form of somebody else's.
pub fn forbidden(app: &App) -> Response<Body> {
    let text =
        "The form did not come from this page, or the page was open for too long. Go back, reload and try again.";
    message::page(app, StatusCode::FORBIDDEN, "Not accepted", text)
}
