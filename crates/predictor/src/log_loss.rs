use jobs_core::{
    Example, Gaussian, LearningCurve, LossScale, Point, Predictor, PredictorError, SearchSpace, Seed, Steps,
};

use crate::shift_baseline::ShiftBaseline;

/// Fewest examples a floor is read from; below, the mean shift answers.
const FEWEST: usize = 4;
/// How far the floor lies below the best, in distances from there to the median. At 2 and 4 errors are smaller for the
/// logarithms alone, but larger in the mixture with plain losses.
const FLOOR: f64 = 1.0;
/// Least resolved distance from the floor, as a share of the best's.
const NEAREST: f64 = 0.05;

/// Another predictor, applied to the logarithm of the loss above a floor ([`LossScale::resolving`]):
///
/// `z = ln(max(y - floor, d))`, `floor = min - (median - min)` of the examples' values, `d = (min - floor) / 20`.
///
/// Errors then multiply: intervals are wide for runs far above the best and narrow for runs near it. A belief about z becomes one
/// about y by [`LossScale::belief`]. With fewer than four examples, or with values that are all alike, the mean shift answers.
#[derive(Clone, Debug, Default)]
pub struct LogLoss<P> {
    inner: P,
    baseline: ShiftBaseline,
    scale: Option<LossScale>,
}

impl<P: Predictor> LogLoss<P> {
    /// `inner` on logarithms.
    pub fn new(inner: P) -> Self {
        Self { inner, baseline: ShiftBaseline::default(), scale: None }
    }
}

impl<P: Predictor> Predictor for LogLoss<P> {
    fn name(&self) -> &str {
        "on log losses"
    }

    fn fit(
        &mut self,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<(), PredictorError> {
        self.baseline = ShiftBaseline::fit(space, examples, early)?;
        let values: Vec<f64> = examples.iter().map(|e| e.value).collect();
        self.scale = if values.len() < FEWEST { None } else { LossScale::resolving(&values, FLOOR, NEAREST) };
        if let Some(scale) = self.scale {
            let in_logs: Vec<Example> = examples.iter().map(|e| scale.example(e.clone())).collect();
            self.inner.fit(space, &in_logs, early, seed)?;
        }
        Ok(())
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        match &self.scale {
            Some(scale) => Ok(scale.belief(self.inner.predict(point, &scale.curve(curve))?)),
            None => self.baseline.predict(curve),
        }
    }
}
