//! `registry.json`: the order of the chain's methods.

use std::any::Any;
use std::sync::Arc;

use serde::Deserialize;
use tokcore::{Chain, ChainRequest, CustomMethod, Error, Given, Method};

use crate::table::{each_of, read_from};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "why")]
    _why: String,
    start: Start,
    #[serde(rename = "do")]
    steps: Vec<Step>,
    names: Vec<String>,
    error_contains: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Start {
    Standard(String),
    These(Vec<String>),
}

type Changes = Vec<(String, Option<String>)>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Step {
    Add { add: Changes },
    Set { set: Changes },
    While { r#while: Box<While>, names: Vec<String> },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum While {
    Standard(String),
    Change(Step),
}

/// A method that nobody asks.
struct Silent;

impl CustomMethod for Silent {
    fn token(&self, _: &ChainRequest, _: &dyn Any) -> Result<Option<Given>, Error> {
        Ok(None)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The order that is meant by this word.
fn standard(word: &str) -> Chain {
    assert_eq!(word, "standard");
    Chain::default()
}

fn method() -> Method {
    Method::Custom(Arc::new(Silent))
}

impl Step {
    fn apply(&self, chain: &Chain) -> Result<Chain, String> {
        let told = |error: Error| error.to_string();
        match self {
            Step::Add { add } => {
                let changes = add.iter().map(|(name, is)| (name.clone(), is.as_ref().map(|_| method())));
                chain.changed(changes.collect()).map_err(told)
            }
            Step::Set { set } => {
                let methods: Option<Vec<_>> =
                    set.iter().map(|(name, is)| Some((name.clone(), is.as_ref().map(|_| method())?))).collect();
                // Rust's types do not let anybody give nothing as a method.
                Chain::of(methods.ok_or_else(|| format!("{}: no method", set[0].0))?).map_err(told)
            }
            Step::While { r#while, names } => {
                let inside = match &**r#while {
                    While::Standard(word) => standard(word),
                    While::Change(step) => step.apply(chain)?,
                };
                assert_eq!(inside.names().collect::<Vec<_>>(), *names);
                Ok(chain.clone())
            }
        }
    }
}

#[test]
fn registry_table() {
    each_of(&read_from("google", "registry.json"), |case: Case| {
        let mut chain = match &case.start {
            Start::Standard(word) => standard(word),
            Start::These(names) => Chain::of(names.iter().map(|name| (name.clone(), method())).collect())
                .map_err(|error| error.to_string())?,
        };
        let mut told = None;
        for step in &case.steps {
            match step.apply(&chain) {
                Ok(changed) => chain = changed,
                Err(words) => told = Some(words),
            }
        }
        let names: Vec<&str> = chain.names().collect();
        if names != case.names {
            return Err(format!("the order is {names:?}"));
        }
        match (&told, &case.error_contains) {
            (None, None) => Ok(()),
            (Some(told), Some(wanted)) if told.contains(wanted) => Ok(()),
            _ => Err(format!("the error is {told:?}")),
        }
    });
}

#[test]
fn the_order_of_the_process() {
    assert_eq!(Chain::current().names().len(), 6);
    Chain::empty().install();
    assert_eq!(Chain::current().names().len(), 0);
    Chain::default().install();
    assert_eq!(Chain::current().names().next(), Some("credentials_byo_oauth2"));
}
