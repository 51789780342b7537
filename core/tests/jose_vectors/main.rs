//! Runs the tables of `tests/vectors/oauth/` that are about signatures against `tokcore::jose` and what signs or verifies
//! in `tokcore::oauth`.

#![allow(clippy::disallowed_methods, reason = "the tables are files")]

mod assertion;
mod clock;
mod dpop;
mod id_token;
mod jose;
#[path = "../table/mod.rs"]
mod table_file;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use table_file::same;
use tokcore::jose::Claims;
use tokcore::{Error, Secret};

const NOW: i64 = 1_700_000_000;

type Check = Result<(), String>;

fn table(name: &str) -> Value {
    table_file::read(name)
}

/// Runs `run` on each case of a table; a case fails by giving back what differs.
fn each<Case: DeserializeOwned>(table: &Value, run: impl Fn(&Case) -> Check) {
    table_file::each_of(table, |case| run(&case));
}

/// Compares a failure: its kind or reason, and texts that message and hint must contain.
fn refused(error: &Error, expect: &Value) -> Check {
    let printed = format!("{error} {error:?} {}", error.hint());
    if printed.contains("canary") {
        return Err(format!("a secret was printed: {printed}"));
    }
    if let Some(reason) = expect.get("reason") {
        same("reason", &json!(error.reason().map(|reason| reason.slug())), reason)?;
        same("kind of the reason", &json!(error.kind().slug()), &json!(error.reason().map(|r| r.kind().slug())))?;
    } else {
        let kind = expect.get("kind").or(expect.get("error"));
        same("kind", &error.kind().slug().into(), kind.ok_or(format!("failed: {error:?}"))?)?;
    }
    let claim = expect.get("claim").map(|claim| json!(format!("`{}`", claim.as_str().unwrap_or_default())));
    for (text, parts) in [
        (error.message(), expect.get("message")),
        (error.hint(), expect.get("hint")),
        (error.message(), claim.as_ref()),
    ] {
        let parts = parts.map(|parts| parts.as_array().cloned().unwrap_or(vec![parts.clone()])).unwrap_or_default();
        for part in parts.iter().filter_map(Value::as_str) {
            if !text.contains(part) {
                return Err(format!("`{text}` does not say `{part}`"));
            }
        }
    }
    Ok(())
}

fn text_of(key: &Value) -> Secret {
    Secret::new(key.as_str().map_or_else(|| key.to_string(), str::to_owned))
}

fn claims_of(value: &Value) -> Claims {
    serde_json::from_value(value.clone()).expect("an object")
}

fn to_value(claims: &Claims) -> Value {
    serde_json::to_value(claims).expect("JSON")
}

fn some_issuer() -> Option<String> {
    Some("https://as.example".into())
}
