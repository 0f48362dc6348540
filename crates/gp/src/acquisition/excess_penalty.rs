use jobs_core::{Acquisition, AcquisitionValue, Gaussian, SearchContext};

use super::sd;

/// The penalty of a constraint `g <= 0` beside [`Ucb`](super::Ucb), seen through the belief about `g`:
///
/// ```text
/// -weight max(0, mean - root sd)
/// ```
///
/// It is zero wherever the lower confidence bound of `g` allows the point to be feasible, so a search that is optimistic about its objective
/// is optimistic about its constraints too. A bound of the gain has no zero, so a product with a probability has no meaning; the sum with
/// this exact penalty has no regret for a large enough weight (Lu and Paulson 2022, IFAC-PapersOnLine 55(7); Xu et al. 2023, ICML, take the
/// limit of an infinite weight).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExcessPenalty {
    /// Weight of a unit of `g` against one of the objective.
    pub weight: f64,
    /// Standard deviations below the mean that count as possible.
    pub root: f64,
}

impl Acquisition for ExcessPenalty {
    fn prepare(&mut self, _: &SearchContext) {}

    fn evaluate(&self, belief: Gaussian) -> AcquisitionValue {
        let sd = sd(belief);
        let excess = belief.mean - self.root * sd;
        if excess <= 0.0 {
            return AcquisitionValue { value: 0.0, d_mean: 0.0, d_variance: 0.0 };
        }
        AcquisitionValue {
            value: -self.weight * excess,
            d_mean: -self.weight,
            d_variance: 0.5 * self.weight * self.root / sd,
        }
    }
}
