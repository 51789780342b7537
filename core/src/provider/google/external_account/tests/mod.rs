//! Pools of identities as the table has them, and what a table cannot say: files that change, programs that run, time that
//! passes.

mod case;
#[cfg(unix)]
mod programs;
mod renewal;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use self::case::{Case, Play};
use super::config;
use crate::error::Error;
use crate::provider::TokenProvider;
use crate::provider::google::fake::wait;
use crate::table::{each_that, read_from};
use crate::token::Token;

#[test]
fn pools_are_as_the_table_says() {
    let table = read_from("google", "external_account.json");
    let base = table["base"].as_object().expect("a base");
    each_that(&table, |case| case.get("sign").is_none(), |case: Case| run(&case, base));
}

#[test]
fn every_row_of_the_specification_is_there() {
    let table = read_from("google", "external_account.json");
    let ids: Vec<&str> = crate::table::cases(&table).iter().filter_map(|case| case["id"].as_str()).collect();
    for number in 1..=30 {
        assert!(ids.contains(&format!("W{number:02}").as_str()), "W{number:02}");
    }
}

/// A file with the members of `base` that the case does not say otherwise.
fn members(base: &Map<String, Value>, case: &Case) -> Map<String, Value> {
    let mut members = base.clone();
    members.extend(case.config.clone());
    members.retain(|_, value| !value.is_null());
    members
}

fn run(case: &Case, base: &Map<String, Value>) -> Result<(), String> {
    let wish = crate::provider::google::Wish { is_attended: case.person, ..case.wish.wish() };
    let play = Play::of(case);
    let members = members(base, case);
    let opened = super::open(&play.world, members.clone(), "pool.json", &wish);
    let outcome = opened.and_then(|provider| {
        let fetches = ["token", "error"].iter().any(|name| case.expect.contains_key(*name));
        let token = fetches.then(|| wait(provider.clone().fetch(None))).transpose()?;
        Ok((provider, token))
    });
    if let Some(expected) = case.expect.get("error") {
        return match outcome {
            Ok(_) => Err("it succeeded".into()),
            Err(error) => same_error(&error, expected),
        };
    }
    let (provider, token) = outcome.map_err(|error| format!("{error:?}"))?;
    play.check_finished()?;
    for (name, expected) in case.expect.iter().filter(|(name, _)| *name != "opens") {
        let got = match name.as_str() {
            "is_workforce" | "is_user" => {
                let (config, _) =
                    config::read(&members, "pool.json", &wish, None).map_err(|error| error.to_string())?;
                json!(if name == "is_user" { config.is_user() } else { config.is_workforce() })
            }
            "aws" => play.signed(expected)?,
            _ => known(&provider, token.as_ref(), name)?,
        };
        crate::table::same(name, &got, expected)?;
    }
    Ok(())
}

/// What the credential, or its token, says under this name.
fn known(provider: &Arc<dyn TokenProvider>, token: Option<&Token>, name: &str) -> Result<Value, String> {
    let about = provider.about();
    Ok(match (name, token) {
        ("kind", _) => json!(about.kind),
        ("principal", _) => json!(about.principal),
        ("project", _) => json!(about.project_id),
        ("headers", _) => provider.headers().into_iter().fold(json!({}), |mut all, (name, value)| {
            all[name.as_str()] = value.to_str().unwrap_or_default().into();
            all
        }),
        ("token", Some(token)) => json!(token.access_token().expose()),
        ("scopes", Some(token)) => json!(token.scopes()),
        ("expires_at_unix_s", Some(token)) => json!(token.expires_at_unix_s()),
        _ => return Err(format!("nobody knows {name}")),
    })
}

fn same_error(error: &Error, expected: &Value) -> Result<(), String> {
    let shown = format!("{error:?}");
    if shown.contains("canary") {
        return Err(format!("a secret is in {shown}"));
    }
    crate::table::same("kind", &error.kind().slug().into(), &expected["kind"])?;
    crate::table::same("reason", &error.reason().map(|reason| reason.slug()).into(), &expected["reason"])?;
    for (name, text) in [("message", error.message()), ("hint", error.hint())] {
        for part in expected[name].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !text.contains(part) {
                return Err(format!("{name}: {part:?} is not in {text:?}"));
            }
        }
    }
    Ok(())
}
