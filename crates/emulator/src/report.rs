use serde::{Deserialize, Serialize};

/// How good a fit is, for people and for `results/emulator/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    /// The emulator's name.
    pub name: String,
    /// What was used and what was not.
    pub rows: RowCounts,
    /// Prediction of the best loss (noise-free level) of runs left out.
    pub held_out: HeldOut,
    /// R^2 of the best loss of the runs the emulator was fitted from.
    pub r2_in_sample: f64,
    /// Run-to-run noise.
    pub noise: NoiseReport,
    /// Rank correlation of the early with the final loss.
    pub ranks: RankReport,
    /// The noise-free optimum.
    pub optimum: OptimumReport,
}

/// Rows by their use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Runs in the table.
    pub runs: usize,
    /// Runs whose best loss is used as recorded (complete or diverged).
    pub best_used: usize,
    /// Short runs whose best loss is extrapolated by the further drop of the complete ones.
    pub best_extrapolated: usize,
    /// Runs with too few evaluations to use their best loss.
    pub best_skipped: usize,
    /// Runs whose curve is used for the shape.
    pub curves_used: usize,
    /// Runs that diverged.
    pub diverged: usize,
    /// Outcomes used.
    pub outcomes: usize,
    /// Outcomes left out as not finite.
    pub outcomes_skipped: usize,
}

/// Quality on runs left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// How runs were left out, in words.
    pub protocol: String,
    /// R^2 of the pooled predictions.
    pub r2: f64,
    /// Root mean squared error (loss).
    pub rmse: f64,
    /// Root mean squared error on the better half of the runs (loss).
    pub rmse_better_half: f64,
    /// Spearman correlation of predicted and recorded best loss.
    pub spearman: f64,
    /// Runs predicted.
    pub runs: usize,
}

/// Run-to-run noise of the best loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoiseReport {
    /// Pairs of near-duplicate runs.
    pub pairs: usize,
    /// Root mean squared difference of their best losses, divided by sqrt 2; absent without pairs.
    pub pair_sd: Option<f64>,
    /// The emulator's standard deviation at the lowest recorded loss.
    pub sd_at_best: f64,
    /// The emulator's standard deviation at the median recorded loss.
    pub sd_at_median: f64,
    /// The emulator's standard deviation at the upper decile of the recorded losses.
    pub sd_at_upper_decile: f64,
}

/// Spearman correlation of the loss at an early step with the final loss. Every number is absent where it is not defined (fewer
/// than three runs).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankReport {
    /// The early step.
    pub step: u64,
    /// Recorded runs; final loss = `last`.
    pub recorded_last: Option<f64>,
    /// Recorded runs; final loss = `best`.
    pub recorded_best: Option<f64>,
    /// Emulated runs (mean over seeds) of the recorded configurations, `last`.
    pub emulated_last: Option<f64>,
    /// The same, `best`.
    pub emulated_best: Option<f64>,
    /// Emulated runs of recorded configurations by emulators that were not fitted on them, `last`.
    pub held_out_last: Option<f64>,
    /// The same, `best`.
    pub held_out_best: Option<f64>,
    /// Emulated runs of 200 space-filling configurations, `last`.
    pub design_last: Option<f64>,
    /// The same, `best`.
    pub design_best: Option<f64>,
}

/// The noise-free optimum and how sure it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimumReport {
    /// Lowest noise-free best loss found.
    pub value: f64,
    /// Lowest recorded best loss.
    pub best_recorded: f64,
    /// Lowest value found by a second search with other random numbers, minus the first's: at least -1e-4 unless the search is too short.
    pub second_search_gap: f64,
    /// Noise-free value of the best of 200 space-filling points.
    pub best_of_design: f64,
}
