use std::fmt;

use budget::Estimate;
use serde::Serialize;

/// Constants of the bound estimated from full runs, in units of the objective.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Number of full runs.
    pub runs: usize,
    /// The predictor's error by the number of full runs it was fitted on.
    pub errors: Vec<MeasuredError>,
    /// a.
    pub error_floor: Known,
    /// k.
    pub error_scale: Known,
    /// B.
    pub norm_bound: Known,
    /// R0.
    pub noise_sd: Known,
    /// 90% interval of the best N under the uncertainty of the constants.
    pub best_full_runs: [u64; 2],
    /// By how much the bound at the recommended N exceeds the best bound, relative to it (90% quantile).
    pub excess: f64,
}

/// A point of the error curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeasuredError {
    /// Full runs that the predictor was fitted on.
    pub full_runs: u64,
    /// Root mean squared error.
    pub rmse: f64,
}

/// A constant and its standard error (0: given, not estimated).
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
        if self.standard_error > 0.0 { write!(f, " +- {:.4}", self.standard_error) } else { f.write_str(" (given)") }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Constants from {} full runs", self.runs)?;
        writeln!(f, "{:>14} {:>22}", "full runs", "predictor's error")?;
        for e in &self.errors {
            writeln!(f, "{:>14} {:>22.4}", e.full_runs, e.rmse)?;
        }
        writeln!(f, "  error a + k / sqrt(N)   a = {}, k = {}", self.error_floor, self.error_scale)?;
        writeln!(f, "  norm of the objective   B = {}", self.norm_bound)?;
        writeln!(f, "  noise of training      R0 = {}", self.noise_sd)?;
        let [low, high] = self.best_full_runs;
        writeln!(
            f,
            "The best N is between {low} and {high} (90%); the bound at the N below is at most {:.1}% above the best.",
            100.0 * self.excess
        )
    }
}
