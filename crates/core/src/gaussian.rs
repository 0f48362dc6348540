use serde::{Deserialize, Serialize};

/// A normal distribution: what a surrogate or a predictor believes about one value. Units: those of the loss, and their
/// square.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gaussian {
    /// Expected value.
    pub mean: f64,
    /// Variance, never negative.
    pub variance: f64,
}

impl Gaussian {
    /// Standard deviation.
    pub fn sd(&self) -> f64 {
        self.variance.max(0.0).sqrt()
    }
}
