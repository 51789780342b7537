//! The runner's side of the server: logs, resets, and the authority of the TLS listener.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::http::Request;
use crate::serve::Server;
use crate::vectors::Answer;

/// The answer to a request under `/__`. `None` for any other path.
pub(crate) fn answer(server: &Server, request: &Request) -> Option<Answer> {
    let path = request.path.strip_prefix("/__")?;
    let (verb, id) = path.split_once('/').unwrap_or((path, ""));
    let answer = match (request.method.as_str(), verb, id) {
        ("GET", "log", id) => json_answer(json!({ "requests": server.requests(id) })),
        ("POST", "reset", id) => reset(server, id, &request.body),
        ("GET", "ca", "") => text_answer(server.authority()),
        ("GET", "ca", "other") => text_answer(server.stranger()),
        ("GET", "tls", "") => text_answer(server.tls_address()),
        _ => not_found(),
    };
    Some(answer)
}

fn reset(server: &Server, id: &str, body: &[u8]) -> Answer {
    let folder = serde_json::from_slice::<Value>(body).ok().and_then(|body| Some(PathBuf::from(body["dir"].as_str()?)));
    if server.reset(id, folder) { json_answer(json!({})) } else { not_found() }
}

fn json_answer(value: Value) -> Answer {
    Answer { json: Some(value), ..Answer::default() }
}

fn text_answer(text: &str) -> Answer {
    let headers = [("content-type".to_owned(), "text/plain".to_owned())].into();
    Answer { headers, body: Some(text.to_owned()), ..Answer::default() }
}

/// The answer for a path that belongs to no case.
pub(crate) fn not_found() -> Answer {
    Answer { status: Some(404), ..json_answer(json!({ "error": "no such case" })) }
}
