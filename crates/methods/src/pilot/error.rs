use budget::TheoryError;
use jobs_core::AllocationError;
use predictor::evaluate::EvaluationError;
use thiserror::Error;

/// Why a pilot says nothing.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PilotError {
    /// Too few full runs.
    #[error("{found} full runs to measure the predictor on, at least {needed} needed")]
    TooFew {
        /// Full runs there are.
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
