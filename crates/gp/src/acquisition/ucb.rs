use jobs_core::{Acquisition, AcquisitionValue, Gaussian, SearchContext};
use serde::{Deserialize, Serialize};

use super::sd;

/// How `beta` grows with the number of observations `t` in `d` encoded dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Beta {
    /// The same at all times; also the way to hand in a width computed elsewhere.
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
    /// `(norm + noise_sd sqrt(2 (gamma + 1 + ln(1/delta))))^2`, `gamma` the information of the observations so far: with probability
    /// `1 - delta` the bounds hold everywhere and always for an objective of at most this norm in the kernel's Hilbert
    /// space (Chowdhury and Gopalan 2017, theorem 2; Lemma 3.1 of the paper). Where the surrogate does not know its information,
    /// `t ln(2) / 2` bounds it: that of `t` independent values as noisy as they vary.
    Rkhs {
        /// Bound of the objective's norm.
        norm: f64,
        /// Sub-Gaussian scale of the noise, in units of the objective.
        noise_sd: f64,
        /// Allowed probability of failure.
        delta: f64,
    },
}

impl Beta {
    /// `beta`, at least 0.
    pub fn at(self, context: &SearchContext) -> f64 {
        let (t, dimension) = (context.observations.max(1) as f64, context.dimension);
        let beta = match self {
            Self::Fixed(beta) => beta,
            Self::Practical => 0.2 * dimension as f64 * (2.0 * t).ln(),
            Self::Srinivas { points, delta } => {
                2.0 * (points * t * t * std::f64::consts::PI.powi(2) / (6.0 * delta)).ln()
            }
            Self::Rkhs { norm, noise_sd, delta } => {
                let gamma = context.information.unwrap_or(0.5 * t * std::f64::consts::LN_2);
                (norm + noise_sd * (2.0 * (gamma + 1.0 - delta.ln())).sqrt()).powi(2)
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
        let start = SearchContext { observations: 1, dimension: 1, incumbent: 0.0, information: None };
        Self { beta, root: beta.at(&start).sqrt() }
    }
}

impl Acquisition for Ucb {
    fn prepare(&mut self, context: &SearchContext) {
        self.root = self.beta.at(context).sqrt();
    }

    fn evaluate(&self, belief: Gaussian) -> AcquisitionValue {
        let sd = sd(belief);
        AcquisitionValue { value: -belief.mean + self.root * sd, d_mean: -1.0, d_variance: 0.5 * self.root / sd }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_those_of_their_formulas() {
        let at = |beta: Beta, observations, information| {
            beta.at(&SearchContext { observations, dimension: 5, incumbent: 0.0, information })
        };
        assert_eq!(at(Beta::Fixed(-1.0), 3, None), 0.0);
        assert!((at(Beta::Practical, 10, None) - 2.995_732).abs() < 1e-6); // ln 20
        let srinivas = Beta::Srinivas { points: 100.0, delta: 0.1 };
        assert!((at(srinivas, 10, None) - 2.0 * 164_493.406_7f64.ln()).abs() < 1e-9);
        let rkhs = Beta::Rkhs { norm: 2.0, noise_sd: 0.5, delta: (-1f64).exp() };
        assert!((at(rkhs, 10, Some(6.0)) - 16.0).abs() < 1e-12); // (2 + 0.5 sqrt 16)^2
        assert!(at(rkhs, 10, None) < at(rkhs, 20, None), "grows without known information");
    }
}
