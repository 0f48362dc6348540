//! A row of a comparison: `fig5.csv`, `ablation.csv`, `replay.csv` and the like.

use serde::{Deserialize, Serialize};

/// A row of `fig5.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonRow {
    /// Task.
    pub task: String,
    /// Budget, in full runs.
    pub full_runs: u64,
    /// Method.
    pub method: String,
    /// Seed.
    pub seed: u64,
    /// Steps used so far.
    pub steps: u64,
    /// Noise-free full-run value of the recommendation.
    pub oracle: f64,
    /// The value that the method predicted for it.
    pub inference: f64,
}
