//! The program's failures as exceptions, with the same words.

use jobs_cli::failure::Kind;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(jobs, JobsError, PyException, "A failure of a study; the message is that of the program `jobs`.");
create_exception!(jobs, InvalidInput, JobsError, "The study file, an argument or a report is invalid.");
create_exception!(jobs, StudyInUse, JobsError, "Another process, or another `Study`, has the study open.");
create_exception!(
    jobs,
    NoResult,
    JobsError,
    "There is nothing to return yet: no run has a value, or the budget is used."
);
create_exception!(jobs, DiskFailure, JobsError, "The disk failed; finished work is kept.");

/// Adds the exceptions to the module.
pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("JobsError", py.get_type::<JobsError>())?;
    module.add("InvalidInput", py.get_type::<InvalidInput>())?;
    module.add("StudyInUse", py.get_type::<StudyInUse>())?;
    module.add("NoResult", py.get_type::<NoResult>())?;
    module.add("DiskFailure", py.get_type::<DiskFailure>())
}

/// The exception of a failure.
pub fn exception(error: &anyhow::Error) -> PyErr {
    let message = format!("{error:#}");
    match () {
        () if Kind::Input.is(error) => InvalidInput::new_err(message),
        () if Kind::InUse.is(error) => StudyInUse::new_err(message),
        () if Kind::Nothing.is(error) => NoResult::new_err(message),
        () if Kind::Disk.is(error) => DiskFailure::new_err(message),
        () => JobsError::new_err(message),
    }
}
