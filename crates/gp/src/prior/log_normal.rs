use serde::{Deserialize, Serialize};

/// A log-normal density of a positive hyper-parameter `v`: `ln v ~ N(location, spread^2)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogNormal {
    /// Mean of `ln v`.
    pub location: f64,
    /// Standard deviation of `ln v`.
    pub spread: f64,
}

impl LogNormal {
    /// Log density at `v = exp(u)`, up to a constant, and its derivative by `u`. The density is by `v`, so that its mode is
    /// `exp(location - spread^2)`.
    pub(super) fn log_density(&self, u: f64) -> (f64, f64) {
        let z = (u - self.location) / self.spread;
        (-u - 0.5 * z * z, -1.0 - z / self.spread)
    }

    /// `ln` of the mode.
    pub(super) fn log_mode(&self) -> f64 {
        self.location - self.spread * self.spread
    }

    /// The density of `v` where `v / exp(shift)` has this one.
    pub(super) fn shifted(&self, shift: f64) -> Self {
        Self { location: self.location + shift, ..*self }
    }
}
