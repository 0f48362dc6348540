use budget::TheoryError;
use jobs_core::AllocationError;
use predictor::evaluate::EvaluationError;
use thiserror::Error;

/// Why the constants cannot be estimated.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PilotError {
    /// Too few full runs.
    #[error("{found} full runs, expected at least {needed} to estimate the predictor's error")]
    TooFew {
        /// Number of full runs.
        found: usize,
        /// Fewest.
        needed: usize,
    },
    /// The budget, or a constant of the bound.
    #[error(transparent)]
    Allocation(#[from] AllocationError),
    /// An estimate failed.
    #[error(transparent)]
    Theory(#[from] TheoryError),
    /// The predictor failed.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}
