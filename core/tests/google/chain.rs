//! `chain.json`: what comes of asking the chain.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use tokcore::{
    Attempt, BuiltIn, Chain, ChainRequest, CustomMethod, Error, Fetched, Given, Kind, Method, NoInterrupt, Nobody,
    Settings, Token,
};

use crate::table::{each_of, read_from, same_error};
use crate::world::{World, lock, settings_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "why")]
    _why: String,
    chain: Value,
    #[serde(default)]
    request: BTreeMap<String, Value>,
    #[serde(default)]
    env: HashMap<String, String>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    token: Option<String>,
    other: Option<String>,
    #[serde(default)]
    nothing: bool,
    error: Option<Value>,
    codes: Option<Vec<String>>,
}

/// The test's own methods.
struct Own {
    name: String,
    options: Vec<String>,
}

impl CustomMethod for Own {
    fn options(&self) -> &[String] {
        &self.options
    }

    fn token(&self, _: &ChainRequest, call: &dyn Any) -> Result<Option<Given>, Error> {
        let has_arg = call.downcast_ref::<bool>().copied().unwrap_or_default();
        match self.name.as_str() {
            "failure" => Err(Error::new(Kind::Server, "failure failed")),
            "interrupted" => Err(Error::new(Kind::Cancelled, "the call was interrupted")),
            "thing" => Ok(Some(Given::Other(Box::new("a thing")))),
            "maybe" if !has_arg => Ok(None),
            name => {
                let given: Settings = [("access_token", format!("of {name}").replace(' ', "-"))].into_iter().collect();
                Ok(Some(Given::Token(Box::new(Token::from_settings(given, 1_700_000_000)?))))
            }
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn method(name: &str) -> (String, Method) {
    let method = BuiltIn::named(name).map(Method::BuiltIn).unwrap_or_else(|| {
        let options = if name == "maybe" { vec!["arg1".to_owned()] } else { Vec::new() };
        Method::Custom(Arc::new(Own { name: name.to_owned(), options }))
    });
    (name.to_owned(), method)
}

fn codes(attempts: &[Attempt]) -> Vec<&str> {
    attempts.iter().map(|attempt| attempt.code.as_str()).collect()
}

fn run(case: &Case) -> Result<(), String> {
    let chain = match &case.chain {
        Value::Array(names) => Chain::of(names.iter().filter_map(Value::as_str).map(method).collect())
            .map_err(|error| error.to_string())?,
        _ => Chain::default(),
    };
    let world = World::virtual_time();
    lock(&world.machine.variables).extend(case.env.clone());
    let settings = settings_of(serde_json::to_value(&case.request).expect("JSON"));
    let has_arg = case.request.contains_key("arg1");
    let outcome = ChainRequest::from_settings(settings, &chain)
        .and_then(|request| chain.fetch_with_context(world.context.clone(), &request, &has_arg, &Nobody, &NoInterrupt));
    let expect = &case.expect;
    let said: Vec<Attempt> = match &outcome {
        Ok(Fetched::Source(source)) => source.attempts().to_vec(),
        Ok(Fetched::Nothing(attempts)) => attempts.clone(),
        Ok(Fetched::Other(_)) => Vec::new(),
        Err(error) => error.attempts().to_vec(),
    };
    if let Some(wanted) = expect.codes.as_ref().filter(|wanted| **wanted != codes(&said)) {
        return Err(format!("the methods said {:?}, not {wanted:?}", codes(&said)));
    }
    match (outcome, expect) {
        (Ok(Fetched::Source(source)), Expect { token: Some(token), .. }) => {
            let got = source.current().map(|token| token.access_token().expose().replace('-', " "));
            (got.as_ref() == Some(token)).then_some(()).ok_or_else(|| "another token came".to_owned())
        }
        (Ok(Fetched::Other(other)), Expect { other: Some(wanted), .. }) => {
            let got = other.downcast_ref::<&str>().copied();
            (got == Some(wanted)).then_some(()).ok_or_else(|| format!("{got:?} came"))
        }
        (Ok(Fetched::Nothing(_)), Expect { nothing: true, .. }) => Ok(()),
        (Err(error), Expect { error: Some(wanted), .. }) => same_error(&error, wanted),
        (Err(error), _) => Err(format!("{error:?}")),
        _ => Err("something else came".to_owned()),
    }
}

#[test]
fn chain_table() {
    each_of(&read_from("google", "chain.json"), |case: Case| run(&case));
}

#[test]
fn what_every_chain_knows() {
    assert!(["path", "methods", "email", "gargle_accounts", "lifetime_s"].into_iter().all(ChainRequest::knows));
    assert!(!ChainRequest::knows("emial") && !ChainRequest::knows("arg1"));
    // A method's own argument of the same name takes nothing away from the others.
    let chain = Chain::of(vec![(
        "own".to_owned(),
        Method::Custom(Arc::new(Own {
            name: "always".to_owned(),
            options: vec!["path".to_owned(), "arg1".to_owned()],
        })),
    )])
    .expect("a chain");
    let request = ChainRequest::from_settings([("path", "key.json"), ("arg1", "x")].into_iter().collect(), &chain);
    assert_eq!(request.expect("a request").path.as_ref().map(tokcore::Secret::expose), Some("key.json"));
}
