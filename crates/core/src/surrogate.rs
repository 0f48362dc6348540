use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::state::{StateReader, StateWriter};
use crate::{Acquisition, AcquisitionOf, Criterion, Point, Posterior, SearchSpace, Seed};

/// One (noisy) value of the objective, as a surrogate sees it.
///
/// A predicted value carries its predictor's variance, a measured one the noise of training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Encoded point, as [`SearchSpace::encode`] gives it (plus a fidelity in `[0, 1]` for multi-fidelity surrogates).
    pub x: Vec<f64>,
    /// Observed value; lower is better.
    pub y: f64,
    /// Variance known beforehand, in units of `y` squared, on top of the noise the surrogate estimates itself.
    pub noise_variance: f64,
}

/// A model of the objective that learns from observations. Conditioning on data is not re-fitting hyper-parameters.
pub trait Surrogate: Posterior + Send {
    /// Replaces the data and keeps the hyper-parameters. Observations that extend the present ones are appended cheaply.
    fn condition_on(&mut self, data: &[Observation]) -> Result<(), SurrogateError>;

    /// Replaces the data and fits the hyper-parameters, starting from the present ones.
    fn fit(&mut self, data: &[Observation], seed: Seed) -> Result<(), SurrogateError>;

    /// Variance of the noise the surrogate has estimated, in units of `y` squared.
    fn noise_variance(&self) -> f64;

    /// A view of itself as a posterior.
    fn as_posterior(&self) -> &dyn Posterior;

    /// A copy conditioned on the encoded points `pending` too, with `fantasy` as their outcomes. Searching on it while they are
    /// being trained sends parallel workers to different points. Hyper-parameters and scales are kept, and so
    /// is `self`; with no point pending it is a plain copy.
    fn with_pending(&self, pending: &[Vec<f64>], fantasy: Fantasy) -> Result<Box<dyn Surrogate>, SurrogateError>;

    /// Information the observations carry about the objective, in nats, where the model provides it.
    fn information_gain(&self) -> Option<f64> {
        None
    }

    /// Logarithm of the knowledge gradient: by how much one more observation at a point is expected to lower the lowest posterior
    /// mean over `targets` and the point itself. `own_fidelity` is that at which the point itself counts, for a
    /// multi-fidelity surrogate whose `targets` are all at the fidelity aimed at; `None` takes the point as it is. To weigh by a
    /// cost, subtract the cost's logarithm. `None` where the model cannot look ahead.
    fn knowledge_gradient(&self, _targets: &[Vec<f64>], _own_fidelity: Option<f64>) -> Option<Box<dyn Criterion + '_>> {
        None
    }

    /// Writes everything that [`Self::fit`] and [`Self::condition_on`] have changed, so that [`Self::restore`] gives a model with the
    /// same bits. Returns `false` where the model cannot be kept; what was written then has no meaning.
    fn save(&self, _to: &mut StateWriter) -> bool {
        false
    }

    /// Reads what [`Self::save`] wrote. `None`, and no change, where the numbers are not the state of such a model.
    fn restore(&mut self, _from: &mut StateReader<'_>) -> Option<()> {
        None
    }
}

/// The assumed outcome of a pending evaluation, until the real one is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Fantasy {
    /// The posterior mean there: the beliefs' means stay, their variances fall (kriging believer, Ginsbourger, Le Riche and
    /// Carraro 2010; with UCB the hallucinations of GP-BUCB, Desautels, Krause and Burdick 2014).
    #[default]
    Mean,
    /// The same value everywhere (constant liar): the lowest outcome so far exploits, the highest explores.
    Constant(f64),
}

/// Why a surrogate could not learn.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SurrogateError {
    /// No data.
    #[error("a surrogate needs at least one observation")]
    NoData,
    /// An observation of the wrong length.
    #[error("observation {index} has {found} coordinates, expected {expected}")]
    Dimension {
        /// Which observation.
        index: usize,
        /// Its length.
        found: usize,
        /// The surrogate's dimension.
        expected: usize,
    },
    /// A number that is not finite, or a negative variance.
    #[error("observation {index}: {what} is {value}, expected a finite number{extra}")]
    NotFinite {
        /// Which observation.
        index: usize,
        /// Which of its numbers.
        what: &'static str,
        /// The number.
        value: f64,
        /// What more was expected.
        extra: &'static str,
    },
    /// The kernel matrix could not be factorised even with the largest jitter.
    #[error("the {n}x{n} kernel matrix is not positive definite, even with {jitter:e} added to its diagonal")]
    NotPositiveDefinite {
        /// Number of observations.
        n: usize,
        /// Largest jitter tried, relative to the prior variance.
        jitter: f64,
    },
    /// More observations than an exact model can carry.
    #[error("{n} observations are more than this exact surrogate takes ({limit})")]
    TooMany {
        /// Number of observations.
        n: usize,
        /// Largest number taken.
        limit: usize,
    },
}

/// A point worth trying and its acquisition value.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Where to go.
    pub point: Point,
    /// The acquisition there.
    pub value: f64,
}

/// Why no point could be suggested.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum MaximiserError {
    /// The posterior lives in another space.
    #[error("the posterior has dimension {found}, the search space encodes to {expected}")]
    Dimension {
        /// The posterior's dimension.
        found: usize,
        /// The space's.
        expected: usize,
    },
    /// Every value was NaN.
    #[error("the acquisition was not a number at any of {tried} points")]
    NoValue {
        /// Number of points tried.
        tried: usize,
    },
}

/// Finds the point of a mixed space where an acquisition is largest.
pub trait Maximiser: Send {
    /// The best valid point found. `incumbents` are good points to search around; the same seed gives the same answer.
    fn maximise_criterion(
        &self,
        space: &SearchSpace,
        criterion: &dyn Criterion,
        incumbents: &[Point],
        seed: Seed,
    ) -> Result<Suggestion, MaximiserError>;

    /// The best valid point found for an acquisition seen through a posterior.
    fn maximise(
        &self,
        space: &SearchSpace,
        posterior: &dyn Posterior,
        acquisition: &dyn Acquisition,
        incumbents: &[Point],
        seed: Seed,
    ) -> Result<Suggestion, MaximiserError> {
        self.maximise_criterion(space, &AcquisitionOf::new(posterior, acquisition), incumbents, seed)
    }
}
