use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::shift_baseline::ShiftBaseline;

/// The run changes from here as the examples did on average: mean = last loss seen + mean residual, variance = that of a
/// new residual.
#[derive(Clone, Debug, Default)]
pub struct LastValueShift(ShiftBaseline);

impl Predictor for LastValueShift {
    fn name(&self) -> &str {
        "last value + shift"
    }

    fn fit(&mut self, space: &SearchSpace, examples: &[Example], early: Steps, _: Seed) -> Result<(), PredictorError> {
        self.0 = ShiftBaseline::fit(space, examples, early)?;
        Ok(())
    }

    fn predict(&self, _: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        self.0.predict(curve)
    }
}
