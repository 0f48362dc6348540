use jobs_core::{Acquisition, AcquisitionValue, Gaussian, SearchContext};
use numerics::normal::log_h;

use super::standardise;

/// Logarithm of the expected improvement `E max(incumbent - f, 0) = sd h(z)`, `z = (incumbent - mean) / sd`,
/// `h(z) = phi(z) + z Phi(z)`: finite with a useful gradient where the improvement itself is zero to double precision
/// (Ament et al. 2023).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LogEi {
    incumbent: f64,
}

impl Acquisition for LogEi {
    fn prepare(&mut self, context: &SearchContext) {
        self.incumbent = context.incumbent;
    }

    fn evaluate(&self, belief: Gaussian) -> AcquisitionValue {
        let (z, sd) = standardise(belief, self.incumbent);
        let (log_h, slope) = log_h(z);
        AcquisitionValue {
            value: log_h + sd.ln(),
            d_mean: -slope / sd,
            d_variance: 0.5 * (1.0 - z * slope) / (sd * sd),
        }
    }
}
