use jobs_core::{Acquisition, Allocator, Predictor, Steps};
use serde::Serialize;

use crate::model::Model;

/// What JoBS is made of.
pub struct JobsParts {
    /// How many full runs to learn from before anything else, and how many to keep back for verification.
    pub allocator: Box<dyn Allocator>,
    /// Early runs of the space-filling design before the search begins.
    pub initial_early_runs: usize,
    /// How early losses tell of final ones.
    pub evidence: Evidence,
    /// Predicts and models losses by `ln((y - floor) / (least - floor))`, the floor this many times (median - least) below the least value
    /// so far; `None`: as they are.
    pub log_losses: Option<f64>,
    /// Chooses runs.
    pub model: Model,
    /// Chooses the run that is begun as a full one and after which no other can be ended, in place of the model's rule: with
    /// nothing to come, what a run would teach is worth nothing, and the expected improvement on the best posterior mean is the
    /// one-step optimal rule (Mockus 1978; exactly so without noise). `None`: the model's rule to the end.
    pub last: Option<Box<dyn Acquisition>>,
    /// Whether and when early runs are taken further.
    pub promotion: Option<Promotion>,
    /// Whether runs are begun as full ones as long as early losses have added nothing to what was expected of the last six promoted
    /// runs without them.
    pub early_signal_check: bool,
    /// What is handed over.
    pub recommend: Recommend,
}

/// How early losses enter the surrogate.
pub enum Evidence {
    /// As predictions of the final value; the surrogate is over points.
    Predicted {
        /// Foresees final values.
        predictor: Box<dyn Predictor>,
        /// Predicted values carry their variance once the predictor has learnt from so many full runs (0: always; `None`: never, they are as if
        /// measured). What it doubts before is where runs end on the whole, which moves all alike and does not tell them apart; taken for
        /// noise of each run it would drown what early losses tell.
        variance_from: Option<usize>,
    },
    /// As they are, at these steps; the surrogate is over (point, steps / full steps), a model of the learning curves.
    Levels(Vec<Steps>),
}

/// When early runs are taken to the end.
pub struct Promotion {
    /// Share of the budget's steps that promotions have had at its end.
    pub share: f64,
    /// How late: by the time the share p of the budget is spent, promotions have had `share p^lateness` of it. 1: evenly all along.
    pub lateness: f64,
    /// Steps that are spent before promotions have any share; shares are of what comes after.
    pub after: Steps,
    /// Which of them: the paused run worth most by this rule (the expected improvement on the best posterior mean of a finished run,
    /// or of any run until one has finished).
    pub acquisition: Box<dyn Acquisition>,
}

/// What JoBS hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recommend {
    /// The run with the lowest value, measured or predicted.
    LowestEstimate,
    /// The run with the lowest posterior mean, finished or not.
    PosteriorMean,
    /// The finished run with the lowest posterior mean.
    FinishedPosteriorMean,
}
