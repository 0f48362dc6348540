use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::ard_kernel::ArdKernel;
use crate::ensemble::{Parts, fit_parts};
use crate::experience::Experience;
use crate::fallback::Fallback;

/// Kernel regression with learnt relevances on the residual: [`MlpEnsemble`](crate::MlpEnsemble) without its networks.
#[derive(Clone, Debug, Default)]
pub struct KernelResidual {
    experience: Experience,
    fallback: Fallback,
    model: Option<(Parts, ArdKernel, f64)>,
}

impl KernelResidual {
    /// [`MlpEnsemble::experienced`](crate::MlpEnsemble::experienced) without its networks.
    pub fn experienced() -> Self {
        Self { experience: Experience::Tasks, ..Self::default() }
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
        self.fallback = Fallback::fit(space, examples, early)?;
        self.model = None;
        if let Some((parts, kernel, _)) = fit_parts(space, examples, early, self.experience, seed)? {
            let inflation = parts.kernel_inflation(&kernel);
            self.model = Some((parts, kernel, inflation));
        }
        Ok(())
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let Some((parts, kernel, inflation)) = &self.model else {
            return self.fallback.predict(curve);
        };
        let features = parts.map.of(point, curve)?;
        let (mean, variance) = kernel.predict(&features.row);
        Ok(parts.in_losses(&features, mean, variance * inflation))
    }
}
