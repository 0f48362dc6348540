/// The prior of the features' relevances before the first run of a task: for each feature the mean and the standard deviation of
/// the normal prior of the logarithm of its relevance, `ln w ~ N(mean, sd^2)`.
///
/// With about twenty runs and as many features this prior matters. [`RelevancePrior::Transferred`] comes from other tasks
/// (empirical Bayes: Robbins 1956; for length scales Wang et al. 2024, "Pre-trained Gaussian processes"). Its means and spreads
/// are near those of the posteriors from fifty full runs each of GSM8K, TriviaQA and MMLU, rounded. A value was kept only where
/// predictions of the mixture's own loss, which depends on other features, did not get worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RelevancePrior {
    /// Any feature with its own relevance may matter; none is expected to.
    #[default]
    Weak,
    /// From fine-tuning tasks: the last loss matters most, then which layers are adapted, and slopes hardly at all.
    Transferred,
}

/// Features that share a prior.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The last early loss.
    Last,
    /// Slopes and bend of the early curve.
    Slope,
    /// Size and scale of the adapter.
    Size,
    /// Number and position of the adapted layers.
    Layers,
    /// Summaries of the mixture.
    Mixture,
    /// Columns that share one relevance.
    Shared,
}

impl RelevancePrior {
    /// Mean and standard deviation of ln w.
    pub(crate) fn log_relevance(self, kind: Kind) -> (f64, f64) {
        match (self, kind) {
            (_, Kind::Shared) => (-7.0, 3.0),
            (Self::Weak, _) | (_, Kind::Mixture) => (-3.5, 3.0),
            (Self::Transferred, Kind::Last) => (0.0, 1.5),
            (Self::Transferred, Kind::Slope) => (-5.0, 3.0),
            (Self::Transferred, Kind::Size) => (-4.0, 2.0),
            (Self::Transferred, Kind::Layers) => (-2.0, 1.5),
        }
    }

    /// Weight of all intermediate losses together in the likelihood of the relevances, relative to the final value's 1.
    pub(crate) fn intermediate_weight(self) -> f64 {
        match self {
            Self::Weak => 1.0,
            Self::Transferred => 0.5,
        }
    }

    /// Whether the position of the adapted layers is a feature.
    pub(crate) fn uses_depth(self) -> bool {
        self == Self::Transferred
    }
}
