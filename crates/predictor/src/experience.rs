/// What is known about the features' relevances before the first run of a task: for each, the mean and the standard deviation of
/// the normal prior of its logarithm, ln w ~ N(mean, sd^2).
///
/// With twenty runs and as many features the prior decides much. [`Experience::Tasks`] has it from other tasks (empirical
/// Bayes: Robbins 1956; of length scales, Wang et al. 2024, "Pre-trained Gaussian processes"): the means and spreads lie near
/// those of the posteriors that fifty full runs each of GSM8K, TriviaQA and MMLU give, rounded, and were kept only as far as
/// losses of the mixture itself, which depend on other things, are foreseen no worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Experience {
    /// Any feature with a relevance for itself may matter, none is expected to.
    #[default]
    None,
    /// Of fine-tuning tasks: the last loss matters most, then which layers are adapted, slopes hardly.
    Tasks,
}

/// Features that one thing is known about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The last early loss.
    Last,
    /// How the curve came there.
    Slope,
    /// How large the adapter is and how strongly it is scaled.
    Size,
    /// How many layers it is in, and where.
    Layers,
    /// What the mixture is, in few numbers.
    Mixture,
    /// Many columns that share one relevance.
    Shared,
}

impl Experience {
    /// Mean and standard deviation of ln w.
    pub(crate) fn log_relevance(self, kind: Kind) -> (f64, f64) {
        match (self, kind) {
            (_, Kind::Shared) => (-7.0, 3.0),
            (Self::None, _) | (_, Kind::Mixture) => (-3.5, 3.0),
            (Self::Tasks, Kind::Last) => (0.0, 1.5),
            (Self::Tasks, Kind::Slope) => (-5.0, 3.0),
            (Self::Tasks, Kind::Size) => (-4.0, 2.0),
            (Self::Tasks, Kind::Layers) => (-2.0, 1.5),
        }
    }

    /// What the losses on the way to the end count together in the likelihood of the relevances, in units of the end's own.
    pub(crate) fn weight_on_the_way(self) -> f64 {
        match self {
            Self::None => 1.0,
            Self::Tasks => 0.5,
        }
    }

    /// Whether the place of the adapted layers is a feature.
    pub(crate) fn knows_depth(self) -> bool {
        self == Self::Tasks
    }
}
