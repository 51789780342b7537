//! `tests/vectors/broker/rpc.json` against a real broker over TCP.

use std::path::Path;

use serde_json::Value;
use tokcore_broker::guid::integration_guid;

use super::http::{Answer, Request};
use super::world::{BOX, OTHER_SID, REVOKED_SID, SID, World, run};

/// A table of `tests/vectors/broker`.
pub fn table(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/broker").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails when an ID of the specification is not in the table.
pub fn check_ids(table: &Value, wanted: impl Iterator<Item = u32>) {
    let ids: Vec<&str> = table["cases"].as_array().unwrap().iter().map(|case| case["id"].as_str().unwrap()).collect();
    for number in wanted {
        let id = format!("V{number:02}");
        assert!(ids.iter().any(|found| found.split('-').next() == Some(&id)), "{id} is missing");
    }
}

/// An ID names one case in the whole folder.
#[test]
fn no_id_is_there_twice() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/broker");
    let mut seen = std::collections::BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()) {
        for case in table(&file)["cases"].as_array().unwrap() {
            let id = case["id"].as_str().unwrap().to_owned();
            assert_eq!(seen.insert(id.clone(), file.clone()), None, "{id} of {file} is there twice");
        }
    }
}

#[test]
fn rpc() {
    let table = table("rpc.json");
    check_ids(&table, 1..=42);
    for base in ["", "/base"] {
        run(async {
            let world = World::with(|settings| settings.base_path = base.into(), "").await;
            world.sign_in(BOX, "AT", Some("RT"), Some(3600), 3600).await;
            for case in table["cases"].as_array().unwrap() {
                if case.get("base_path").and_then(Value::as_str).unwrap_or_default() == base {
                    check(case, &request(&world, case).tcp(world.running.rpc_address()).await);
                }
            }
            assert_eq!(world.provider.asked().len(), 0, "none of these is a reason to ask the provider");
        });
    }
}

/// The request of a case: `verb`, `path`, `headers`, `body`, `cookie`.
fn request(world: &World, case: &Value) -> Request {
    let text = |member: &str, default: &str| case.get(member).and_then(Value::as_str).unwrap_or(default).to_owned();
    let fill = case
        .get("fill")
        .map_or(String::new(), |fill| fill["text"].as_str().unwrap().repeat(fill["times"].as_u64().unwrap() as usize));
    let body = text("body", "").replace("{G01}", &integration_guid(BOX).to_string()).replace("{fill}", &fill);
    let mut request = Request::new(&text("verb", "POST"), &text("path", "/oauth_token")).body(body);
    for pair in case.get("headers").and_then(Value::as_array).into_iter().flatten() {
        let value = pair[1].as_str().unwrap().replace("{cookie}", &world.cookie(SID, 3600));
        request = request.header(pair[0].as_str().unwrap(), &value);
    }
    match cookie(world, case.get("cookie").unwrap_or(&Value::Null)) {
        Some(cookie) => request.header("X-RS-Session-Server-RPC-Cookie", &cookie),
        None => request,
    }
}

/// The cookie of a case: the session's own unless said otherwise.
fn cookie(world: &World, wanted: &Value) -> Option<String> {
    let of = |name: &str| match name {
        "user" => SID,
        "other user" => OTHER_SID,
        "revoked" => REVOKED_SID,
        other => panic!("no session {other}"),
    };
    match wanted {
        Value::Null => Some(world.cookie(SID, 3600)),
        Value::Bool(false) => None,
        Value::String(literal) => Some(literal.clone()),
        wanted => {
            let sid = of(wanted.get("session").and_then(Value::as_str).unwrap_or("user"));
            Some(world.cookie(sid, wanted.get("expires_in").and_then(Value::as_i64).unwrap_or(3600)))
        }
    }
}

/// `status`, and of the body `json` exactly, or only that it has `error` or `detail`.
fn check(case: &Value, answer: &Answer) {
    let (id, expect) = (&case["id"], &case["expect"]);
    assert_eq!(answer.status, expect["status"].as_u64().unwrap() as u16, "{id}: {answer:?}");
    if let Some(json) = expect.get("json") {
        let json = json.to_string().replace("{G01}", &integration_guid(BOX).to_string());
        let mut found = answer.json();
        // The provider's port is whatever was free.
        let list = found.pointer_mut("/providers/0/integrations").and_then(Value::as_array_mut);
        for integration in list.into_iter().flatten() {
            for member in ["auth_url", "token_url", "issuer"] {
                assert!(integration[member].is_string(), "{id}: {member}");
                integration.as_object_mut().unwrap().remove(member);
            }
        }
        let public_url = answer.header("tokcore-public-url").unwrap();
        let json: Value = serde_json::from_str(&json.replace("{public-url}", public_url)).unwrap();
        assert_eq!(found, json, "{id}");
    }
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("x-content-type-options", "nosniff"),
        ("vary", "X-RS-Session-Server-RPC-Cookie"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{id}: {name}");
    }
    if case["verb"] != "HEAD" {
        assert_eq!(answer.header("content-length"), Some(&*answer.body.len().to_string()), "{id}");
    }
    let forbidden =
        |name: &str| name.starts_with("access-control-") || ["content-encoding", "location"].contains(&name);
    assert!(!answer.headers.iter().any(|(name, _)| forbidden(name)), "{id}: {answer:?}");
}
