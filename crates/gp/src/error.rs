use jobs_core::SurrogateError;
use numerics::CholeskyError;
use thiserror::Error;

/// Why an operation of a kernel or a Gaussian process failed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum GpError {
    /// An index in a kernel specification is out of range.
    #[error("{what}: {index} is out of range (limit {limit})")]
    Kernel {
        /// The part of the kernel.
        what: &'static str,
        /// The offending index.
        index: usize,
        /// Its exclusive upper limit.
        limit: usize,
    },
    /// The offset of a warp is not a positive number.
    #[error("the warp of coordinate {coordinate} has eps = {eps}, expected a finite number above 0")]
    Warp {
        /// The coordinate.
        coordinate: usize,
        /// Its offset.
        eps: f64,
    },
    /// A parameter vector of the wrong length.
    #[error("{found} parameters, expected {expected}")]
    Parameters {
        /// Length given.
        found: usize,
        /// Length expected.
        expected: usize,
    },
    /// A number that is not finite.
    #[error("number {index} is {value}, expected a finite one")]
    NotFinite {
        /// Its index.
        index: usize,
        /// The number.
        value: f64,
    },
    /// There is no observation with this index.
    #[error("there is no observation {index}: the model has {n}")]
    NoSuchObservation {
        /// Index asked for.
        index: usize,
        /// Number of observations.
        n: usize,
    },
    /// An operation of the surrogate failed.
    #[error(transparent)]
    Surrogate(#[from] SurrogateError),
}

/// What a failed factorisation means for a surrogate.
pub(crate) fn factorisation(error: CholeskyError) -> SurrogateError {
    let (n, jitter) = match error {
        CholeskyError::NotPositiveDefinite { n, jitter } => (n, jitter),
        CholeskyError::Pivot { row, .. } => (row + 1, 0.0),
        CholeskyError::Shape { expected, .. } => (expected.isqrt(), 0.0),
    };
    SurrogateError::NotPositiveDefinite { n, jitter }
}
