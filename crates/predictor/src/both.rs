use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

/// Two predictors asked side by side: the mixture of their beliefs in equal parts, by its mean and variance. Where they
/// disagree it is wider than either.
#[derive(Clone, Debug, Default)]
pub struct Both<P, Q>(P, Q);

impl<P: Predictor, Q: Predictor> Both<P, Q> {
    /// Of these two.
    pub fn new(one: P, other: Q) -> Self {
        Self(one, other)
    }
}

impl<P: Predictor, Q: Predictor> Predictor for Both<P, Q> {
    fn name(&self) -> &str {
        "mixture of two"
    }

    fn fit(
        &mut self,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<(), PredictorError> {
        self.0.fit(space, examples, early, seed)?;
        self.1.fit(space, examples, early, seed)
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let (one, other) = (self.0.predict(point, curve)?, self.1.predict(point, curve)?);
        let half = 0.5 * (one.mean - other.mean);
        Ok(Gaussian { mean: other.mean + half, variance: 0.5 * (one.variance + other.variance) + half * half })
    }
}
