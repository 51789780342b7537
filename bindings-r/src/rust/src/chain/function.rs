//! Methods of the chain that are functions of R. R/chain-call.R knows them by their number.

use std::any::Any;

use extendr_api::prelude::*;
use tokcore::{ChainRequest, CustomMethod, Error, Given, Kind, Token};

use crate::oauth::handle;
use crate::oauth::host::failure;
use crate::oauth::source::source;
use crate::oauth::talk::talk;

/// A function of R.
pub struct Function {
    /// R's number for it.
    pub number: String,
    /// The names of its arguments.
    pub options: Vec<String>,
}

impl CustomMethod for Function {
    fn options(&self) -> &[String] {
        &self.options
    }

    /// `call`: R's number for the call under way, whose arguments the function gets.
    fn token(&self, _: &ChainRequest, call: &dyn Any) -> Result<Option<Given>, Error> {
        let call = call.downcast_ref::<String>().map_or("", String::as_str);
        let answer = talk(c"chain_function", &[&self.number, call], false)
            .and_then(|answer| answer.as_list())
            .ok_or_else(|| Error::new(Kind::Cancelled, "the method was left"))?;
        given(&answer.elt(0).unwrap_or_default(), &answer.elt(1).unwrap_or_default())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What R made of the function's value: a word, and an object that goes with it.
fn given(word: &Robj, object: &Robj) -> Result<Option<Given>, Error> {
    // SAFETY: the object is alive, and stays so while it is looked into.
    let pointer = unsafe { object.get() };
    match word.as_str() {
        Some("source") => source(pointer).map(|source| Some(Given::Source(source))),
        Some("token") => handle::token(pointer).map(|token| Some(Given::Token(Box::new(Token::clone(&token))))),
        // R keeps the thing itself.
        Some("other") => Ok(Some(Given::Other(Box::new(())))),
        Some("failed") => Err(failure(&object.as_string_vector().unwrap_or_default(), Kind::ConfigInvalid)),
        _ => Ok(None),
    }
}
