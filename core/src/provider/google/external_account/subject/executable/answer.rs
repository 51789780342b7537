//! What a program writes that gives a proof of identity. Source: specs, executable protocol.

use serde_json::{Map, Value};

use crate::provider::json;
use crate::secret::Secret;

/// The protocol's only version so far.
const VERSION: f64 = 1.0;
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const SAML: &str = "urn:ietf:params:oauth:token-type:saml2";

/// A proof of identity.
pub(super) struct Answer {
    pub(super) token: Secret,
    /// Whether it says until when it is valid.
    pub(super) expires: bool,
}

/// Why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The proof was valid once.
    Expired,
    /// The program says that it failed, and how: its code and its words.
    Failed(String),
    /// It is no answer of this protocol.
    Malformed(String),
}

fn malformed<T>(what: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Malformed(what.into()))
}

/// The proof in `output`, which has to be what a pool expects that expects a proof of the type `expected`.
pub(super) fn read(output: &[u8], expected: &str, now_unix_s: i64) -> Result<Answer, Problem> {
    let mut members = object(output)?;
    match members.get("version").and_then(Value::as_f64) {
        Some(version) if version <= VERSION => {}
        Some(_) => return malformed("its version is higher than 1"),
        None => return malformed("version is missing"),
    }
    match members.get("success").and_then(Value::as_bool) {
        Some(true) => {}
        Some(false) => return Err(failure(&members)),
        None => return malformed("success is missing"),
    }
    let expires = match members.get("expiration_time") {
        None | Some(Value::Null) => false,
        Some(time) => match seconds(time) {
            Some(at) if at > now_unix_s => true,
            Some(_) => return Err(Problem::Expired),
            None => return malformed("expiration_time is no number of seconds"),
        },
    };
    let Some(token_type) = json::filled(&members, "token_type") else { return malformed("token_type is missing") };
    let name = match token_type {
        JWT | ID_TOKEN => "id_token",
        SAML => "saml_response",
        _ => return malformed("its token_type is none of jwt, id_token, saml2"),
    };
    if (name == "saml_response") != (expected == SAML) {
        return malformed(format!("its token_type is not the {expected} that the configuration announces"));
    }
    match json::take_secret(&mut members, name) {
        Some(token) => Ok(Answer { token, expires }),
        None => malformed(format!("{name} is missing")),
    }
}

fn object(output: &[u8]) -> Result<Map<String, Value>, Problem> {
    if output.trim_ascii().is_empty() {
        return malformed("it wrote nothing");
    }
    match serde_json::from_slice(output) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => malformed("it wrote no JSON object"),
        // serde's own text may quote a token.
        Err(cause) => malformed(format!("it wrote no JSON (line {}, column {})", cause.line(), cause.column())),
    }
}

/// What the program says of its failure, which has to be both a code and words.
fn failure(members: &Map<String, Value>) -> Problem {
    let code = match members.get("code") {
        Some(Value::String(code)) => Some(code.clone()),
        Some(Value::Number(code)) => Some(code.to_string()),
        _ => None,
    };
    match (code, json::text(members, "message")) {
        (Some(code), Some(message)) => Problem::Failed(format!("{code}, {message}")),
        _ => Problem::Malformed("it says that it failed, and gives no code and message".into()),
    }
}

/// A time, also where it has a fraction or is written as a text. Units: seconds since 1970.
fn seconds(time: &Value) -> Option<i64> {
    let seconds = time.as_f64().or_else(|| time.as_str()?.parse().ok())?;
    seconds.is_finite().then_some(seconds as i64)
}
