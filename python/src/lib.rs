//! The native part of the Python package `jobs`: a study that is open for asking and telling. Everything that people see is in Python;
//! values cross as JSON.

mod errors;
mod handle;
mod view;

use pyo3::prelude::*;

/// The module `jobs._jobs`.
#[pymodule]
fn _jobs(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<handle::Handle>()?;
    errors::add(module)
}
