use jobs_core::{AllocationError, BudgetError};
use numerics::CholeskyError;
use thiserror::Error;

/// Why a bound or one of its constants could not be computed or estimated.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TheoryError {
    /// A number outside its range.
    #[error("{what} is {value}, expected {expected}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The valid range, in words.
        expected: &'static str,
    },
    /// A kernel value that is not finite.
    #[error("the kernel between points {row} and {column} is {value}")]
    Kernel {
        /// First point.
        row: usize,
        /// Second point.
        column: usize,
        /// The kernel's value.
        value: f64,
    },
    /// The kernel matrix is indefinite.
    #[error("the kernel matrix is not positive semidefinite: point {row} has conditional variance {variance:e}")]
    NotPositiveSemidefinite {
        /// The first row with a negative conditional variance.
        row: usize,
        /// The negative variance.
        variance: f64,
    },
    /// An exact computation would need too much memory.
    #[error("{what} needs {size} numbers in memory, the limit is {limit}")]
    TooLarge {
        /// Which computation.
        what: &'static str,
        /// Its size.
        size: usize,
        /// The largest allowed.
        limit: usize,
    },
    /// Too few data for an estimate.
    #[error("{what}: at least {needed} needed, {found} given")]
    TooFew {
        /// Of what.
        what: &'static str,
        /// Fewest.
        needed: usize,
        /// Given.
        found: usize,
    },
    /// The lengths of two inputs differ.
    #[error("{what}: {found} given, {expected} expected")]
    Length {
        /// Of what.
        what: &'static str,
        /// Given.
        found: usize,
        /// Expected.
        expected: usize,
    },
    /// The budget is unusable.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// The budget could not be split.
    #[error(transparent)]
    Allocation(#[from] AllocationError),
}

/// `value` if it is finite and at least `low`.
pub(crate) fn at_least(what: &'static str, value: f64, low: f64, expected: &'static str) -> Result<f64, TheoryError> {
    if value.is_finite() && value >= low { Ok(value) } else { Err(TheoryError::OutOfRange { what, value, expected }) }
}

/// A kernel matrix without a factor.
pub(crate) fn indefinite(error: CholeskyError) -> TheoryError {
    let (row, variance) = match error {
        CholeskyError::Pivot { row, pivot } => (row, pivot),
        CholeskyError::NotPositiveDefinite { .. } | CholeskyError::Shape { .. } => (0, f64::NAN),
    };
    TheoryError::NotPositiveSemidefinite { row, variance }
}
