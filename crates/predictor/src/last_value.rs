use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::examples;
use crate::examples::last_seen;
use crate::shift_baseline::blind_variance;

/// The run ends where it is: mean = last loss seen up to `early`, variance = mean squared residual of the examples.
#[derive(Clone, Debug, Default)]
pub struct LastValue {
    early: Option<Steps>,
    variance: Option<f64>,
}

impl Predictor for LastValue {
    fn name(&self) -> &str {
        "last value"
    }

    fn fit(&mut self, space: &SearchSpace, examples: &[Example], early: Steps, _: Seed) -> Result<(), PredictorError> {
        examples::check(space, examples)?;
        let r = examples::residuals(examples, early)?;
        self.early = Some(early);
        self.variance = (!r.is_empty()).then(|| r.iter().map(|v| v * v).sum::<f64>() / r.len() as f64);
        Ok(())
    }

    fn predict(&self, _: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let mean = last_seen(curve, self.early.unwrap_or(Steps(u64::MAX)))?;
        let variance = self.variance.unwrap_or_else(|| blind_variance(mean, curve));
        Ok(Gaussian { mean, variance })
    }
}
