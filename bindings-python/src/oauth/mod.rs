//! The OAuth engine as Python sees it.

mod blocks;
mod client;
mod fast_token;
mod flow;
mod jwt;
pub mod outcomes;
pub mod person;
pub mod settings;
pub mod source;
pub mod token;

use pyo3::prelude::*;

/// Adds the classes and functions to the module.
pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<token::Token>()?;
    module.add_class::<client::OAuthClient>()?;
    module.add_class::<source::TokenSource>()?;
    module.add_class::<flow::Flow>()?;
    module.add_class::<flow::FlowPrompt>()?;
    module.add_class::<outcomes::ServerMetadata>()?;
    module.add_class::<outcomes::Introspection>()?;
    module.add_class::<outcomes::Revocation>()?;
    module.add_class::<outcomes::Logout>()?;
    module.add_class::<outcomes::Authentication>()?;
    module.add_class::<blocks::Pkce>()?;
    module.add_class::<jwt::SigningKey>()?;
    module.add_class::<crate::waiting::Cancellation>()?;
    module.add_function(wrap_pyfunction!(outcomes::discover, module)?)?;
    module.add_function(wrap_pyfunction!(blocks::pkce, module)?)?;
    module.add_function(wrap_pyfunction!(blocks::new_state, module)?)?;
    module.add_function(wrap_pyfunction!(blocks::authorization_url, module)?)?;
    module.add_function(wrap_pyfunction!(blocks::listen, module)?)?;
    module.add_function(wrap_pyfunction!(blocks::parse_redirect, module)?)?;
    module.add_function(wrap_pyfunction!(blocks::default_redirect_uri, module)?)?;
    module.add_function(wrap_pyfunction!(jwt::encode, module)?)?;
    fast_token::add_token_method(module)
}
