//! A call of one of Google's JSON APIs, with a token.

use std::sync::Arc;

use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Map, Value};
use url::Url;

use crate::context::Context;
use crate::error::Error;
use crate::oauth::retry::RequestClass;
use crate::provider::{json, status};
use crate::secret::Secret;
use crate::server::{Patience, outcome_of_error};
use crate::token::Token;
use crate::transport::{Connection, HttpRequest, HttpResponse, Method};

/// The answer to a POST of `body`, repeated while the server asks for patience. `who` names the server. Effects: `[net]`.
///
/// Errors: those of the network and of the status, with Google's words; `Protocol` for what is no JSON object.
pub(crate) async fn post(
    context: &Context,
    who: &str,
    url: &Url,
    token: &Token,
    body: &Value,
) -> Result<Map<String, Value>, Error> {
    let authorization = HeaderValue::from_str(token.authorization()?.expose())
        .map_err(|_| Error::new(crate::Kind::Protocol, "the token does not fit into a header"))?;
    let request = HttpRequest::new(Method::POST, url.clone())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(ACCEPT, HeaderValue::from_static("application/json"))
        .secret_header(AUTHORIZATION, authorization)
        .body(body.to_string());
    let response = send(context, who, request).await?;
    json::object(who, &response.body)
}

/// The successful answer to `request`, which may be repeated. Effects: `[net]`. Errors: as [`post`].
pub(crate) async fn send(context: &Context, who: &str, mut request: HttpRequest) -> Result<HttpResponse, Error> {
    request.connection = Arc::new(Connection::from_env(context));
    let mut patience = Patience::of(RequestClass::Repeatable);
    loop {
        let answer = context.http.send(patience.limited(request.clone())).await;
        let error = match answer {
            Ok(response) => match refusal(who, &response) {
                None => return Ok(response),
                Some(error) => error,
            },
            Err(error) => error,
        };
        if !patience.another(outcome_of_error(&error), context.draw()).await {
            return Err(error);
        }
    }
}

/// What the status means, with the words that Google puts beside it.
fn refusal(who: &str, response: &HttpResponse) -> Option<Error> {
    let error = status::failure(who, response)?;
    let body = json::object(who, &response.body).ok();
    let words = body.as_ref().and_then(|body| body.get("error")?.get("message")?.as_str());
    Some(match words {
        Some(words) => error.with_detail(words),
        None => error,
    })
}

/// The secret text that an answer must have.
///
/// Errors: `Protocol` without it.
pub(crate) fn required_secret(who: &str, answer: &mut Map<String, Value>, name: &str) -> Result<Secret, Error> {
    json::take_secret(answer, name)
        .ok_or_else(|| Error::new(crate::Kind::Protocol, format!("{who} answered without {name}")))
}
