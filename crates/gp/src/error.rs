use jobs_core::SurrogateError;
use numerics::CholeskyError;
use thiserror::Error;

/// Why a kernel or a Gaussian process could not do what was asked.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum GpError {
    /// A kernel that makes no sense.
    #[error("{what}: {index} is out of range (limit {limit})")]
    Kernel {
        /// Which of its parts.
        what: &'static str,
        /// The offending index.
        index: usize,
        /// What it must stay below.
        limit: usize,
    },
    /// A warp whose offset is none.
    #[error("the warp of coordinate {coordinate} has eps = {eps}, expected a finite number above 0")]
    Warp {
        /// Which coordinate.
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
        /// Which number.
        index: usize,
        /// The number.
        value: f64,
    },
    /// An observation that does not exist.
    #[error("there is no observation {index}, only {n}")]
    NoSuchObservation {
        /// Index asked for.
        index: usize,
        /// Number of observations.
        n: usize,
    },
    /// What a surrogate could not do.
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
