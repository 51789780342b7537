//! The chain as Python sees it.

mod built_in;
mod order;
mod own;
mod proof;
pub mod report;

use pyo3::prelude::*;

/// Adds the classes to the module.
pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<built_in::BuiltIn>()?;
    module.add_class::<order::Chain>()
}
