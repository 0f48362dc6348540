use jobs_core::{Acquisition, AcquisitionValue, Gaussian, SearchContext};
use serde::{Deserialize, Serialize};

use super::sd;

/// How `beta` grows with the number of observations `t` in `d` encoded dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Beta {
    /// The same at all times; also the way to hand in a width computed elsewhere (Lemma 3.1 of the paper).
    Fixed(f64),
    /// `0.2 d ln(2 t)` (Kandasamy, Schneider and Poczos 2015).
    Practical,
    /// `2 ln(points t^2 pi^2 / (6 delta))`: with probability `1 - delta` the bounds hold at all times on a domain of so many
    /// points (Srinivas et al. 2012, theorem 1).
    Srinivas {
        /// Size of the domain.
        points: f64,
        /// Allowed probability of failure.
        delta: f64,
    },
}

impl Beta {
    /// `beta`, at least 0.
    pub fn at(self, observations: usize, dimension: usize) -> f64 {
        let t = observations.max(1) as f64;
        let beta = match self {
            Self::Fixed(beta) => beta,
            Self::Practical => 0.2 * dimension as f64 * (2.0 * t).ln(),
            Self::Srinivas { points, delta } => {
                2.0 * (points * t * t * std::f64::consts::PI.powi(2) / (6.0 * delta)).ln()
            }
        };
        beta.max(0.0)
    }
}

/// Upper confidence bound of the gain, `-mean + sqrt(beta) sd`: the lower confidence bound of the objective, negated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ucb {
    beta: Beta,
    root: f64,
}

impl Ucb {
    /// Before the first [`Acquisition::prepare`], as if after one observation in one dimension.
    pub fn new(beta: Beta) -> Self {
        Self { beta, root: beta.at(1, 1).sqrt() }
    }

    /// The `sqrt(beta)` in use.
    pub fn root_beta(&self) -> f64 {
        self.root
    }
}

impl Acquisition for Ucb {
    fn prepare(&mut self, context: &SearchContext) {
        self.root = self.beta.at(context.observations, context.dimension).sqrt();
    }

    fn evaluate(&self, belief: Gaussian) -> AcquisitionValue {
        let sd = sd(belief);
        AcquisitionValue { value: -belief.mean + self.root * sd, d_mean: -1.0, d_variance: 0.5 * self.root / sd }
    }
}
