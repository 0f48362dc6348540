use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::ard_kernel::ArdKernel;
use crate::ensemble::{Parts, fit_parts};
use crate::examples;
use crate::fallback::{Fallback, last_seen};

/// Kernel regression with learnt relevances on the residual: [`MlpEnsemble`](crate::MlpEnsemble) without its networks.
#[derive(Clone, Debug, Default)]
pub struct KernelResidual {
    early: Option<Steps>,
    fallback: Fallback,
    model: Option<(Parts, ArdKernel, f64)>,
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
        examples::check(space, examples)?;
        self.fallback = Fallback::fit(&examples::residuals(examples, early)?);
        self.early = Some(early);
        self.model = None;
        if let Some((parts, kernel, _)) = fit_parts(space, examples, early, seed)? {
            let inflation = parts.kernel_inflation(&kernel);
            self.model = Some((parts, kernel, inflation));
        }
        Ok(())
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let Some((parts, kernel, inflation)) = &self.model else {
            let last = last_seen(curve, self.early.unwrap_or(Steps(u64::MAX)))?;
            return Ok(self.fallback.predict(last, curve));
        };
        let features = parts.map.of(point, curve)?;
        let (mean, variance) = kernel.predict(&features.row);
        Ok(parts.in_losses(&features, mean, variance * inflation))
    }
}
