use jobs_core::{Acquisition, Allocator, Steps};
use serde::Serialize;

use super::ConstraintModel;
use crate::model::Model;

/// What JoBS is made of.
pub struct JobsParts {
    /// Splits the budget: full runs before anything else, and full runs kept for verification.
    pub allocator: Box<dyn Allocator>,
    /// Early runs of the space-filling design before the search starts.
    pub initial_early_runs: usize,
    /// How early losses enter the surrogate.
    pub evidence: Evidence,
    /// The scale on which losses are predicted and modelled.
    pub scale: Scale,
    /// Whether predictors see the target's value so far ([`Target::so_far`](jobs_core::Target::so_far)) instead of the loss.
    pub target_so_far: bool,
    /// Chooses configurations.
    pub model: Model,
    /// Whether the value of [`Model::acquisition`] is a logarithm, so that probabilities of feasibility are added as logarithms.
    pub is_logarithmic: bool,
    /// Chooses a full run that no other can follow, instead of the model's acquisition. What such a run would reveal about the
    /// space has no use, and the expected improvement on the best posterior mean is the one-step optimal rule (Mockus 1978;
    /// exact without noise). `None`: the model's acquisition to the end.
    pub final_acquisition: Option<Box<dyn Acquisition>>,
    /// Steps at which a promoted run pauses: those of an early run, then more, below a full run. Only the first where runs go on to the end
    /// at once.
    pub levels: Vec<Steps>,
    /// Whether and when early runs go on.
    pub promotion: Option<Promotion>,
    /// Whether the search starts full runs while early losses are uninformative: while they predicted the last six promoted runs
    /// no better than the surrogate did without them.
    pub early_signal_check: bool,
    /// Which run is recommended.
    pub recommend: Recommend,
    /// A model of each of the problem's constraints, in their order.
    pub constraints: Vec<ConstraintModel>,
}

/// The scale on which losses are predicted and modelled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// As they are.
    Identity,
    /// `ln((y - floor) / (lowest - floor))`, with the floor `headroom` times (median - lowest) below the lowest value so far.
    Logarithmic {
        /// How far the floor lies below.
        headroom: f64,
    },
    /// Around the limit of a constraint, which is 0 ([`LossScale::around`](jobs_core::LossScale::around)).
    Excess,
}

/// How early losses enter the surrogate.
pub enum Evidence {
    /// As predictions of the final value. The surrogate is over configurations.
    Predicted {
        /// Makes a predictor of final values for each of [`JobsParts::levels`].
        predictor: Box<predictor::Factory>,
        /// Predictions carry their variance once the predictor was fitted on this many full runs (0: always; `None`: never, they
        /// count as measured). With few full runs the variance is mostly that of the level common to all runs, which does not
        /// tell them apart; as independent noise it would swamp the early-loss signal.
        variance_from: Option<usize>,
    },
    /// As they are, at [`JobsParts::levels`] and full steps. The surrogate is over (configuration, steps / full steps) and models the
    /// learning curves.
    Levels,
}

/// When early runs go on.
pub struct Promotion {
    /// Share of the budget that promotions have had when it is used up.
    pub share: f64,
    /// How late: when a fraction `p` of the budget is used, promotions have had `share p^lateness` of it. 1: evenly.
    pub lateness: f64,
    /// Steps before the first promotion; shares are of the steps after them.
    pub after: Steps,
    /// Which run: the paused run of largest acquisition value. The value to beat is the lowest posterior mean of a full run, or
    /// of any run until one has finished.
    pub acquisition: Box<dyn Acquisition>,
}

/// Which run JoBS recommends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recommend {
    /// The run of lowest value, measured or predicted.
    LowestEstimate,
    /// The run of lowest posterior mean, finished or not.
    PosteriorMean,
    /// The full run of lowest posterior mean.
    FinishedPosteriorMean,
}
