use serde::{Deserialize, Serialize};

/// A generalised inverse Gaussian density of a power `x = v^power` of a positive hyper-parameter `v` (Jorgensen 1982):
///
/// ```text
/// p(x) ~ x^(shape - 1) exp(-rate x - inverse_rate / x)
/// ```
///
/// With `inverse_rate = 0` it is the gamma density, with `shape = 1` and both rates 0 it is flat. It is a density by `x`: nothing is
/// added for the change from `x` to `v` or `ln v`, so the mode is that of `x`. A power of -2 makes it one of the inverse squared
/// length scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InverseGaussian {
    /// What of `v` has the density; not 0.
    pub power: f64,
    /// One more than the exponent of `x`.
    pub shape: f64,
    /// How fast it falls for large `x`, at least 0, in units of `1/x`.
    pub rate: f64,
    /// How fast it falls for small `x`, at least 0, in units of `x`.
    pub inverse_rate: f64,
}

impl InverseGaussian {
    /// Log density at `v = exp(u)`, up to a constant, and its derivative by `u`.
    pub(super) fn log_density(&self, u: f64) -> (f64, f64) {
        let log_x = self.power * u;
        let (rising, falling) = (self.rate * log_x.exp(), self.inverse_rate * (-log_x).exp());
        let exponent = self.shape - 1.0;
        (exponent * log_x - rising - falling, self.power * (exponent - rising + falling))
    }

    /// `ln v` at the mode; 0 where there is none.
    pub(super) fn log_mode(&self) -> f64 {
        // the positive root of rate x^2 - (shape - 1) x - inverse_rate, without cancellation
        let exponent = self.shape - 1.0;
        let root = exponent.hypot(2.0 * (self.rate * self.inverse_rate).sqrt());
        let x = if exponent >= 0.0 {
            (exponent + root) / (2.0 * self.rate)
        } else {
            2.0 * self.inverse_rate / (root - exponent)
        };
        let log = x.ln() / self.power;
        if log.is_finite() { log } else { 0.0 }
    }

    /// The density of `v` where `v / exp(shift)` has this one.
    pub(super) fn shifted(&self, shift: f64) -> Self {
        let factor = (self.power * shift).exp();
        Self { rate: self.rate / factor, inverse_rate: self.inverse_rate * factor, ..*self }
    }
}
