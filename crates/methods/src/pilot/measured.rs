use std::fmt;

use budget::Estimate;
use serde::Serialize;

/// What full runs say about the constants of the bound; errors and constants are in units of the objective.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Full runs measured on.
    pub runs: usize,
    /// The predictor's error after learning from some of them.
    pub errors: Vec<MeasuredError>,
    /// a.
    pub error_floor: Known,
    /// k.
    pub error_scale: Known,
    /// B.
    pub norm_bound: Known,
    /// R0.
    pub noise_sd: Known,
    /// The middle 90 % of the best N under constants the pilot leaves possible.
    pub best_full_runs: [u64; 2],
    /// How much the bound at the recommended N exceeds the best one at most (at 90 %), relative to it.
    pub excess: f64,
}

/// A point of the error curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeasuredError {
    /// Full runs learnt from.
    pub full_runs: u64,
    /// Root mean squared error.
    pub rmse: f64,
}

/// A constant, and its standard error where it was estimated (0: told or taken over).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Known {
    /// Best guess.
    pub value: f64,
    /// Standard error.
    pub standard_error: f64,
}

impl From<Estimate> for Known {
    fn from(e: Estimate) -> Self {
        Self { value: e.value, standard_error: e.standard_error }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.value)?;
        if self.standard_error > 0.0 {
            write!(f, " +- {:.4}", self.standard_error)
        } else {
            f.write_str(" (taken over)")
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Constants from {} full runs", self.runs)?;
        writeln!(f, "{:>14} {:>22}", "learnt from", "predictor's error")?;
        for e in &self.errors {
            writeln!(f, "{:>14} {:>22.4}", e.full_runs, e.rmse)?;
        }
        writeln!(f, "  error a + k / sqrt(N)   a = {}, k = {}", self.error_floor, self.error_scale)?;
        writeln!(f, "  norm of the objective   B = {}", self.norm_bound)?;
        writeln!(f, "  noise of training      R0 = {}", self.noise_sd)?;
        let [low, high] = self.best_full_runs;
        writeln!(
            f,
            "They leave a best N from {low} to {high} (90 %); the N below costs at most {:.1} % of the bound.",
            100.0 * self.excess
        )
    }
}
