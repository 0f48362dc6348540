use jobs_core::{Acquisition, AcquisitionValue, Gaussian, SearchContext};
use numerics::normal::log_cdf;

use super::standardise;

/// Logarithm of the probability of improvement, `ln Phi(z)`, `z = (incumbent - mean) / sd` (Kushner 1964).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LogPi {
    incumbent: f64,
}

impl Acquisition for LogPi {
    fn prepare(&mut self, context: &SearchContext) {
        self.incumbent = context.incumbent;
    }

    fn evaluate(&self, belief: Gaussian) -> AcquisitionValue {
        let (z, sd) = standardise(belief, self.incumbent);
        let (value, slope) = log_cdf(z);
        AcquisitionValue { value, d_mean: -slope / sd, d_variance: -0.5 * z * slope / (sd * sd) }
    }
}
