//! How a router says that a path is not its own, so that the front door can answer in the words of whoever asked.

use axum::body::Body;
use axum::http::{Response, StatusCode};

/// Marks an answer of a router's fallback.
#[derive(Clone, Copy, Debug)]
pub struct Unrouted;

/// The fallback of every router.
pub async fn unrouted() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.extensions_mut().insert(Unrouted);
    response
}
