use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::{Both, LogLoss, MlpConfig, MlpEnsemble};

/// The default for losses as they are: one [`MlpEnsemble`] on losses and one on their logarithms, weighted by their precisions
/// ([`Both`]). Both have transferred relevances and a falling share of perceptrons.
#[derive(Clone, Debug)]
pub struct TwoScales(Both<MlpEnsemble, LogLoss<MlpEnsemble>>);

impl TwoScales {
    /// With ensembles of another size or schedule, or on another device.
    pub fn new(config: MlpConfig) -> Self {
        Self(Both::scales(MlpEnsemble::new(config).with_transferred_relevances().with_falling_share()))
    }
}

impl Default for TwoScales {
    fn default() -> Self {
        Self::new(MlpConfig::default())
    }
}

impl Predictor for TwoScales {
    fn name(&self) -> &str {
        "two scales"
    }

    fn fit(
        &mut self,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<(), PredictorError> {
        self.0.fit(space, examples, early, seed)
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        self.0.predict(point, curve)
    }
}
