use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::examples;
use crate::fallback::{Fallback, last_seen};

/// The run changes from here as the examples did on average: mean = last loss seen + mean residual, variance = that of a
/// new residual.
#[derive(Clone, Debug, Default)]
pub struct LastValueShift {
    early: Option<Steps>,
    shift: Fallback,
}

impl Predictor for LastValueShift {
    fn name(&self) -> &str {
        "last value + shift"
    }

    fn fit(&mut self, space: &SearchSpace, examples: &[Example], early: Steps, _: Seed) -> Result<(), PredictorError> {
        examples::check(space, examples)?;
        self.shift = Fallback::fit(&examples::residuals(examples, early)?);
        self.early = Some(early);
        Ok(())
    }

    fn predict(&self, _: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let last = last_seen(curve, self.early.unwrap_or(Steps(u64::MAX)))?;
        Ok(self.shift.predict(last, curve))
    }
}
