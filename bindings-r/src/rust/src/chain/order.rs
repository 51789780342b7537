//! `cred_funs_*()`: the order of the chain. A method is written as the name of one of tokcore's own, or as R's number for a
//! function; nothing is an empty text.

use std::sync::Arc;

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::{BuiltIn, Chain, ChainRequest, Error, Kind, Method};

use super::function::Function;
use crate::boundary::answer;
use crate::{arguments, values};

/// The current order.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_chain_methods() -> SEXP {
    answer(|| written(&Chain::current()))
}

/// The standard order.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_chain_standard() -> SEXP {
    answer(|| written(&Chain::default()))
}

/// The options that only functions of R know.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_chain_options() -> SEXP {
    answer(|| {
        let chain = Chain::current();
        let functions = chain.methods().iter().filter_map(|(_, method)| function_of(method));
        let own = functions.flat_map(|function| &function.options).map(String::as_str);
        Ok(Robj::from(own.filter(|name| !ChainRequest::knows(name)).collect::<Vec<_>>()))
    })
}

/// `cred_funs_set()`. `options`: a list with the names of each function's arguments.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_chain_set(names: SEXP, methods: SEXP, options: SEXP) -> SEXP {
    answer(|| {
        let methods = read(names, methods, options)?.into_iter();
        let all = methods.map(|(name, method)| method.map(|method| (name, method))).collect::<Option<Vec<_>>>();
        Chain::of(all.ok_or_else(|| Error::new(Kind::InvalidArgument, "a method is missing"))?)?.install();
        Ok(Robj::default())
    })
}

/// `cred_funs_add()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_chain_change(names: SEXP, methods: SEXP, options: SEXP) -> SEXP {
    answer(|| {
        Chain::current().changed(read(names, methods, options)?)?.install();
        Ok(Robj::default())
    })
}

fn function_of(method: &Method) -> Option<&Function> {
    match method {
        Method::BuiltIn(_) => None,
        Method::Custom(custom) => custom.as_any().downcast_ref(),
    }
}

fn written(chain: &Chain) -> Result<Robj, Error> {
    let text = |method: &Method| match method {
        Method::BuiltIn(built_in) => built_in.name().to_owned(),
        Method::Custom(_) => function_of(method).map(|function| function.number.clone()).unwrap_or_default(),
    };
    let methods: Vec<String> = chain.methods().iter().map(|(_, method)| text(method)).collect();
    values::named_list(vec![("name", Robj::from(chain.names().collect::<Vec<_>>())), ("method", Robj::from(methods))])
}

fn read(names: SEXP, methods: SEXP, options: SEXP) -> Result<Vec<(String, Option<Method>)>, Error> {
    // SAFETY: wraps a live argument of this call.
    let options = unsafe { Robj::from_sexp(options) };
    let options = options.as_list().map(|list| list.values().collect::<Vec<_>>()).unwrap_or_default();
    let names = arguments::texts("names", names)?.into_iter();
    let methods = arguments::texts("methods", methods)?.into_iter().enumerate();
    Ok(names
        .zip(methods)
        .map(|(name, (at, method))| {
            let options = || options.get(at).and_then(Robj::as_string_vector).unwrap_or_default();
            (name, (!method.is_empty()).then(|| method_of(method, options)))
        })
        .collect())
}

fn method_of(text: String, options: impl FnOnce() -> Vec<String>) -> Method {
    match BuiltIn::named(&text) {
        Some(built_in) => Method::BuiltIn(built_in),
        None => Method::Custom(Arc::new(Function { number: text, options: options() })),
    }
}
