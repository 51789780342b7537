//! Signatures as the table has them.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::sigv4::{Keys, RESOURCE, Statement, written};
use crate::crypto::{hex, sha256};
use crate::provider::json::timestamp;
use crate::secret::Secret;
use crate::table::{each_that, read_from, same};

#[derive(Deserialize)]
struct Case {
    sign: Request,
    expect: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    url: String,
    region: String,
    time: String,
    key: String,
    secret: String,
    token: Option<String>,
    resource: Option<String>,
    unsigned_resource: Option<String>,
}

#[test]
fn requests_are_signed_as_the_table_says() {
    let table = read_from("google", "external_account.json");
    each_that(&table, |case| case.get("sign").is_some(), |case: Case| run(&case));
}

fn run(case: &Case) -> Result<(), String> {
    let Request { url, region, time, key, secret, token, resource, unsigned_resource } = &case.sign;
    let keys = Keys { id: key.clone(), secret: Secret::new(secret.as_str()), session: token.clone().map(Secret::new) };
    let at_unix_s = timestamp(time).ok_or("no time")?;
    let statement = Statement { keys: &keys, region, url, at_unix_s, resource: resource.as_deref() };
    let mut fields = statement.sign().ok_or("no signature")?;
    if let Some(resource) = unsigned_resource {
        fields.push((RESOURCE, Zeroizing::new(resource.clone())));
    }
    let authorization = fields[0].1.to_string();
    let part = |name: &str| authorization.split([' ', ',']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let text = written(url, &fields);
    for (name, expected) in &case.expect {
        let got = match name.as_str() {
            "signature" => json!(part("Signature")),
            "signed" => json!(part("SignedHeaders")),
            "scope" => json!(part("Credential")),
            "characters" => json!(text.expose().len()),
            "sha256" => json!(hex(&sha256(text.expose().as_bytes()))),
            _ => return Err(format!("nobody knows {name}")),
        };
        same(name, &got, expected)?;
    }
    Ok(())
}
