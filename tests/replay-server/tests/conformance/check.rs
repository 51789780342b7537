//! Compares what came of a case with what its vector expects.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tokcore::{Client, Error, Integration};
use tokcore_replay_server::Recorded;
use tokcore_replay_server::vectors::{ErrorExpect, Expect, RequestExpect};

use crate::world::{Given, Outcome};

type Verdict = Result<(), String>;

/// `expires_in_s` is compared give or take this.
const SLACK_S: i64 = 60;

pub fn outcome(expect: &Expect, outcome: &Outcome) -> Verdict {
    if let Some(detection) = &outcome.detection {
        let found = detection.outcome.as_ref().map(|choice| {
            json!({ "backend": choice.backend.name(), "subject": choice.subject.map(|subject| subject.name()) })
        });
        let wanted = expect.detection.as_ref().expect("detection");
        let wanted = json!({ "backend": wanted.backend, "subject": wanted.subject });
        return match found {
            Ok(found) => same("detection", &wanted, &found),
            Err(error) => Err(format!("detected nothing: {error}")),
        };
    }
    match (&expect.error, &outcome.result) {
        (Some(wanted), Err(error)) => failure(wanted, error),
        (Some(wanted), Ok(given)) => Err(format!("expected {}, got {given:?}", wanted.kind)),
        (None, Err(error)) => Err(format!("failed: {error:?}")),
        (None, Ok(given)) => success(expect, given),
    }
}

fn success(expect: &Expect, given: &Given) -> Verdict {
    if let Some(wanted) = &expect.ok {
        return wanted.iter().try_for_each(|(name, wanted)| member(given, name, wanted));
    }
    match (given, &expect.integrations, &expect.integration, &expect.found) {
        (Given::Integrations(items), Some(wanted), ..) => {
            same("number of integrations", &json!(wanted.len()), &json!(items.len()))?;
            wanted.iter().zip(items).try_for_each(|(wanted, item)| integration(wanted, item))
        }
        (Given::Integration(None), _, Some(Value::Null), _) => Ok(()),
        (Given::Integration(Some(item)), _, Some(Value::Object(wanted)), _) => integration(wanted, item),
        (Given::Integration(item), _, _, Some(found)) => {
            same("found", &found["exact"], &json!(item.as_ref().map(|item| item.name.clone())))
        }
        _ => Err(format!("got {given:?}")),
    }
}

/// One member of `expect.ok`.
fn member(given: &Given, name: &str, wanted: &Value) -> Verdict {
    let expires_at = match given {
        Given::Credentials(credentials) => credentials.expires_at_unix_s(),
        Given::Azure(token) => token.expires_at_unix_s,
        Given::Identity(token) => token.expires_at_unix_s,
        _ => None,
    };
    if name == "expires_in_s" && !wanted.is_null() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("clock").as_secs() as i64;
        let left = expires_at.ok_or("no expiry")? - now;
        let near = (left - wanted.as_i64().expect("seconds")).abs() <= SLACK_S;
        return if near { Ok(()) } else { Err(format!("expires in {left} s, expected {wanted}")) };
    }
    let found = match (given, name) {
        (_, "expires_at_unix_s" | "expires_in_s") => json!(expires_at),
        (Given::Credentials(credentials), "access_token") => json!(credentials.access_token().expose()),
        (Given::Credentials(credentials), "token_type") => json!(credentials.token_type()),
        (Given::Credentials(credentials), "integration_id") => json!(credentials.integration_id()),
        (Given::Credentials(credentials), "backend") => json!(credentials.backend().name()),
        (Given::Azure(token), "access_token") => json!(token.access_token.expose()),
        (Given::Azure(token), "token_type") => json!(token.token_type),
        (Given::Identity(token), "access_token") => json!(token.token.expose()),
        _ => return Err(format!("no {name} in {given:?}")),
    };
    same(name, wanted, &found)
}

fn integration(wanted: &Map<String, Value>, item: &Integration) -> Verdict {
    for (name, wanted) in wanted {
        let found = match name.as_str() {
            "guid" => json!(item.guid),
            "type" => json!(item.provider_type),
            "name" => json!(item.name),
            "display_name" => json!(item.display_name),
            "client_id" => json!(item.client_id),
            "auth_url" => json!(item.auth_url),
            "token_url" => json!(item.token_url),
            "scopes" => json!(item.scopes),
            "issuer" => json!(item.issuer),
            "authenticated" => json!(item.authenticated),
            "extra" => {
                let extra = wanted.as_object().expect("extra");
                for (name, wanted) in extra {
                    same(name, wanted, item.raw.get(name).unwrap_or(&Value::Null))?;
                }
                continue;
            }
            _ => return Err(format!("an integration has no {name}")),
        };
        same(name, wanted, &found)?;
    }
    Ok(())
}

fn failure(wanted: &ErrorExpect, error: &Error) -> Verdict {
    let context = |verdict: Verdict| verdict.map_err(|failure| format!("{failure}; error: {error:?}"));
    context(same("kind", &json!(wanted.kind), &json!(error.kind().name())))?;
    let text = format!("{}: {}", error.message(), error.detail().unwrap_or_default());
    context(contains("message", &text, &wanted.message_contains))?;
    context(contains("hint", error.hint(), &wanted.hint_contains))?;
    let attempts: Vec<&str> = error.attempts().iter().map(|attempt| attempt.source.as_str()).collect();
    context(contains("attempts", &attempts.join(", "), &wanted.attempts_contain))?;
    if let Some(part) = wanted.message_lacks.iter().find(|part| text.contains(part.as_str())) {
        return context(Err(format!("message has {part:?}")));
    }
    let facts = [
        ("http_status", json!(wanted.http_status), json!(error.http_status())),
        ("oauth_error", json!(wanted.oauth_error), json!(error.oauth_error())),
        ("retry_after_ms", json!(wanted.retry_after_ms), json!(error.retry_after_ms())),
    ];
    facts
        .iter()
        .filter(|(_, wanted, _)| !wanted.is_null())
        .try_for_each(|(name, wanted, found)| context(same(name, wanted, found)))
}

/// What the server must have seen.
pub fn requests(expect: &Expect, seen: &[Recorded]) -> Verdict {
    let wanted = if expect.detection.is_some() { Some(0) } else { expect.requests };
    if let Some(wanted) = wanted {
        same("number of requests", &json!(wanted), &json!(seen.len()))?;
    }
    if let Some(paths) = &expect.paths {
        same("paths", &json!(paths), &json!(seen.iter().map(|request| &request.path).collect::<Vec<_>>()))?;
    }
    if let Some(cookies) = &expect.cookies {
        let sent: Vec<_> = seen.iter().map(|request| request.headers.get("x-rs-session-server-rpc-cookie")).collect();
        same("cookies", &json!(cookies), &json!(sent))?;
    }
    match (&expect.request, seen.first()) {
        (Some(wanted), Some(found)) => request(wanted, found),
        (Some(_), None) => Err("no request came".to_owned()),
        (None, _) => Ok(()),
    }
}

fn request(wanted: &RequestExpect, found: &Recorded) -> Verdict {
    let lines = [
        ("method", &wanted.method, &found.method),
        ("path", &wanted.path, &found.path),
        ("query", &wanted.query, &found.query),
    ];
    for (name, wanted, found) in lines {
        if let Some(wanted) = wanted {
            same(name, &json!(wanted), &json!(found))?;
        }
    }
    for (name, wanted) in &wanted.headers {
        same(name, &json!(wanted), &json!(found.headers.get(name)))?;
    }
    if let Some(Value::Object(wanted)) = &wanted.json {
        let body: Value = serde_json::from_str(&found.body).map_err(|error| format!("request body: {error}"))?;
        wanted.iter().try_for_each(|(name, wanted)| same(name, wanted, &body[name]))?;
    }
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(found.body.as_bytes()).into_owned().collect();
    for (name, wanted) in &wanted.form {
        same(name, &json!(wanted), &json!(form.get(name)))?;
    }
    match wanted.form_lacks.iter().find(|name| form.contains_key(*name)) {
        Some(name) => Err(format!("the form has {name}")),
        None => Ok(()),
    }
}

/// No secret in a print, a message or a log line.
pub fn nothing_leaks(secrets: &[String], outcomes: &[Outcome], log: &str, client: &Client) -> Verdict {
    let mut shown = format!("{log}{client:?}");
    for outcome in outcomes {
        shown += &format!("{outcome:?} {outcome:#?}");
        if let Err(error) = &outcome.result {
            shown += &format!("{error}");
        }
    }
    match secrets.iter().find(|secret| shown.contains(secret.as_str())) {
        Some(_) => Err("a secret is shown or logged".to_owned()),
        None => Ok(()),
    }
}

fn same(name: &str, wanted: &Value, found: &Value) -> Verdict {
    if wanted == found { Ok(()) } else { Err(format!("{name}: expected {wanted}, got {found}")) }
}

fn contains(name: &str, text: &str, parts: &[String]) -> Verdict {
    let lower = text.to_lowercase();
    match parts.iter().find(|part| !lower.contains(&part.to_lowercase())) {
        Some(part) => Err(format!("{name} {text:?} lacks {part:?}")),
        None => Ok(()),
    }
}
