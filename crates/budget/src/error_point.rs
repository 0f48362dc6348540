use crate::TheoryError;
use crate::error::at_least;

/// A predictor's error measured after some number of full runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorPoint {
    /// N: full runs it had learned from, at least 1.
    pub full_runs: u64,
    /// Root-mean-square error on runs it had not seen, in units of the objective.
    pub rmse: f64,
    /// How many residuals the mean is over, at least 1: `rmse` is known to about `1/sqrt(2 residuals)` of itself.
    pub residuals: u64,
}

impl ErrorPoint {
    /// Precision of the point if its true error is `reference`.
    pub(crate) fn weight(&self, reference: f64) -> f64 {
        2.0 * self.residuals as f64 / reference.powi(2)
    }
}

/// Refuses points without information.
pub(crate) fn check(points: &[ErrorPoint]) -> Result<(), TheoryError> {
    for p in points {
        at_least("the number of full runs behind a predictor error", p.full_runs as f64, 1.0, "at least 1")?;
        at_least("the number of residuals behind a predictor error", p.residuals as f64, 1.0, "at least 1")?;
        at_least("a predictor error", p.rmse, 0.0, "a finite number, not negative")?;
    }
    Ok(())
}
