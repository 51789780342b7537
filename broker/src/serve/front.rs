//! The front door: what every request passes before it reaches the RPC endpoints, the page or the admin interface.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode, Uri, header};
use hyper::body::Incoming;
use tower_service::Service;

use super::health;
use crate::app::App;
use crate::rpc::identity::Peer;
use crate::rpc::reply::Reply;
use crate::rpc::request::Method;
use crate::unrouted::Unrouted;
use crate::{admin, rpc, web};

/// What a listener offers.
#[derive(Clone)]
pub struct Front {
    app: Arc<App>,
    rpc: bool,
    web: Option<Router>,
    admin: Option<Router>,
}

impl Front {
    /// A TCP listener with the RPC endpoints, the page, or both.
    pub fn tcp(app: &Arc<App>, rpc: bool, with_web: bool) -> Self {
        Self { app: app.clone(), rpc, web: with_web.then(|| web::router(app.clone())), admin: None }
    }

    /// The local socket: the admin interface, and the RPC endpoints for whoever is at the other end.
    pub fn local(app: &Arc<App>) -> Self {
        Self { app: app.clone(), rpc: true, web: None, admin: Some(admin::server::router(app.clone())) }
    }

    /// Answers one request.
    pub async fn answer(&self, mut request: Request<Incoming>, peer: &Peer) -> Response<Body> {
        let remote = matches!(peer, Peer::Remote(_));
        // Before anything is routed: a page on a rebound name must not learn what lives here.
        if remote && !is_ours(&self.app, &request) {
            return self.reply(Reply::misdirected());
        }
        let path = route(request.uri().path(), &self.app.settings.base_path);
        if self.rpc
            && let Some(method) = path.strip_prefix('/').and_then(Method::named)
        {
            return self.reply(rpc::answer(&self.app, method, request, peer).await);
        }
        let path = path.into_owned();
        if remote && let Some(response) = health::answer(&self.app, &path, request.method()).await {
            return response;
        }
        let Some(router) = self.web.as_ref().or(self.admin.as_ref()) else {
            return self.reply(Reply::no_such_path());
        };
        let wants_page = accepts_html(request.headers());
        request.extensions_mut().insert(peer.clone());
        replace_path(request.uri_mut(), &path);
        let response = match router.clone().call(request.map(Body::new)).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        // The router has no page of its own for this: programs get JSON, people a page.
        let unrouted = response.status() == StatusCode::NOT_FOUND && response.extensions().get::<Unrouted>().is_some();
        match unrouted {
            true if wants_page && self.web.is_some() => web::no_such_page(&self.app),
            true => self.reply(Reply::no_such_path()),
            false => response,
        }
    }

    fn reply(&self, reply: Reply) -> Response<Body> {
        reply.into_response(&self.app.addresses.public_url_header)
    }
}

/// Exactly one `Host`, and it is ours; an absolute request target must agree.
fn is_ours(app: &App, request: &Request<Incoming>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let authority = request.uri().authority().map(|authority| authority.as_str());
    hosts.next().is_none()
        && host.is_some_and(|host| app.addresses.is_ours(host))
        && authority.is_none_or(|authority| app.addresses.is_ours(authority))
}

/// The path without the base, without repeated slashes and without one at its end: R writes `//oauth_token`, and a
/// redirect to the right spelling would carry the cookie along.
fn route<'a>(path: &'a str, base: &str) -> Cow<'a, str> {
    let collapsed = match path.contains("//") {
        false => Cow::Borrowed(path),
        true => {
            let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
            Cow::Owned(format!("/{}", parts.join("/")))
        }
    };
    let start = match collapsed.strip_prefix(base) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => base.len(),
        _ => 0,
    };
    let end = start + collapsed[start..].trim_end_matches('/').len();
    match collapsed {
        _ if start == end => Cow::Borrowed("/"),
        Cow::Borrowed(path) => Cow::Borrowed(&path[start..end]),
        Cow::Owned(path) => Cow::Owned(path[start..end].to_owned()),
    }
}

fn replace_path(uri: &mut Uri, path: &str) {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    // It was part of a valid target a moment ago; should it not be one now, the router will not find it.
    *uri = target.parse().unwrap_or_else(|_| Uri::from_static("/-"));
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::route;

    #[test]
    fn one_path_for_all_spellings_but_those_of_another_name() {
        for path in ["/oauth_token", "//oauth_token", "/oauth_token/", "///oauth_token//"] {
            assert_eq!(route(path, ""), "/oauth_token", "{path}");
        }
        for path in ["/base/oauth_token", "//base//oauth_token", "/oauth_token", "/base/oauth_token/"] {
            assert_eq!(route(path, "/base"), "/oauth_token", "{path}");
        }
        assert_eq!(route("/basement/x", "/base"), "/basement/x");
        assert_eq!(
            (route("/", "/base"), route("/base", "/base"), route("//", "")),
            ("/".into(), "/".into(), "/".into())
        );
    }
}
