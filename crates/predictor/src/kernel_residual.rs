use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::ard_kernel::ArdKernel;
use crate::ensemble::{Parts, fit_parts};
use crate::relevance_prior::RelevancePrior;
use crate::shift_baseline::ShiftBaseline;

/// Kernel regression with learnt relevances on the residual: [`MlpEnsemble`](crate::MlpEnsemble) without its networks, and the predictor
/// of the method `jobs`.
#[derive(Clone, Debug, Default)]
pub struct KernelResidual {
    prior: RelevancePrior,
    baseline: ShiftBaseline,
    model: Option<(Parts, ArdKernel, f64)>,
}

impl KernelResidual {
    /// [`MlpEnsemble::with_transferred_relevances`](crate::MlpEnsemble::with_transferred_relevances) without its networks.
    pub fn with_transferred_relevances() -> Self {
        Self { prior: RelevancePrior::Transferred, ..Self::default() }
    }
}

impl Predictor for KernelResidual {
    fn name(&self) -> &str {
        "kernel residual"
    }

    fn fit(
        &mut self,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<(), PredictorError> {
        self.baseline = ShiftBaseline::fit(space, examples, early)?;
        self.model = None;
        if let Some((parts, kernel, _)) = fit_parts(space, examples, early, self.prior, seed)? {
            let inflation = parts.kernel_inflation(&kernel);
            self.model = Some((parts, kernel, inflation));
        }
        Ok(())
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let Some((parts, kernel, inflation)) = &self.model else {
            return self.baseline.predict(curve);
        };
        let features = parts.map.of(point, curve)?;
        let (mean, variance) = kernel.predict(&features.row);
        Ok(parts.in_losses(&features, mean, variance * inflation))
    }
}
