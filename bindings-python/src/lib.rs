//! `tokcore._tokcore`, the native part of the Python package `tokcore`.
//!
//! Translates types and raises exceptions, nothing else: every decision is made in core.

mod callback;
mod chain;
mod client;
mod convert;
mod credentials;
mod detection;
mod error;
mod fast_call;
mod google;
mod integration;
mod oauth;
mod raised;
mod record;
mod secrets;
mod slot;
mod store;
mod tokens;
mod waiting;

use pyo3::prelude::*;

/// Native part of tokcore; use the package `tokcore`.
#[pymodule]
fn _tokcore(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<record::Record>()?;
    module.add_class::<credentials::Credentials>()?;
    module.add_class::<tokens::IdentityToken>()?;
    module.add_class::<tokens::AzureToken>()?;
    module.add_class::<integration::Integration>()?;
    module.add_class::<integration::Integrations>()?;
    module.add_class::<detection::Detection>()?;
    module.add_class::<client::Client>()?;
    module.add_function(wrap_pyfunction!(client::default_client, module)?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    oauth::add(module)?;
    store::add(module)?;
    secrets::add(module)?;
    chain::add(module)?;
    google::add(module)?;
    fast_call::add_get_credentials(module)
}
