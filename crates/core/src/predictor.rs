use thiserror::Error;

use crate::{Gaussian, LearningCurve, Point, SearchSpace, Seed, Steps};

/// A full run to learn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Its configuration.
    pub point: Point,
    /// Its complete curve; predictors use the part they need.
    pub curve: LearningCurve,
    /// Its final value, under the study's target.
    pub value: f64,
}

/// Predicts the value of a full run from the configuration and the first steps: F of arXiv 2602.08351.
///
/// Standardisation is part of the model. Before [`Self::fit`], and with few examples, predictions are made from the curve alone,
/// with a wide variance.
pub trait Predictor: Send {
    /// Short name, as figures show it.
    fn name(&self) -> &str;

    /// Learns from full runs to predict at `early` steps. Refitting starts afresh: the same examples and seed give the
    /// same predictor.
    fn fit(
        &mut self,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<(), PredictorError>;

    /// Belief about the value of the full run that starts with `curve` (complete or cut).
    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError>;
}

/// Why nothing could be learnt or predicted.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PredictorError {
    /// Too few examples for this predictor.
    #[error("{predictor} needs at least {needed} full runs, got {found}")]
    TooFewExamples {
        /// Which predictor.
        predictor: &'static str,
        /// Fewest examples.
        needed: usize,
        /// Examples given.
        found: usize,
    },
    /// An example without evaluations or with a value that is not finite.
    #[error("example {index}: {what}")]
    BadExample {
        /// Which example.
        index: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A prediction was requested for a curve without evaluations.
    #[error("cannot predict from a curve without evaluations")]
    EmptyCurve,
    /// A prediction was requested before the fit.
    #[error("{predictor} was asked before it was fitted")]
    NotFitted {
        /// Which predictor.
        predictor: &'static str,
    },
    /// A prediction was requested for a point of another space.
    #[error("the point has {found} encoded coordinates, the predictor was fitted on {expected}")]
    Dimension {
        /// The point's.
        found: usize,
        /// The predictor's.
        expected: usize,
    },
    /// Training did not give finite weights.
    #[error("fitting {predictor} diverged")]
    Diverged {
        /// Which predictor.
        predictor: &'static str,
    },
}
