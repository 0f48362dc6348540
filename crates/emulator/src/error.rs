use std::path::PathBuf;

use jobs_core::PointError;
use thiserror::Error;

/// Why an emulator could not be fitted, read, written or asked.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum EmulatorError {
    /// A file that is missing or cannot be read or written.
    #[error("{}: {cause}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// A file that is not the JSON of an emulator.
    #[error("{}:{line}:{column}: {problem}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Which column, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// A field whose value cannot be that of an emulator.
    #[error("{}: field `{field}`: found {found}, expected {expected}", path.display())]
    Field {
        /// Which file.
        path: PathBuf,
        /// Which field.
        field: String,
        /// What it holds.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// Too little to fit from.
    #[error("{found} {what}, an emulator needs at least {needed}")]
    TooFew {
        /// What there is too little of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: usize,
    },
    /// An outcome whose configuration belongs to another space than the run table.
    #[error("outcome `{id}`: {source}")]
    Outcome {
        /// Which outcome.
        id: String,
        /// What is wrong with its point.
        source: PointError,
    },
    /// An option of the fit that makes no sense.
    #[error("option `{name}` is {found}, expected {expected}")]
    Option {
        /// Which option.
        name: &'static str,
        /// Its value.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// The arithmetic broke down: the data are degenerate.
    #[error("the fit of {what} broke down: no positive definite system even with the largest noise")]
    Numerical {
        /// Which part of the emulator.
        what: &'static str,
    },
    /// A point that is not of the emulator's space.
    #[error(transparent)]
    Point(#[from] PointError),
}
